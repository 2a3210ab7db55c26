"""What reading a website beside requests never costs, whatever the server does."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from linnet.carriers.guises import CHROME
from linnet.carriers.outside import Manner
from linnet.carriers.reading import PROOF_BYTES, Read
from linnet.carriers.streams import Streams
from linnet.wire.links import Address, Road
from tests.carriers.recorders import COVER, server_tls, wearing
from tests.carriers.test_streams_bounds import frame

_PREFACE = 24
_DATA, _HEADERS, _SETTINGS, _GOAWAY = 0, 1, 4, 7
_END_STREAM, _END_HEADERS = 1, 4
_STATUS_200 = b"\x88"
_LARGEST_FRAME = 16_384
HOME = Read("/", is_page=True)


def answer(stream: int, size: int) -> bytes:
    said = frame(_HEADERS, _END_HEADERS, stream, _STATUS_200)
    while size:
        part = min(size, _LARGEST_FRAME)
        said += frame(_DATA, 0, stream, bytes(part))
        size -= part
    return said + frame(_DATA, _END_STREAM, stream)


class Server:
    """A server of HTTP/2 with bodies of one size; it may end at a moment it chooses.

    Attributes:
        met: what was asked on each connection, in order.
        came: set when a page was asked for.
    """

    def __init__(self, size: int, *, leaves: bool = False, lasts: int = 100) -> None:
        self.met: list[list[str]] = []
        self.came = asyncio.Event()
        self._size, self._leaves, self._lasts = size, leaves, lasts

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        asked: list[str] = []
        self.met.append(asked)
        try:
            await reader.readexactly(_PREFACE)
            writer.write(frame(_SETTINGS, 0, 0))
            while True:
                head = await reader.readexactly(9)
                await reader.readexactly(int.from_bytes(head[:3]))
                kind, flags, stream = head[3], head[4], int.from_bytes(head[5:])
                if kind in {_DATA, _HEADERS} and flags & _END_STREAM:
                    self._take(kind, stream, asked, writer)
        except (asyncio.IncompleteReadError, OSError, ssl.SSLError):
            writer.transport.abort()

    def _take(
        self, kind: int, stream: int, asked: list[str], writer: asyncio.StreamWriter
    ) -> None:
        # What has a body ends with it.
        asked.append("GET" if kind == _HEADERS else "POST")
        if asked[-1] == "GET":
            self.came.set()
        if len(asked) > self._lasts:
            writer.transport.abort()
            return
        if self._leaves:
            writer.write(frame(_GOAWAY, 0, 0, stream.to_bytes(4) + bytes(4)))
        writer.write(answer(stream, self._size))


@asynccontextmanager
async def talking_to(server: Server) -> AsyncIterator[Streams]:
    tls = server_tls("h2")
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    async with asyncio.timeout(20), listening:
        port = listening.sockets[0].getsockname()[1]
        address = Address(Road.WSS, "127.0.0.1", port, "/path", COVER)
        wardrobe = wearing(CHROME)
        wardrobe.learn_new(address, speaks=True)
        manner = Manner(CHROME, wardrobe, old=False, resumes=False, newer=True)
        streams = Streams(address, manner, reads=True)
        yield streams
        streams.close()


async def say(streams: Streams, times: int) -> None:
    for _ in range(times):
        assert (await streams.post(b"x"))[0] == 200
        streams.spoke()


def test_nothing_is_read_before_words_brought_more_than_a_freeze_lets_through() -> None:
    async def story() -> list[str]:
        server = Server(1_024)
        async with talking_to(server) as streams:
            await say(streams, PROOF_BYTES // 1_024 + 1)
            await server.came.wait()
        return server.met[0]

    asked = asyncio.run(story())

    assert asked.index("GET") >= PROOF_BYTES // 1_024


def test_what_words_brought_down_other_connections_allows_no_reading() -> None:
    async def story() -> list[list[str]]:
        server = Server(PROOF_BYTES // 2, leaves=True)
        async with talking_to(server) as streams:
            await say(streams, 1)
            with pytest.raises(ConnectionRefusedError):
                await streams.post(b"x")
            await say(streams, 4)
            with pytest.raises(ConnectionAbortedError):
                await streams.fetch(HOME)
        return server.met

    assert asyncio.run(story()) == [["POST"]] * 5


@pytest.mark.parametrize("leaves", [True, False])
def test_who_cuts_or_leaves_a_connection_is_not_dialled_for_what_is_read(
    *, leaves: bool
) -> None:
    async def story() -> int:
        server = Server(PROOF_BYTES, leaves=leaves, lasts=1)
        async with talking_to(server) as streams:
            assert (await streams.post(b"x"))[0] == 200
            for _ in range(3):
                with pytest.raises(OSError):  # noqa: PT011 - which one is libcurl's
                    await streams.fetch(HOME)
        return len(server.met)

    assert asyncio.run(story()) == 1


def test_who_cuts_a_connection_is_not_dialled_before_a_turn_was_waited_for() -> None:
    async def story() -> tuple[int, bool]:
        server = Server(1, lasts=1)
        async with talking_to(server) as streams:
            await say(streams, 1)
            with pytest.raises(OSError):  # noqa: PT011 - which one is libcurl's
                await streams.post(b"x")
            return len(server.met), streams.is_again

    assert asyncio.run(story()) == (1, True)
