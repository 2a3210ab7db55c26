"""The chat: through pipes as lines, and on a real terminal through tmux."""

import os
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.cli.scene import Person

SECONDS = 40.0


def heard(process: subprocess.Popen[str], text: str) -> str:
    """Read the lines of a process up to one that holds a text."""
    assert process.stdout is not None
    late = threading.Timer(SECONDS, process.kill)
    late.start()
    try:
        for line in process.stdout:
            if text in line:
                return line.rstrip("\n")
    finally:
        late.cancel()
    raise AssertionError(f"{text!r} was not printed")


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def test_two_people_type_to_each_other(alice: Person, bob: Person) -> None:
    a, b = alice.starts("chat", "Bob"), bob.starts("chat", "Alice")
    say(a, "Hello Bob")
    asked = heard(b, "Hello Bob")
    say(b, "Hello Alice")
    heard(a, "Hello Alice")
    short = asked.split()[1]
    say(b, f"/reply {short} fine, and you?")
    assert "Bob: > you: Hello Bob" in heard(a, "> you")
    say(b, f"/react {short} 👍")
    heard(a, "Bob 👍")
    say(b, "//slash")
    heard(a, "Bob: /slash")

    for process in (a, b):
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, (out, err)
        assert err == ""


def test_a_mistake_in_a_chat_is_said_and_the_rest_is_sent(
    alice: Person, bob: Person
) -> None:
    lines = b"/nonsense\n/reply zzzz hello\n/file /no/such/file\ngood line\n/quit\nno\n"
    done = alice.types("chat", "Bob", stdin=lines)

    assert done.code == 1
    assert "no command /nonsense" in done.err
    assert "cannot be read" in done.err
    assert bob.texts("Alice")[-1] == "good line"


def test_help_and_members_are_printed(alice: Person, bob: Person) -> None:
    del bob
    done = alice.does("chat", "Bob", stdin=b"/help\n/members\n/status\n/timer\n")

    assert "/reply ID TEXT" in done.out
    assert "* Alice (you" in done.out
    assert "connected" in done.out


def test_a_chat_with_closed_input_ends_at_once(alice: Person, bob: Person) -> None:
    del bob
    command = " ".join(shlex.quote(word) for word in alice.command("chat", "Bob"))
    done = subprocess.run(
        ["sh", "-c", f"{command} <&-"],
        capture_output=True,
        env=alice.around,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 0
    assert done.stderr == b""


@dataclass
class Pane:
    """A terminal that can be typed into and looked at."""

    server: list[str]

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            [*self.server, *words], capture_output=True, text=True, check=True
        )
        return done.stdout

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "chat", *keys)

    def line(self, text: str) -> None:
        self.tmux("send-keys", "-t", "chat", "-l", text)
        self.keys("Enter")

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "chat")

    def shows(self, text: str) -> str:
        until = time.monotonic() + SECONDS
        while text not in (screen := self.screen):
            assert time.monotonic() < until, f"{text!r} is not shown:\n{screen}"
            time.sleep(0.05)
        return screen


@pytest.fixture
def pane(alice: Person, bob: Person) -> Iterator[Pane]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not on this machine")
    del bob
    words = " ".join(shlex.quote(word) for word in alice.command("chat", "Bob"))
    start = f"{words}; echo ended $?; sleep 60"
    around = {k: v for k, v in alice.around.items() if k != "TMUX"}
    # A folder of its own: a server that another test has told to go may still be going.
    with tempfile.TemporaryDirectory() as folder:
        server = ["tmux", "-S", f"{folder}/tmux", "-f", os.devnull]
        subprocess.run(
            [*server, "new-session", "-d", "-s", "chat", "-x", "80", "-y", "24", start],
            env=around | {"TERM": "xterm-256color"},
            check=True,
        )
        yield Pane(server)
        subprocess.run([*server, "kill-server"], check=False, capture_output=True)


def test_on_a_terminal_messages_come_in_above_the_line_being_typed(
    pane: Pane, bob: Person
) -> None:
    pane.shows("Ctrl-D leaves")
    pane.shows("connected")
    pane.keys("h", "a", "l", "f")
    bob.sends("Alice", "from Bob")

    lines = pane.shows("Bob: from Bob").splitlines()
    typed = next(i for i, line in enumerate(lines) if line.startswith("> half"))
    assert next(i for i, line in enumerate(lines) if "from Bob" in line) < typed

    pane.keys(" ", "d", "o", "n", "e", "Enter")
    pane.shows("you: half done")
    bob.does("read", "Alice")
    pane.shows("your last: read")
    pane.keys("C-d")
    pane.shows("ended 0")


def test_on_a_terminal_typing_shows_and_mistakes_are_said(
    pane: Pane, bob: Person
) -> None:
    pane.shows("connected")
    other = bob.starts("--json", "chat", "Alice")
    pane.line("/nonsense")
    pane.shows("There is no command /nonsense")
    pane.line("are you there?")
    heard(other, "are you there?")
    pane.keys("s", "t")
    heard(other, '"typing"')
    pane.keys("C-c")
    pane.shows("To leave: Ctrl-D")
    pane.line("/quit")
    pane.shows("ended 0")
    other.communicate(timeout=SECONDS)
