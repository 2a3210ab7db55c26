"""Plug-ins that stand before a relay, as they are run (spec/carriers.md §14)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from linnet.carriers.listener import Listener
from linnet.carriers.plugin_road import plugin_address
from linnet.carriers.plugins.lines import Side
from linnet.carriers.plugins.process import Process, start
from linnet.carriers.plugins.programs import find_program
from linnet.errors import Malformed, UsageError
from linnet.relay.logs import Log
from linnet.wire.links import Address

REST_SECONDS: Final = 1.0
LONGEST_REST: Final = 60.0
"""Before a plug-in that ended is started again; twice as long each time."""

STEADY_SECONDS: Final = 60.0
"""After which one that ended is no longer one that fails again and again."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plug-in that a relay is to run.

    Attributes:
        method: such as ``obfs4``.
        host: where clients reach it.
        program: the file; ``None`` looks for one.
    """

    method: str
    host: str = field(repr=False)
    port: int = field(repr=False)
    program: Path | None = field(default=None, repr=False)

    @property
    def listens_at(self) -> str:
        """Where the plug-in itself listens: everywhere, unless that is no one else."""
        with suppress(ValueError):
            address = ip_address(self.host)
            if address.is_loopback:
                return f"[{address}]" if address.version == 6 else str(address)
            return "[::]" if address.version == 6 else "0.0.0.0"  # noqa: S104
        return "0.0.0.0"  # noqa: S104


class Served:
    """A plug-in that runs before a relay, and is started again when it ends.

    Attributes:
        address: what links say.
    """

    def __init__(
        self,
        address: Address,
        process: Process,
        begin: Callable[[], Awaitable[Process]],
        log: Log,
    ) -> None:
        self.address = address
        self._process: Process | None = process
        self._begin, self._log = begin, log
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """End it."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._process is not None:
            await self._process.close()

    async def _watch(self) -> None:
        loop, rest = asyncio.get_running_loop(), REST_SECONDS
        while True:
            began = loop.time()
            if self._process is not None:
                await self._process.ended()
                await self._process.close()
                self._process = None
            steady = loop.time() - began > STEADY_SECONDS
            rest = REST_SECONDS if steady else rest
            self._log.write("plugin_ended", again_in=rest)
            await asyncio.sleep(rest)
            rest = min(2 * rest, LONGEST_REST)
            with suppress(Malformed, OSError):
                self._process = await self._begin()


async def serve(plugin: Plugin, listener: Listener, state: Path, log: Log) -> Served:
    """Start a plug-in before a listener.

    Args:
        plugin: which.
        listener: who takes what it lets in.
        state: the folder in which it keeps its key; it must be there.
        log: told when it ended.

    Raises:
        UsageError: there is no such program here, or it does not do its work.
    """
    program = plugin.program or find_program(plugin.method)
    if program is None:
        raise UsageError(
            f"This machine has no plug-in for {plugin.method}. Install one, for obfs4 "
            "the package obfs4proxy, or name the program: --plugin METHOD=PROGRAM@..."
        )
    behind = await listener.listen_behind("127.0.0.1", 0)
    more = {
        "TOR_PT_SERVER_BINDADDR": f"{plugin.method}-{plugin.listens_at}:{plugin.port}",
        "TOR_PT_ORPORT": f"127.0.0.1:{behind}",
        "TOR_PT_EXTENDED_SERVER_PORT": "",
    }

    async def begin() -> Process:
        return await start(Side.SERVER, plugin.method, program, state, more)

    try:
        process = await begin()
    except (Malformed, OSError) as error:
        said = str(error) if isinstance(error, Malformed) else "It cannot be run."
        raise UsageError(
            f"The plug-in for {plugin.method} does not begin: {said} Is its port free?"
        ) from None
    try:
        address = plugin_address(
            plugin.method,
            plugin.host,
            plugin.port or process.found.port,
            process.found.arguments,
        )
    except Malformed as error:
        await process.close()
        raise UsageError(str(error)) from None
    return Served(address, process, begin, log)
