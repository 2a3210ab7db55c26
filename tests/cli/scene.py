"""A real relay and real `linnet` processes, for what is typed and what is printed."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from linnet.client.store import vault
from tests.relay.processes import free_port

LINNET = [sys.executable, "-m", "linnet"]
PASSPHRASE = "correct horse battery"
COMMAND_SECONDS = 60.0
READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """What a failed command said: one sentence of ours, and never a traceback."""
        assert self.code != 0, self.out
        assert "Traceback" not in self.out + self.err
        assert "must not" not in self.err, self.err
        lines = self.err.strip().splitlines()
        assert lines, "it failed without a word"
        assert lines[-1].startswith("linnet: "), self.err
        return lines[-1].removeprefix("linnet: ")


@dataclass(slots=True)
class Relay:
    """A relay process on loopback, on one port for its whole life."""

    data: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str) -> "Relay":
        self.port = self.port or free_port()
        place = ["--data", str(self.data), "--listen", f"127.0.0.1:{self.port}"]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*LINNET, "relay", "run", *place, *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + READY_SECONDS
        while not answers(self.port):
            assert self.process.poll() is None, "the relay has ended"
            assert time.monotonic() < until, "the relay does not answer"
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def pass_link(self, *words: str) -> str:
        asked = [*LINNET, "relay", "invite", "--data", str(self.data), *words]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@dataclass(slots=True)
class Person:
    """Somebody with a home, who types commands."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def around(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LINNET_")}
        own = {"LINNET_PASSPHRASE": PASSPHRASE, "PYTHONUNBUFFERED": "1"}
        return kept | own | self.environment

    def command(self, *words: str) -> list[str]:
        return [*LINNET, "--home", str(self.home), *words]

    def types(self, *words: str, stdin: bytes = b"", seconds: float = 60.0) -> Done:
        done = subprocess.run(
            self.command(*words),
            input=stdin,
            capture_output=True,
            env=self.around,
            timeout=seconds,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def does(self, *words: str, stdin: bytes = b"") -> Done:
        """Type a command that has to work."""
        done = self.types(*words, stdin=stdin)
        assert done.code == 0, f"linnet {' '.join(words)}: {done.code} {done.err}"
        assert "Traceback" not in done.err
        return done

    def starts(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.around,
            text=True,
        )

    def sends(self, who: str, *text: str) -> str:
        """Send a message and return its id."""
        return str(self.does("--json", "send", who, *text).json["short_id"])

    def reads(self, who: str) -> list[dict[str, Any]]:
        page: list[dict[str, Any]] = self.does("--json", "read", who).json
        return page

    def texts(self, who: str) -> list[str]:
        return [m["text"] for m in self.reads(who) if m["notice"] is None]


def born(home: Path, relay: Relay, *words: str) -> Person:
    """Make a person with an account at a relay."""
    person = Person(home)
    name = home.name.capitalize()
    person.does("init", name, "--relay", relay.pass_link(), *words)
    _open_quickly(home)
    return person


def _open_quickly(home: Path) -> None:
    """Wrap the key again at a low cost; these tests pay it hundreds of times."""
    file = home / "vault"
    key = vault.open_vault(file, PASSPHRASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vault, "MEMORY_KIB", 8 * vault.LANES)
        patch.setattr(vault, "PASSES", 1)
        vault.write_vault(file, key, PASSPHRASE)


def introduced(asker: Person, owner: Person) -> None:
    """Let one add the other, and the other accept."""
    asker.does("add", owner.does("invite").out.strip())
    owner.does("accept", asker.home.name.capitalize())
    asker.does("chats")


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
