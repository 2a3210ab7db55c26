"""The last net: whatever happens, a sentence and an exit code, never a traceback."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from linnet.cli import main as net
from linnet.cli.exits import Exit
from linnet.cli.output import Output
from linnet.errors import (
    BugError,
    Forged,
    LocalError,
    Refused,
    StorageError,
    Unreachable,
    UsageError,
)

LINNET = [sys.executable, "-m", "linnet"]


def ended(error: BaseException, *, as_json: bool = False) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = net._ended(net._lone(error), Output(out, err, as_json), is_debug=False)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("Nobody is called so."), 2),
        (Unreachable("No road works."), 3),
        (StorageError("The disk is full."), 4),
        (Forged("A signature does not hold."), 5),
        (Refused(7, "The pass is expired."), 5),
    ],
)
def test_an_error_of_ours_is_its_sentence_and_its_code(
    error: Exception, code: int
) -> None:
    assert ended(error) == (code, "", f"linnet: {error}\n")


@pytest.mark.parametrize(
    "error", [BugError("secret"), LocalError("secret"), ValueError("secret")]
)
def test_a_bug_is_told_without_what_it_held_and_how_to_report_it(
    error: Exception,
) -> None:
    code, _, said = ended(error)

    assert code == 70
    assert "secret" not in said
    assert "--debug" in said
    assert type(error).__name__ in said


def test_an_error_inside_the_groups_of_tasks_is_found() -> None:
    inner = ExceptionGroup("tasks", [ValueError("x"), UsageError("Write it so.")])

    assert ended(ExceptionGroup("more", [inner]))[0] == Exit.USAGE


def test_json_tells_an_error_as_a_document_too() -> None:
    _, out, err = ended(UsageError("Write it so."), as_json=True)

    assert out == '{"error": "usage", "sentence": "Write it so.", "exit": 2}\n'
    assert err == "linnet: Write it so.\n"


def test_a_full_disk_that_nobody_expected_is_still_a_sentence() -> None:
    code, _, said = ended(OSError(28, "No space left on device"))

    assert code == Exit.STORAGE
    assert "disk is full" in said


def test_a_closed_pipe_is_quiet() -> None:
    line = f"'{LINNET[0]}' -m linnet --help; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({line}) | true"], capture_output=True, text=True, check=False
    )

    assert done.stderr.strip() in {"0", "141"}


def test_output_that_cannot_be_written_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*LINNET, "--help"], stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert done.returncode == Exit.STORAGE
    assert b"disk is full" in done.stderr
    assert b"Traceback" not in done.stderr


def test_no_home_is_a_sentence_that_says_how_to_make_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [*LINNET, "--home", str(tmp_path / "none"), "chats"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == Exit.USAGE
    assert "linnet init NAME" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    asked = (
        "import asyncio, sys\n"
        "from linnet.cli import main, table\n"
        "from linnet.cli.call import Verb\n"
        "async def sleep(call):\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "form = table.VERBS['chats'].form\n"
        "table.VERBS['chats'] = Verb(form, sleep)\n"
        "sys.exit(main.main(['chats']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 128 + number
    assert said == b""
