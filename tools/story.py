"""The story that `make run ARGS=--scripted` tells: three people and a relay.

Every line is typed to a real `linnet` process, and every check is of what it printed.
"""

import json
import queue
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field

from demo import LINNET, Demo, connect

WAIT_SECONDS = 60.0
_LONG = re.compile(r"linnet:[A-Za-z0-9_-]{24,}")


@dataclass(slots=True)
class Chat:
    """A `linnet chat` process: lines go in, lines come out."""

    process: subprocess.Popen[bytes]
    lines: list[str] = field(default_factory=list)
    _came: "queue.Queue[str | None]" = field(default_factory=queue.Queue)

    @classmethod
    def open(cls, demo: Demo, name: str, other: str) -> "Chat":
        process = subprocess.Popen(
            [*LINNET, "chat", other],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=demo.environment(name),
        )
        chat = cls(process)
        threading.Thread(target=chat._read, daemon=True).start()
        return chat

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._came.put(line.decode(errors="replace").rstrip("\n"))
        self._came.put(None)

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hears(self, text: str) -> str:
        """Wait for a line that holds a text; return it, or "" when time is over."""
        until = time.monotonic() + WAIT_SECONDS
        for line in self.lines:
            if text in line:
                return line
        while (left := until - time.monotonic()) > 0:
            try:
                came = self._came.get(timeout=left)
            except queue.Empty:
                break
            if came is None:
                break
            self.lines.append(came)
            if text in came:
                return came
        return ""

    def leave(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            return self.process.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Story:
    """Tells the story and counts what held."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.held = 0
        self.failed = 0
        self._chats: list[Chat] = []

    def tell(self, no_page: str) -> None:
        port = self.demo.start_relay()
        self.check(True, f"a relay answers on loopback (port {port})")
        if no_page:
            self._show(f"  skipped: the page for browsers, {no_page}")
        else:
            self._look_at_the_page(f"http://127.0.0.1:{port}/")
        self._begin()
        self._talk()
        self._send_a_file()
        self._meet_in_a_group()
        self._lose_the_relay()
        self._compare_numbers()

    # The chapters

    def _look_at_the_page(self, page: str) -> None:
        self._show(f"$ linnet web verify {page}")
        done = subprocess.run(
            [*LINNET, "web", "verify", page],
            capture_output=True,
            text=True,
            check=False,
        )
        self._show(f"  {(done.stdout + done.stderr).strip()}")
        self.check(done.returncode == 0, "the relay serves the page as it was built")

    def _begin(self) -> None:
        for name in ("alice", "bob", "carol"):
            link = self.demo.pass_link()
            shown = ["init", name.capitalize(), "--relay", link]
            code, _ = self.type(name, *shown, shows=1)
            self.check(code == 0, f"{name.capitalize()} has an account")
        link = self.demo.must("alice", "invite")
        self.type("bob", "add", link, "--note", "Bob from the choir")
        _, asked = self.type("alice", "requests", shows=2)
        self.check("Bob from the choir" in asked, "Alice sees that Bob asks to talk")
        code, _ = self.type("alice", "accept", "Bob")
        self.check(code == 0, "Alice accepts Bob")

    def _talk(self) -> None:
        alice = self._open("alice", "Bob")
        bob = self._open("bob", "Alice")
        hello, back = "Hello Bob, does this get through?", "It does. Hello Alice!"
        self._say("alice", alice, hello)
        heard = bob.hears(hello)
        self.check("Alice: " in heard, "Bob's screen shows what Alice typed")
        self._say("bob", bob, back)
        self.check("Bob: " in alice.hears(back), "Alice's screen shows Bob's answer")
        first = heard.split()[1] if heard else "00000000"
        self._say("bob", bob, f"/react {first} 👍")
        self.check(bool(alice.hears("👍")), "Alice sees Bob's reaction")
        self.check(alice.leave() == 0, "Alice leaves and nothing waits")
        self.check(bob.leave() == 0, "Bob leaves and nothing waits")
        self._chats.clear()

    def _send_a_file(self) -> None:
        sent = self.demo.folder / "song.txt"
        sent.write_bytes(b"la " * 100_000)
        self.type("alice", "send", "Bob", "the song", "--file", str(sent))
        page = json.loads(self.demo.must("bob", "--json", "read", "Alice"))
        ids = [m["short_id"] for m in page if m["attachment"] is not None]
        got = self.demo.folder / "got.txt"
        self.type("bob", "save", "Alice", ids[-1] if ids else "none", str(got))
        same = got.exists() and got.read_bytes() == sent.read_bytes()
        self.check(same, "Bob's copy of the file is Alice's, byte for byte")

    def _meet_in_a_group(self) -> None:
        connect(self.demo, "carol", "alice")
        self.type("alice", "group", "new", "Choir", "Bob", "Carol")
        for name in ("bob", "carol"):
            self.demo.run(name, "requests")
            self.demo.run(name, "accept", "Choir")
        self.type("carol", "send", "Choir", "when do we sing?")
        _, page = self.type("bob", "read", "Choir")
        self.check("Carol: when do we sing?" in page, "Bob reads Carol in the group")

    def _lose_the_relay(self) -> None:
        self.demo.stop_relay()
        code, said = self.type("alice", "--wait", "1", "send", "Bob", "are you there?")
        self.check(code == 3 and "Queued" in said, "without a relay a message is kept")
        self.demo.start_relay()
        code, _ = self.type("alice", "status")
        self.check(code == 0, "with the relay back, nothing waits any more")
        _, page = self.type("bob", "read", "Alice", "--limit", "1")
        self.check("are you there?" in page, "Bob reads what was kept")

    def _compare_numbers(self) -> None:
        mine, theirs = (
            json.loads(self.demo.must(name, "--json", "verify", other))["digits"]
            for name, other in (("alice", "Bob"), ("bob", "Alice"))
        )
        self.check(len(mine) == 60 and mine == theirs, "both see one safety number")

    # How it is told

    def type(self, name: str, *words: str, shows: int = 99) -> tuple[int, str]:
        """Type one command as a person; show it and what it printed."""
        self._show(f"{name}$ linnet {' '.join(quoted(word) for word in words)}")
        done = self.demo.run(name, *words)
        said = (done.stdout + done.stderr).rstrip()
        for line in said.splitlines()[:shows]:
            self._show(f"  {line}")
        return done.returncode, said

    def _open(self, name: str, other: str) -> Chat:
        self._show(f"{name}$ linnet chat {other}")
        chat = Chat.open(self.demo, name, other)
        self._chats.append(chat)
        return chat

    def _say(self, name: str, chat: Chat, line: str) -> None:
        self._show(f"  {name} types: {line}")
        chat.type(line)

    def check(self, is_true: bool, claim: str) -> None:
        if is_true:
            self.held += 1
            self._show(f"  held: {claim}")
        else:
            self.fail(claim)

    def fail(self, claim: str) -> None:
        self.failed += 1
        self._show(f"  FAILED: {claim}")

    def _show(self, line: str) -> None:
        line = _LONG.sub(lambda link: link[0][:22] + "…", line)
        print(line, flush=True)

    def close(self) -> None:
        for chat in self._chats:
            chat.process.kill()


def quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word
