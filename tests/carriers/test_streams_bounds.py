"""What requests by HTTP/2 never do, whatever the server or the link says."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from linnet.carriers import streams as module
from linnet.carriers.guises import CHROME
from linnet.carriers.outside import Manner, target_of
from linnet.carriers.streams import Streams
from linnet.carriers.target import Target
from linnet.wire.links import Address, Road
from tests.carriers.recorders import COVER, server_tls, wearing

_PREFACE = 24
_DATA, _HEADERS, _SETTINGS, _GOAWAY = 0, 1, 4, 7
_END_STREAM, _END_HEADERS = 1, 4
_STATUS_200 = b"\x88"


def frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    head = len(body).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4)
    return head + body


async def asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> AsyncIterator[int]:
    """Begin a connection of HTTP/2: the stream of each request that has ended on it."""
    await reader.readexactly(_PREFACE)
    writer.write(frame(_SETTINGS, 0, 0))
    while True:
        head = await reader.readexactly(9)
        await reader.readexactly(int.from_bytes(head[:3]))
        kind, flags, stream = head[3], head[4], int.from_bytes(head[5:])
        if kind in {_DATA, _HEADERS} and flags & _END_STREAM:
            yield stream


@asynccontextmanager
async def server(*, says_goodbye: bool) -> AsyncIterator[tuple[Address, list[bool]]]:
    """A server of HTTP/2 that answers with nothing: where it is, its connections."""
    opened: list[bool] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(True)
        try:
            async for stream in asked(reader, writer):
                ends = _END_STREAM | _END_HEADERS
                writer.write(frame(_HEADERS, ends, stream, _STATUS_200))
                if says_goodbye:
                    last = stream.to_bytes(4) + bytes(4)
                    writer.write(frame(_GOAWAY, 0, 0, last))
        except (asyncio.IncompleteReadError, OSError, ssl.SSLError):
            writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_tls("h2"))
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        yield Address(Road.WSS, "127.0.0.1", port, "/path", COVER), opened


def streams_to(address: Address, *, is_paced: bool = False) -> Streams:
    wardrobe = wearing(CHROME)
    wardrobe.learn_new(address, speaks=True)
    manner = Manner(CHROME, wardrobe, old=False, resumes=False, newer=True)
    return Streams(address, manner, is_paced=is_paced)


@pytest.mark.parametrize("says_goodbye", [True, False])
def test_a_connection_that_libcurl_opens_unasked_counts_as_one_made_again(
    *, says_goodbye: bool
) -> None:
    async def story() -> tuple[list[bool], int]:
        async with (
            asyncio.timeout(20),
            server(says_goodbye=says_goodbye) as (
                address,
                opened,
            ),
        ):
            streams = streams_to(address)
            again = []
            for _ in range(3):
                assert (await streams.post(b"x"))[0] == 200
                again.append(streams.is_again)
            streams.close()
            return again, len(opened)

    again, opened = asyncio.run(story())

    assert again == [False, says_goodbye, says_goodbye]
    assert opened == (3 if says_goodbye else 1)


def test_a_name_is_asked_for_once_while_a_connection_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Address] = []

    async def ask(address: Address, manner: Manner) -> Target:
        asked.append(address)
        return await target_of(address, manner)

    async def story() -> None:
        async with asyncio.timeout(20), server(says_goodbye=False) as (address, _):
            streams = streams_to(address)
            for _ in range(2):
                await streams.post(b"x")
            assert len(asked) == 1
            streams.is_again = True
            await streams.post(b"x")
            streams.close()

    monkeypatch.setattr(module, "target_of", ask)
    asyncio.run(story())

    assert len(asked) == 2


def test_who_leaves_while_a_name_is_asked_for_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streams = streams_to(Address(Road.WSS, "127.0.0.1", 1, "/path", COVER))

    async def ask(address: Address, manner: Manner) -> Target:
        streams.close()
        return await target_of(address, manner)

    monkeypatch.setattr(module, "target_of", ask)
    with pytest.raises(ConnectionAbortedError):
        asyncio.run(streams.post(b"x"))

    assert streams._multi is None


@pytest.mark.parametrize("path", ["@127.0.0.1:{}/x", ".127.0.0.1:{}/x", "path"])
def test_a_path_leads_to_no_other_host_than_the_address_names(path: str) -> None:
    async def story() -> list[bool]:
        async with asyncio.timeout(20), server(says_goodbye=False) as (inside, opened):
            path_ = path.format(inside.port)
            streams = streams_to(replace(inside, port=443, path=path_))
            with pytest.raises(OSError, match="This is no path"):
                await streams.post(b"x")
            streams.close()
            return opened

    assert asyncio.run(story()) == []
