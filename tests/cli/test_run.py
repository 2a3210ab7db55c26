"""`make run` as a person without a terminal multiplexer meets it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.bad_relays import listening, website

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tools/run.py"), "--folder", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def until(process: subprocess.Popen[str], text: str) -> str:
    """Read what is printed up to a text."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} was not printed:\n{seen}")


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    process.send_signal(number)
    rest, _ = process.communicate(timeout=30)
    return process.returncode, rest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("run")
    # Ports that no other run of these tests would choose.
    probes = [socket.socket() for _ in range(3)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    (folder / "ports.json").write_text(json.dumps(ports))
    yield folder
    note = folder / "relay.pid"
    if note.exists():
        os.kill(int(note.read_text()), signal.SIGTERM)


def types(folder: Path, name: str, *words: str) -> str:
    done = subprocess.run(
        [str(folder / name), *words], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_first_run_says_in_one_line_what_to_do_next(folder: Path) -> None:
    process = run(folder)
    seen = until(process, "Open two more terminals")

    assert "Alice and Bob have accounts and know each other." in seen
    types(folder, "alice", "send", "Bob", "hello from the script")
    assert "hello from the script" in types(folder, "bob", "read", "Alice")
    second = run(folder)
    out, _ = second.communicate(timeout=30)
    assert "runs already" in out
    assert second.returncode == 1
    code, rest = ended(process, signal.SIGINT)
    assert code == 0
    assert rest.endswith("4 held, 0 failed\n")


def test_a_second_run_goes_on_where_the_first_ended(folder: Path) -> None:
    process = run(folder)
    seen = until(process, "Open two more terminals")

    assert "Alice and Bob are as they were." in seen
    assert "hello from the script" in types(folder, "alice", "read", "Bob")
    assert ended(process, signal.SIGTERM)[0] == 0


def test_a_busy_port_is_left_for_another_that_the_links_name(folder: Path) -> None:
    port = json.loads((folder / "ports.json").read_text())[0]
    with listening(port, website):
        process = run(folder)
        seen = until(process, "Open two more terminals")
        types(folder, "alice", "--wait", "20", "send", "Bob", "by another door")
        assert f"Port {port} is busy" in seen
        assert "by another door" in types(
            folder, "bob", "--wait", "20", "read", "Alice"
        )
        assert ended(process, signal.SIGINT)[0] == 0


def test_a_run_that_died_is_noticed_and_its_relay_is_ended(folder: Path) -> None:
    process = run(folder)
    until(process, "Open two more terminals")
    ended(process, signal.SIGKILL)

    process = run(folder)
    seen = until(process, "Open two more terminals")
    assert "An earlier run died and left its relay running" in seen
    assert "hello from the script" in types(folder, "bob", "read", "Alice")
    assert ended(process, signal.SIGINT)[0] == 0
