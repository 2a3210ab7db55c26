"""The plug-ins of a client: each started when first needed, once for all who do."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from linnet.carriers.plugins.lines import Found, Side
from linnet.carriers.plugins.process import Process, start
from linnet.carriers.plugins.programs import find_program
from linnet.carriers.tunnels.tunnel import TunnelFailed
from linnet.errors import Malformed

REST_SECONDS: Final = 1.0
LONGEST_REST: Final = 60.0
"""After a plug-in has failed; twice as long each time."""


class Plugins:
    """Processes of plug-ins, by method and by what they go through."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, str], _Kept] = {}

    async def place(self, method: str, proxy: str) -> tuple[str, int]:
        """Where the plug-in for a method takes connections on this machine.

        Args:
            method: such as ``obfs4``.
            proxy: what it is to go through, as ``socks5://...``; or empty.

        Raises:
            TunnelFailed: there is no such plug-in here, or it does not work.
        """
        kept = self._running.setdefault((method, proxy), _Kept(method, proxy))
        found = await kept.found()
        return found.host, found.port

    async def close(self) -> None:
        """End them all."""
        running, self._running = self._running, {}
        for one in running.values():
            await one.close()


class _Kept:
    def __init__(self, method: str, proxy: str) -> None:
        self._method = method
        self._more = {"TOR_PT_PROXY": proxy} if proxy else {}
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._state: TemporaryDirectory[str] | None = None
        self._rest = REST_SECONDS
        self._rests_until = 0.0

    async def found(self) -> Found:
        async with self._turn:
            if self._process is not None and self._process.is_alive:
                return self._process.found
            now = asyncio.get_running_loop().time()
            if now < self._rests_until:
                raise TunnelFailed(
                    f"The plug-in for {self._method} has ended; it is started again "
                    "in a moment."
                )
            await self._end()
            self._rests_until = now + self._rest
            self._rest = min(2 * self._rest, LONGEST_REST)
            self._process = await self._start()
            return self._process.found

    async def close(self) -> None:
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        state, self._state = self._state, None
        try:
            if process is not None:
                await process.close()
        finally:
            if state is not None:
                state.cleanup()

    async def _start(self) -> Process:
        program = find_program(self._method)
        if program is None:
            raise TunnelFailed(
                f"This machine has no plug-in for {self._method}; install one (for "
                "obfs4 the package obfs4proxy), or use another road."
            )
        self._state = TemporaryDirectory(prefix="linnet-plugin-")
        folder = Path(self._state.name)
        try:
            process = await start(
                Side.CLIENT, self._method, program, folder, self._more
            )
        except Malformed as error:
            raise TunnelFailed(str(error)) from None
        except TimeoutError:
            raise TunnelFailed("The plug-in does not begin in time.") from None
        except OSError:
            raise TunnelFailed("The plug-in on this machine cannot be run.") from None
        if process.found.host not in {"127.0.0.1", "::1"}:
            await process.close()
            raise TunnelFailed("The plug-in listens where others could use it.")
        return process
