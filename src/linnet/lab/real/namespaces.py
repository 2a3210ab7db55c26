"""Three network namespaces of the kernel's: of a client, of a censor, of the world.

They carry the name of the process that made them, so that whoever begins next can
tell those of a process that is gone, and removes them (ip-netns(8)).
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from linnet.errors import LocalError, UsageError

TUN: Final = Path("/dev/net/tun")
RUNNING: Final = Path("/run/netns")
"""Where iproute2 keeps namespaces by name."""
FILES: Final = Path("/etc/netns")
"""What iproute2 shows a program of a namespace in place of files of /etc."""
_CLONE_NEWNET: Final = 0x4000_0000
_NAME: Final = re.compile(r"linnet-lab-(\d+)-(\d+)-.*")
_LOOKS, _LOOK_SECONDS = 100, 0.02
"""How often is looked whether a program that was ended is gone."""
_numbers = count()


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The names of three namespaces that exist."""

    client: str
    censor: str
    world: str

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter((self.client, self.censor, self.world))


def missing() -> str:
    """Say in a sentence why the lab cannot be built here; "" where it can."""
    if os.geteuid() != 0:
        return "The real lab makes network namespaces, which only root may."
    if not TUN.exists():
        return "The real lab needs /dev/net/tun, which this machine does not have."
    if not shutil.which("ip"):
        return "The real lab needs `ip`, of Debian's package iproute2."
    if not _can_be_made():
        return (
            "The real lab needs namespaces with devices, which even root may not make."
        )
    return ""


def _can_be_made() -> bool:
    """Make one, with a device like the lab's; some sandboxes do not let their root."""
    name = f"{mark()}try"
    device = ("-n", name, "tuntap", "add", "dev", "line", "mode", "tun")
    try:
        return all(
            subprocess.run(["ip", *words], capture_output=True, check=False).returncode
            == 0
            for words in (("netns", "add", name), device)
        )
    finally:
        remove(name)


@contextmanager
def namespaces(resolver: str) -> Iterator[Namespaces]:
    """Three new namespaces, removed afterwards; those left by others are swept first.

    `resolver` is the name server that programs of the client's are shown.

    Raises:
        UsageError: this person may not make them, or this machine cannot.
    """
    if why := missing():
        raise UsageError(why)
    sweep()
    first = f"{mark()}{next(_numbers)}"
    made = Namespaces(f"{first}-client", f"{first}-censor", f"{first}-world")
    try:
        for name in made:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
            _set_resolver(name, resolver)
        yield made
    finally:
        for name in made:
            remove(name)


def mark() -> str:
    """How the names of all begin that this process leaves where others see it."""
    return f"linnet-lab-{os.getpid()}-{_began(os.getpid())}-"


def sweep() -> None:
    """Remove what processes left behind that are gone."""
    for folder in (RUNNING, FILES, Path(gettempdir())):
        names = sorted(each.name for each in folder.glob("linnet-lab-*"))
        for name in names:
            owner = _NAME.fullmatch(name)
            if owner and _began(int(owner[1])) != int(owner[2]):
                remove(name)
                shutil.rmtree(Path(gettempdir()) / name, ignore_errors=True)


def remove(name: str) -> None:
    """End every program of a namespace, and take its name away."""
    if (RUNNING / name).exists():
        empty(name)
        subprocess.run(["ip", "netns", "delete", name], check=False)
    shutil.rmtree(FILES / name, ignore_errors=True)


def empty(name: str) -> None:
    """End every program of a namespace, and wait until they are gone."""
    for _ in range(_LOOKS):
        left = _programs(name) - {os.getpid()}
        for pid in left:
            _end(pid)
        if not left:
            return
        time.sleep(_LOOK_SECONDS)


def _programs(name: str) -> set[int]:
    listed = subprocess.run(
        ["ip", "netns", "pids", name], capture_output=True, text=True, check=False
    )
    return set(map(int, listed.stdout.split()))


def enter(name: str) -> None:
    """Move this thread into a namespace.

    Raises:
        LocalError: there is none of that name, or this process may not.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        handle = os.open(RUNNING / name, os.O_RDONLY)
    except OSError as error:
        raise LocalError("A network namespace of the lab is gone.") from error
    try:
        if libc.setns(handle, _CLONE_NEWNET):
            raise LocalError("This process may not enter a network namespace.")
    finally:
        os.close(handle)


def ip(*words: str) -> None:
    """Have iproute2 do something.

    Raises:
        LocalError: it would not; the text is what it said.
    """
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(f"`ip {' '.join(words)}` failed: {done.stderr.strip()}")


def _set_resolver(name: str, resolver: str) -> None:
    folder = FILES / name
    folder.mkdir(parents=True)
    (folder / "resolv.conf").write_text(f"nameserver {resolver}\n")


def _began(pid: int) -> int:
    """When a process began, in ticks; -1 where there is none: numbers come again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return -1
    return int(stat.rpartition(")")[2].split()[19])


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
