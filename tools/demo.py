"""A relay on loopback with a few people on it, as real processes in one folder."""

import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
LINNET = [sys.executable, "-m", "linnet"]
PASSPHRASE = "a demo, so no secret"  # noqa: S105  no secret, as it says
PORTS = range(4810, 4890)
HOW_MANY_PORTS = 3
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
COMMAND_SECONDS = 90.0


class Trouble(Exception):
    """The demo cannot go on; the text is a sentence for the person."""


@dataclass(slots=True)
class Demo:
    """What `make run` keeps in one folder: a relay, homes, and a script a person."""

    folder: Path
    ports: list[int] = field(default_factory=list)
    _relay: subprocess.Popen[bytes] | None = None
    _lock: IO[str] | None = None

    def claim(self) -> None:
        """Make the folder ours alone, and end what a dead run left running."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Trouble(
                "`make run` runs already in this checkout. Use its people: "
                f"{self.script('alice')} in one terminal, {self.script('bob')} in "
                "another."
            ) from None
        self._end_orphan()

    def _end_orphan(self) -> None:
        note = self.folder / "relay.pid"
        if not note.exists():
            return
        number = note.read_text().strip()
        note.unlink()
        # Unlimited width: where COLUMNS is set, ps would cut the folder off.
        asked = ["ps", "-ww", "-o", "command=", "-p", number]
        shown = subprocess.run(asked, capture_output=True, text=True, check=False)
        if number.isdigit() and str(self.folder / "relay") in shown.stdout:
            print("An earlier run died and left its relay running; it is stopped now.")
            os.kill(int(number), signal.SIGTERM)
            self._wait_for_end(int(number))
        else:
            print("An earlier run ended without cleaning up; nothing is lost.")

    def _wait_for_end(self, number: int) -> None:
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            try:
                os.kill(number, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        os.kill(number, signal.SIGKILL)

    # The relay

    @property
    def data(self) -> Path:
        return self.folder / "relay"

    def start_relay(self) -> int:
        """Start the relay on the first port that is free; return the port."""
        self._choose_ports()
        for port in self.ports:
            if is_free(port) and self._serve(port):
                return port
            print(f"Port {port} is busy; trying another.")
        raise Trouble(
            f"The ports {', '.join(map(str, self.ports))} are all busy, and the links "
            f"of Alice and Bob name no other. Free one, or remove {self.folder} to "
            "begin anew."
        )

    def _choose_ports(self) -> None:
        """Choose ports once: the people's links name them for good."""
        note = self.folder / "ports.json"
        if not self.ports and note.exists():
            self.ports = json.loads(note.read_text())
        if not self.ports:
            self.ports = [p for p in PORTS if is_free(p)][:HOW_MANY_PORTS]
            note.write_text(json.dumps(self.ports))
        if not self.ports:
            raise Trouble(f"No port of {PORTS[0]} to {PORTS[-1]} is free.")

    def _serve(self, port: int) -> bool:
        log = (self.folder / "relay.log").open("ab")
        listen = f"127.0.0.1:{port}"
        words = ["relay", "run", "--data", str(self.data), "--listen", listen]
        # A browser begins without a pass.
        words += ["--mode", "open"]
        # Links name every port the relay may come back on.
        for road in ("tcp", "ws"):
            for other in self.ports:
                words += ["--address", f"{road}:127.0.0.1:{other}"]
        self._relay = subprocess.Popen(
            [*LINNET, *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        (self.folder / "relay.pid").write_text(str(self._relay.pid))
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._relay.poll() is None:
            if answers(port):
                return True
            time.sleep(0.05)
        self.stop_relay()
        return False

    @property
    def relay_is_up(self) -> bool:
        return self._relay is not None and self._relay.poll() is None

    def stop_relay(self) -> None:
        """Ask the relay to end; insist when it does not."""
        if self._relay is None:
            return
        self._relay.terminate()
        try:
            self._relay.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._relay.kill()
            self._relay.wait()
        self._relay = None
        (self.folder / "relay.pid").unlink(missing_ok=True)

    def pass_link(self) -> str:
        """Return a pass link for a new person."""
        done = subprocess.run(
            [*LINNET, "relay", "invite", "--data", str(self.data)],
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        words = [w for w in done.stdout.split() if w.startswith("linnet:")]
        if done.returncode or not words:
            raise Trouble(f"The relay gave no pass: {done.stderr.strip()}")
        return words[0]

    # The people

    def home(self, name: str) -> Path:
        return self.folder / "homes" / name

    def script(self, name: str) -> Path:
        path = self.folder / name
        return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path

    def environment(self, name: str) -> dict[str, str]:
        own = {"LINNET_HOME": str(self.home(name)), "LINNET_PASSPHRASE": PASSPHRASE}
        return os.environ | own | {"PYTHONUNBUFFERED": "1"}

    def write_script(self, name: str, other: str) -> None:
        """Write a script that is this person: no words is a chat with the other."""
        python = " ".join(shlex.quote(word) for word in LINNET)
        path = self.folder / name
        path.write_text(
            "#!/bin/sh\n"
            f"# {name.capitalize()}, to try Linnet out: no words begin a chat with "
            f"{other}, others are\n# verbs, such as: {name} status. A real passphrase "
            "is never in a file.\n"
            f"LINNET_HOME={shlex.quote(str(self.home(name)))}\n"
            f"LINNET_PASSPHRASE={shlex.quote(PASSPHRASE)}\n"
            "export LINNET_HOME LINNET_PASSPHRASE\n"
            f'[ "$#" -gt 0 ] || set -- chat {other}\n'
            f'exec {python} "$@"\n'
        )
        path.chmod(0o755)

    def run(
        self, name: str, *words: str, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        """Run one command as a person and return how it ended."""
        done = subprocess.run(
            [*LINNET, *words],
            input=stdin,
            capture_output=True,
            env=self.environment(name),
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def must(self, name: str, *words: str) -> str:
        """Run one command that has to work; return what it printed."""
        done = self.run(name, *words)
        if done.returncode:
            raise Trouble(f"{name}: linnet {words[0]} failed. {done.stderr.strip()}")
        return done.stdout.strip()

    def forget_everything(self) -> None:
        """Begin from nothing, with ports that no other run would choose."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()
        self.ports = free_ports(HOW_MANY_PORTS)

    def forget_people(self) -> None:
        """Remove homes that were begun and not finished."""
        shutil.rmtree(self.folder / "homes", ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return ports that the system says are free now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def is_free(port: int) -> bool:
    """Whether a loopback port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def connect(demo: Demo, asker: str, owner: str) -> None:
    """Let one person add the other by link, and the other accept."""
    link = demo.must(owner, "invite")
    demo.must(asker, "add", link)
    demo.must(owner, "accept", asker.capitalize())
    demo.must(asker, "chats")
