"""Who cuts a connection of HTTP/2 is not dialled for it before its turn."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from curl_cffi import Curl

from linnet.carriers import curl as library
from linnet.carriers.streams import Streams
from linnet.carriers.target import Target
from linnet.wire.links import Address, Road
from tests.carriers.recorders import COVER, server_tls
from tests.carriers.test_streams_bounds import asked, frame, streams_to

_DATA, _HEADERS = 0, 1
_END_STREAM, _END_HEADERS = 1, 4
_STATUS_200 = b"\x88"


class Server:
    """Answers the first request of each connection, and cuts it at the second.

    Attributes:
        met: how many connections came.
    """

    def __init__(self) -> None:
        self.met = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.met += 1
        answered = 0
        try:
            async for stream in asked(reader, writer):
                if answered:
                    writer.transport.abort()
                    return
                writer.write(frame(_HEADERS, _END_HEADERS, stream, _STATUS_200))
                writer.write(frame(_DATA, _END_STREAM, stream, b"x"))
                answered += 1
        except (asyncio.IncompleteReadError, OSError, ssl.SSLError):
            writer.transport.abort()


@asynccontextmanager
async def talking_to(server: Server) -> AsyncIterator[Streams]:
    tls = server_tls("h2")
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    async with asyncio.timeout(20), listening:
        port = listening.sockets[0].getsockname()[1]
        address = Address(Road.WSS, "127.0.0.1", port, "/path", COVER)
        streams = streams_to(address, is_paced=True)
        yield streams
        streams.close()


def test_who_cuts_a_connection_is_not_dialled_before_a_turn_was_waited_for() -> None:
    async def story() -> list[tuple[int, bool]]:
        server = Server()
        seen = []
        async with talking_to(server) as streams:
            assert await streams.post(b"x") == (200, b"x")
            seen.append((server.met, streams.is_again))
            with pytest.raises(OSError):  # noqa: PT011 - which one is libcurl's
                await streams.post(b"x")
            seen.append((server.met, streams.is_again))
            assert await streams.post(b"x") == (200, b"x")
            seen.append((server.met, streams.is_again))
        return seen

    assert asyncio.run(story()) == [(1, False), (1, True), (2, True)]


def test_where_libcurl_cannot_be_kept_from_dialling_nothing_is_left_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Curl] = []
    prepare = library.prepared

    def prepared(target: Target) -> Curl:
        made.append(prepare(target))
        return made[-1]

    def open_nothing(_: Curl) -> None:
        raise OSError(errno.ENOTSUP, "This libcurl opens what it likes.")

    async def story() -> None:
        async with talking_to(Server()) as streams:
            await streams.post(b"x")
            with pytest.raises(OSError, match="opens what it likes"):
                await streams.post(b"x")

    monkeypatch.setattr(library, "prepared", prepared)
    monkeypatch.setattr(library, "open_nothing", open_nothing)
    asyncio.run(story())

    assert [one._curl for one in made] == [None, None]
