"""A server under test: held to one core, watched, and surely ended."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import KIB, NotInstalled, NotMeasured, machine_cpu_seconds

_TICKS = os.sysconf("SC_CLK_TCK")
_GRACE = 5.0

Ready = Callable[[], bool]


class NotStarted(NotMeasured):
    """A server did not come up; the text has the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Process:
    """A running server, as the kernel sees it."""

    pid: int

    def cpu_seconds(self) -> float:
        """CPU used so far by all its threads, user and system."""
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        words = stat.rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / _TICKS

    def resident_kib(self) -> int:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // KIB


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """An empty folder on the checkout's own disk, gone afterwards."""
    place = Path(__file__).resolve().parent.parent / ".bench"
    place.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="peers-", dir=place) as folder:
        yield Path(folder)


def wait_until_quiet(limit: float) -> None:
    """Wait until others leave the machine nine tenths idle, or the limit has passed."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        began = machine_cpu_seconds()
        time.sleep(1)
        if machine_cpu_seconds() - began < 0.1 * (os.cpu_count() or 1):
            return


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Whether somebody accepts connections on this port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str],
    *,
    core: int,
    ready: Ready,
    home: Path,
    env: Mapping[str, str],
) -> Iterator[Process]:
    """Run a server until the block ends; it dies with us whatever happens.

    Raises:
        NotStarted: it was not ready within a minute.
    """
    output = home / "output"
    with output.open("wb") as sink:
        child = subprocess.Popen(
            [*_leash(core), *command],
            cwd=home,
            env={"PATH": os.environ["PATH"], "HOME": str(home), **env},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(child, ready, output)
        yield Process(child.pid)
    finally:
        _end(child)


def _leash(core: int) -> list[str]:
    """Commands of util-linux that hold a process to a core, and to our life."""
    taskset, setpriv = shutil.which("taskset"), shutil.which("setpriv")
    if not taskset or not setpriv:
        raise NotInstalled("needs util-linux: taskset and setpriv")
    return [taskset, "-c", str(core), setpriv, "--pdeathsig", "KILL"]


def _wait(child: subprocess.Popen[bytes], ready: Ready, output: Path) -> None:
    deadline = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.1)
    last = output.read_text(errors="replace").strip().splitlines()[-6:]
    raise NotStarted(" / ".join(last) or "it printed nothing")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask the whole process group to stop, then make it."""
    for sign, grace in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        try:
            os.killpg(child.pid, sign)
            child.wait(grace)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
