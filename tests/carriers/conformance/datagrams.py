"""A line that carries datagrams, and can be cut: it loses what is said for a while."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from tests.carriers.conformance.line import GOODBYE_SECONDS, HERE, Line

Place = tuple[str, int]

LOST_BY_A_CUT = 6
"""Datagrams that find the line cut, before it is mended."""


class DatagramLine(Line, asyncio.DatagramProtocol):
    """A line that carries datagrams to a port, apart for each who sends some."""

    def __init__(self, target: int) -> None:
        super().__init__()
        self._lost = 0
        self._target = target
        self._talks: dict[Place, asyncio.DatagramTransport] = {}
        self._come: asyncio.Queue[tuple[bytes, Place]] = asyncio.Queue()

    def cut(self) -> None:
        """Lose what is under way, and the next that are said."""
        self._lost = LOST_BY_A_CUT
        while not self._come.empty():
            self._come.get_nowait()
        self.forget()

    def forget(self) -> None:
        """Let go of everybody; who speaks again is somebody new."""
        for far in self._talks.values():
            far.close()
        self._talks.clear()

    async def is_empty(self) -> None:
        """Wait until those who spoke have let go of their ports."""
        # Nothing tells when a port is let go of.
        while any(_is_held(place) for place in self._talks):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.forget()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the open port."""
        self.near = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Place) -> None:
        """Carry what somebody says, or lose it."""
        if self._lost:
            self._lost -= 1
        else:
            self._come.put_nowait((data, addr))

    async def run(self) -> None:
        """Carry what comes until cancelled."""
        while True:
            data, place = await self._come.get()
            if place not in self._talks:
                loop = asyncio.get_running_loop()
                self._talks[place], _ = await loop.create_datagram_endpoint(
                    lambda place=place: _Back(self, place),  # type: ignore[misc]
                    remote_addr=(HERE, self.elsewhere or self._target),
                )
            self.note()
            self._talks[place].sendto(data)


class _Back(asyncio.DatagramProtocol):
    """Carries what is answered to whom it is for."""

    def __init__(self, line: DatagramLine, place: Place) -> None:
        self._line, self._place = line, place

    def datagram_received(self, data: bytes, addr: Place) -> None:
        """Carry it."""
        self._line.note()
        self._line.near.sendto(data, self._place)


def _is_held(place: Place) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(place)
        except OSError:
            return True
    return False


@asynccontextmanager
async def datagram_line_to(target: int) -> AsyncIterator[DatagramLine]:
    """A line of datagrams to a port of this machine."""
    loop = asyncio.get_running_loop()
    line = DatagramLine(target)
    await loop.create_datagram_endpoint(lambda: line, local_addr=(HERE, 0))
    line.port = int(line.near.get_extra_info("sockname")[1])
    carrying = loop.create_task(line.run())
    try:
        yield line
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await line.is_empty()
        carrying.cancel()
        line.forget()
        line.near.close()
        await asyncio.gather(carrying, return_exceptions=True)
