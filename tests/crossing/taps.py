"""Roads of this machine that count what they carry, and die when they have carried it.

A tap that dies cuts every connection at once, with whatever was on the way in it, and
its address takes no more; or it swallows everything from then on and cuts nothing, as
censors do of late.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

Died = Callable[["Tap"], None]
_PIECE = 65_536


class Tap:
    """One road to a port.

    Attributes:
        name: what the road is, for the table.
        up: bytes it has passed on towards the relay.
        down: bytes it has passed on towards the client.
        allowance: bytes, both directions together, after which it dies.
        is_dead: whether nothing gets through.
        dies_silently: whether it then swallows all and cuts nothing.
    """

    def __init__(
        self,
        name: str,
        target: int,
        *,
        tls: ssl.SSLContext | None = None,
        cuts_websocket: bool = False,
    ) -> None:
        self.name = name
        self.port = 0
        self.up = self.down = 0
        self.allowance = float("inf")
        self.died: Died = lambda _: None
        self.is_dead = True
        self.dies_silently = False
        self._target = target
        self._tls = tls
        self._cuts_websocket = cuts_websocket
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Let through what comes, at the same port as before."""
        self.is_dead = False
        self.up = self.down = 0
        if self._server is None:
            self._server = await asyncio.start_server(
                self._enter, "127.0.0.1", self.port, ssl=self._tls
            )
            self.port = self._server.sockets[0].getsockname()[1]

    def arm(self, allowance: float, died: Died) -> None:
        """Count from now on, and die after so many bytes."""
        self.up = self.down = 0
        self.allowance, self.died = allowance, died

    def close(self) -> None:
        """Cut everything, and take nothing more."""
        self.is_dead = True
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()

    def _die(self) -> None:
        self.allowance = float("inf")
        self.is_dead = True
        if not self.dies_silently:
            self.close()
        self.died(self)

    async def _enter(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        ends = {writer}
        self._ends |= ends
        with suppress(OSError, asyncio.CancelledError):
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", self._target
            )
            ends.add(far_writer)
            self._ends.add(far_writer)
            await asyncio.gather(
                self._pass(reader, far_writer, is_up=True),
                self._pass(far_reader, writer, is_up=False),
            )
        self._ends -= ends
        for end in ends:
            end.transport.abort()

    async def _pass(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        with suppress(OSError):
            while data := await source.read(_PIECE):
                if is_up and self._is_unwanted(data):
                    break
                if not self._may_pass(len(data), is_up=is_up):
                    continue
                if to.is_closing():
                    break
                to.write(data)
                await to.drain()
        to.close()

    def _may_pass(self, size: int, *, is_up: bool) -> bool:
        if not self.is_dead and self.up + self.down + size > self.allowance:
            self._die()
        if self.is_dead:
            return False
        self.up += size if is_up else 0
        self.down += 0 if is_up else size
        return True

    def _is_unwanted(self, data: bytes) -> bool:
        return self._cuts_websocket and b"pgrade: websocket" in data
