"""A plug-in as a process that we started (Pluggable Transports, version 1).

It ends with us, however we end: it watches its input, which closes then. What it says
after the beginning is read and thrown away; nothing of it is ever logged.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from linnet.carriers.plugins.lines import LONGEST_LINE, Conversation, Found, Side
from linnet.errors import Malformed

READY_SECONDS: Final = 10.0
END_SECONDS: Final = 2.0
_KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
"""What of our surroundings it sees; no proxy that somebody set for other programs."""


class Process:
    """A plug-in that runs.

    Attributes:
        found: where it listens.
    """

    def __init__(self, child: asyncio.subprocess.Process, found: Found) -> None:
        self.found = found
        self._child = child
        self._drain = asyncio.get_running_loop().create_task(_read_on(child))

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._child.returncode is None

    async def ended(self) -> None:
        """Wait until it has."""
        await self._child.wait()

    async def close(self) -> None:
        """End it, and wait until it has."""
        self._drain.cancel()
        with suppress(asyncio.CancelledError):
            await self._drain
        await _end(self._child, END_SECONDS)


async def start(
    side: Side, method: str, program: Path, state: Path, more: Mapping[str, str]
) -> Process:
    """Start a plug-in and wait until it says where it listens.

    Args:
        side: which side it is to be.
        method: such as ``obfs4``.
        program: the file to run.
        state: a folder that it may write to.
        more: what the side is told beside, by name.

    Raises:
        OSError: it cannot be run.
        Malformed: it cannot do what it was asked, or is no plug-in.
        TimeoutError: it does not say anything in time.
    """
    given = {
        "TOR_PT_MANAGED_TRANSPORT_VER": "1",
        "TOR_PT_STATE_LOCATION": str(state),
        "TOR_PT_EXIT_ON_STDIN_CLOSE": "1",
        f"TOR_PT_{side.name}_TRANSPORTS": method,
    }
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    child = await asyncio.create_subprocess_exec(
        program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LONGEST_LINE,
        env=kept | given | dict(more),
        start_new_session=True,
    )
    talk = Conversation(side, method, is_behind_proxy="TOR_PT_PROXY" in more)
    try:
        async with asyncio.timeout(READY_SECONDS):
            return Process(child, await _listen(child, talk))
    except BaseException:
        await _end(child, 0)
        raise


async def _listen(child: asyncio.subprocess.Process, talk: Conversation) -> Found:
    output = child.stdout
    while output is not None and talk.found is None:
        try:
            line = await output.readline()
        except ValueError:
            raise Malformed("The plug-in says a line that does not end.") from None
        if not line:
            break
        talk.heard(line)
    if talk.found is None:
        raise Malformed("The plug-in ended before it said where it listens.")
    return talk.found


async def _end(child: asyncio.subprocess.Process, seconds: float) -> None:
    if child.stdin is not None:
        child.stdin.close()
    # It is only said to have ended when its output was read to the end.
    drain = asyncio.get_running_loop().create_task(_read_on(child))
    try:
        async with asyncio.timeout(seconds):
            await child.wait()
    except TimeoutError:
        _kill(child)
        await child.wait()
    except BaseException:
        _kill(child)
        raise
    finally:
        drain.cancel()


def _kill(child: asyncio.subprocess.Process) -> None:
    """End it and what it began, at once."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


async def _read_on(child: asyncio.subprocess.Process) -> None:
    while child.stdout is not None and await child.stdout.read(LONGEST_LINE):
        pass
