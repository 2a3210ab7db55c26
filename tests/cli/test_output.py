"""Where a command prints, and when it colours."""

import io
import json
import os
import pty
import subprocess
import sys

import pytest

from linnet.cli.output import Output


def output(*, as_json: bool = False, has_colour: bool = False) -> Output:
    return Output(io.StringIO(), io.StringIO(), as_json, has_colour)


def printed(stream: object) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_json_is_one_document_in_ascii_so_that_nothing_in_it_acts() -> None:
    out = output(as_json=True)
    out.show({"text": "a\x1b[2J\u202e語"}, ["not this"])

    assert printed(out.out).isascii()
    assert "\x1b" not in printed(out.out)
    assert json.loads(printed(out.out)) == {"text": "a\x1b[2J\u202e語"}


def test_an_aside_goes_to_standard_error_and_is_safe() -> None:
    out = output()
    out.aside("no \x07 bell")

    assert printed(out.out) == ""
    assert printed(out.err) == "no <U+0007> bell\n"


def test_colour_is_only_where_it_is_wanted() -> None:
    assert output().style("red", "x") == "x"
    assert output(has_colour=True).style("red", "x") == "\x1b[31mx\x1b[0m"


_ASK = (
    "from linnet.cli.output import standard_output; "
    "out = standard_output(as_json=False); print(out.has_colour, out.is_terminal)"
)


def on_a_terminal(**extra: str) -> str:
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        stdout=slave,
        check=True,
        timeout=20,
        env={k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        | {"TERM": "xterm"}
        | extra,
    )
    os.close(slave)
    assert done.returncode == 0
    shown = os.read(master, 100).decode().strip()
    os.close(master)
    return shown


def test_a_terminal_gets_colour_unless_no_color_is_set() -> None:
    assert on_a_terminal() == "True True"
    assert on_a_terminal(NO_COLOR="") == "False True"
    assert on_a_terminal(TERM="dumb") == "False True"


def test_a_pipe_gets_none() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ASK], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False False"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_crash(closed: str) -> None:
    line = f"'{sys.executable}' -m linnet --version {closed}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=False)

    assert done.returncode == 0
    assert done.stderr == b""
