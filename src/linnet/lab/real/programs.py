"""Running a program in a namespace, for so long, with what it says kept."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_KEPT: Final = 65_536
"""Octets of what a program said that are read again; the file holds all."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended.

    Attributes:
        code: its status; None where its time was up first.
        said: the end of what it wrote, to its output and its errors.
        seconds: how long it ran.
    """

    code: int | None
    said: str
    seconds: float


@dataclass(slots=True)
class Running:
    """A program that runs in a namespace, with all that it began."""

    process: subprocess.Popen[bytes]
    log: Path
    began: float
    is_ended: bool = False

    @property
    def said(self) -> str:
        """What it has written so far, its last octets."""
        return self.log.read_bytes()[-MOST_KEPT:].decode(errors="replace")

    def tell(self, line: str) -> None:
        """Write a line to its input; to nobody where it has ended."""
        pipe = self.process.stdin
        if pipe is not None and self.process.poll() is None:
            with suppress(BrokenPipeError):
                pipe.write(f"{line}\n".encode())
                pipe.flush()

    def wait(self, seconds: float) -> Done:
        """Wait so long for its end, and end it then."""
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = self.process.wait(seconds)
        self.end()
        return Done(code, self.said, time.monotonic() - self.began)

    def end(self) -> None:
        """End it and what it began, at once."""
        if self.is_ended:
            # Its number may be another's by now.
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.is_ended = True
        if self.process.stdin:
            self.process.stdin.close()


def start(
    namespace: str,
    command: Sequence[str],
    log: Path,
    more: Mapping[str, str] | None = None,
    *,
    is_told: bool = False,
) -> Running:
    """Start a program in a namespace; `more` is added to its environment.

    One that `is_told` has a pipe for its input, another has none.

    It knows of no proxy: what it opens goes through the censor's box.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy")
    }
    with log.open("wb") as said:
        process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *command],
            stdin=subprocess.PIPE if is_told else subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=inherited | dict(more or {}),
            start_new_session=True,
        )
    return Running(process, log, time.monotonic())
