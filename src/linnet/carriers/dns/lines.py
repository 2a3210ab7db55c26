"""How questions reach a resolver: UDP, TCP, and HTTPS (RFC 1035 §4.2, RFC 8484).

A line carries messages and promises nothing: one may be lost, answered twice, or late.
What matters is tried again by whoever sent it.
"""

import asyncio
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from random import SystemRandom
from typing import Final, Protocol

from linnet.carriers.burst_bounds import Pacer
from linnet.carriers.curl import SpeaksNewer
from linnet.carriers.egress import egress
from linnet.carriers.fronted import asked_host
from linnet.carriers.guises import WARDROBE, Wardrobe
from linnet.carriers.http import HEAD_END, LARGEST_HEAD
from linnet.carriers.outside import Manner, connect
from linnet.carriers.streams import OK, Streams
from linnet.wire.links import Address

Heard = Callable[[bytes], None]

MOST_WAITING: Final = 16
"""Messages that wait for a connection; past this the oldest is dropped."""

LARGEST_ANSWER: Final = 8_192
ANSWER_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 2.5
AGAIN_SPREAD: Final = 1.5
"""Between connections that are made again, and what chance adds at most."""

AT_ONCE: Final = 2
"""Requests to one resolver by HTTPS; by HTTP/1.1 each has a connection."""

_ACCEPTED: Final = "Accept: application/dns-message"

_chance: Final = SystemRandom().random


class Line(Protocol):
    """A way to one resolver."""

    async def open(self, heard: Heard) -> None:
        """Begin, or go on if it has begun; `heard` is told each message that comes.

        Raises:
            OSError: there is no such way.
        """

    def send(self, message: bytes) -> None:
        """Send a message, if that can be done."""

    def close(self) -> None:
        """End; nothing is heard any more."""


class UdpLine(asyncio.DatagramProtocol):
    """A line of datagrams."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._heard: Heard | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self, heard: Heard) -> None:
        """Begin."""
        self._heard = heard
        if self._transport is not None:
            return
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, remote_addr=self._place
        )

    def send(self, message: bytes) -> None:
        """Send a message."""
        if self._transport is not None:
            self._transport.sendto(message)

    def close(self) -> None:
        """End."""
        self._heard = None
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Hand over what came."""
        if self._heard is not None:
            self._heard(data)

    def error_received(self, exc: Exception) -> None:
        """What was refused counts as lost, like what was dropped."""


class _Queued:
    """Connections on which a few workers do what waits; made again slowly."""

    def __init__(self, workers: int) -> None:
        self._heard: Heard | None = None
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self._count = workers
        self._workers: list[asyncio.Task[None]] = []
        self._pacer = Pacer(AGAIN_SECONDS, AGAIN_SPREAD, _chance)

    async def open(self, heard: Heard) -> None:
        """Begin."""
        self._heard = heard
        loop = asyncio.get_running_loop()
        if not self._workers:
            self._workers = [loop.create_task(self._work()) for _ in range(self._count)]

    def send(self, message: bytes) -> None:
        """Send a message, when there is a connection."""
        if self._waiting.qsize() >= MOST_WAITING:
            self._waiting.get_nowait()
        self._waiting.put_nowait(message)

    def close(self) -> None:
        """End."""
        self._heard = None
        for worker in self._workers:
            worker.cancel()
        self._workers = []

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = await self._waiting.get()
            await asyncio.sleep(self._pacer.next(loop.time()) - loop.time())
            with suppress(OSError, EOFError, ValueError, asyncio.LimitOverrunError):
                await self._carry(message)

    async def _carry(self, message: bytes) -> None:
        """Carry a message and those that follow it, on one connection."""
        raise NotImplementedError

    def _tell(self, message: bytes) -> None:
        if self._heard is not None:
            self._heard(message)


class TcpLine(_Queued):
    """A line of one connection, on which answers come in any order."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(1)
        self._place = host, port

    async def _carry(self, message: bytes) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(*self._place)
        loop = asyncio.get_running_loop()
        listening = loop.create_task(self._listen(reader))
        getting: asyncio.Task[bytes] | None = None
        try:
            while not listening.done():
                writer.write(len(message).to_bytes(2) + message)
                await writer.drain()
                getting = loop.create_task(self._waiting.get())
                await asyncio.wait(
                    (getting, listening), return_when=asyncio.FIRST_COMPLETED
                )
                if not getting.done():
                    break
                message = getting.result()
        finally:
            listening.cancel()
            if getting is not None:
                # Else it would take the next message, for nobody.
                getting.cancel()
            writer.transport.abort()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError, EOFError):
            while True:
                size = int.from_bytes(await reader.readexactly(2))
                if size > LARGEST_ANSWER:
                    return
                self._tell(await reader.readexactly(size))


class HttpsLine(_Queued):
    """A line of requests (RFC 8484 §4.1), by HTTP/2 where the resolver takes it up.

    Each of a few workers awaits its answer before it asks again.
    """

    def __init__(self, address: Address, wardrobe: Wardrobe = WARDROBE) -> None:
        super().__init__(AT_ONCE)
        self._address = address
        guise = wardrobe.choose(address)
        self._manner = Manner(
            guise, wardrobe, old=False, resumes=guise.resumes, newer=True
        )
        self._streams = Streams(address, self._manner)

    def close(self) -> None:
        """End; it may be opened again."""
        super().close()
        self._streams.close()
        self._streams = Streams(self._address, self._manner)

    async def _carry(self, message: bytes) -> None:
        if self._speaks_new:
            await self._carry_new(message)
            return
        try:
            await self._carry_old(message)
        except SpeaksNewer:
            await self._carry_new(message)

    @property
    def _speaks_new(self) -> bool:
        is_known = self._manner.wardrobe.speaks_new(self._address)
        return bool(is_known) and egress().is_straight

    async def _carry_new(self, message: bytes) -> None:
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    status, answer = await self._streams.get(_query(message), _ACCEPTED)
            except ConnectionResetError:
                if not self._streams.has_worked:
                    # It may say that it speaks HTTP/2, and not do so.
                    self._manner.wardrobe.learn_new(self._address, speaks=False)
                    self._manner.wardrobe.learn_old(self._address)
                raise
            if status != OK or len(answer) > LARGEST_ANSWER:
                raise ConnectionResetError
            self._tell(answer)
            message = await self._waiting.get()

    async def _carry_old(self, message: bytes) -> None:
        reader = asyncio.StreamReader(limit=LARGEST_HEAD)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(ANSWER_SECONDS):
            transport, protocol = await connect(
                lambda: asyncio.StreamReaderProtocol(reader),
                self._address,
                self._manner,
            )
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            while True:
                async with asyncio.timeout(ANSWER_SECONDS):
                    self._tell(await self._ask(reader, writer, message))
                message = await self._waiting.get()
        finally:
            writer.transport.abort()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: bytes
    ) -> bytes:
        lines = (
            f"GET {self._address.path}{_query(message)} HTTP/1.1",
            f"Host: {asked_host(self._address)}",
            _ACCEPTED,
        )
        writer.write("\r\n".join(lines).encode("ascii") + HEAD_END)
        head = (await reader.readuntil(HEAD_END)).lower()
        found = re.search(rb"\r\ncontent-length: *(\d{1,4})\r\n", head)
        if not head.startswith(b"http/1.1 200 ") or found is None:
            raise ConnectionResetError
        return await reader.readexactly(int(found[1]))


def _query(message: bytes) -> str:
    return "?dns=" + urlsafe_b64encode(message).rstrip(b"=").decode()
