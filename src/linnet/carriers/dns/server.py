"""The relay's name server: UDP and TCP at one place (spec/dns.md §5)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from linnet.carriers.dns.authority import Authority

TEND_SECONDS: Final = 1.0
MOST_UNSENT: Final = 256 * 1024
"""Bytes of answers that may wait for the machine; what is beyond is not answered."""

MOST_CONNECTIONS: Final = 64
LARGEST_QUERY: Final = 1_024
IDLE_SECONDS: Final = 10.0
TRIES: Final = 8
"""To find a port that nobody has, by UDP and by TCP."""


_Reply = Callable[[bytes], bytes | None]


class NameServer:
    """Answers for one zone, over UDP and TCP."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self._datagrams: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, host: str, port: int) -> int:
        """Listen at an address; the port, if 0 was asked for.

        Raises:
            OSError: the address cannot be listened at.
        """
        tries = 1 if port else TRIES
        for again in reversed(range(tries)):
            try:
                found = await self._listen(host, port)
            except OSError:
                # A port that is free for UDP may be somebody's by TCP.
                if not again:
                    raise
            else:
                break
        self._tend()
        return found

    async def _listen(self, host: str, port: int) -> int:
        loop = asyncio.get_running_loop()
        datagrams, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._by_udp), local_addr=(host, port)
        )
        port = int(datagrams.get_extra_info("sockname")[1])
        try:
            self._server = await asyncio.start_server(self._converse, host, port)
        except OSError:
            datagrams.close()
            raise
        self._datagrams = datagrams
        return port

    def close(self) -> None:
        """Stop answering and end every carrier."""
        if self._timer is not None:
            self._timer.cancel()
        if self._datagrams is not None:
            self._datagrams.close()
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        self.authority.close()

    def _tend(self) -> None:
        loop = asyncio.get_running_loop()
        self.authority.tend(loop.time())
        self._timer = loop.call_later(TEND_SECONDS, self._tend)

    def _by_udp(self, data: bytes) -> bytes | None:
        return self.authority.answer(data, asyncio.get_running_loop().time())

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._connections.add(task)
        try:
            if len(self._connections) <= MOST_CONNECTIONS:
                with suppress(OSError, EOFError):
                    await self._answer_all(reader, writer)
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _answer_all(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            async with asyncio.timeout(IDLE_SECONDS):
                size = int.from_bytes(await reader.readexactly(2))
                if not 0 < size <= LARGEST_QUERY:
                    return
                query = await reader.readexactly(size)
            answer = self.authority.answer(query, loop.time(), by_tcp=True)
            if answer is not None:
                writer.write(len(answer).to_bytes(2) + answer)
                async with asyncio.timeout(IDLE_SECONDS):
                    await writer.drain()
            # What is read already makes nobody wait, and would keep all others out.
            await asyncio.sleep(0)


class _Datagrams(asyncio.DatagramProtocol):
    """Answers each datagram to whom it came from."""

    def __init__(self, reply: _Reply) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > LARGEST_QUERY:
            return
        answer = self._reply(data)
        if answer is not None and self._unsent() <= MOST_UNSENT:
            self._transport.sendto(answer, addr)

    def _unsent(self) -> int:
        # A transport of the simulated lab sends at once and cannot tell.
        size = getattr(self._transport, "get_write_buffer_size", None)
        return int(size()) if size else 0
