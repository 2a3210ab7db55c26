"""When requests meet a server with HTTP/1.1 alone, which no browser begins with."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from linnet.carriers.dial import dial
from linnet.carriers.guises import CHROME, FIREFOX, Wardrobe
from linnet.carriers.link import Link
from linnet.carriers.poller import poll
from linnet.errors import Unreachable
from linnet.wire.links import Address, Road
from tests.carriers.people import SECRET_PATH, hear, running, until_open
from tests.carriers.recorders import COVER, named, server_tls, wearing, web_relay
from tests.carriers.test_polling import Listening

BROWSERS = ("h2", "http/1.1")
Serve = Callable[[int, asyncio.StreamWriter], Awaitable[None]]


def test_a_server_of_http_1_is_offered_http_2_by_each_connection() -> None:
    async def story() -> list[tuple[str, ...]]:
        wardrobe = wearing(FIREFOX)
        async with (
            asyncio.timeout(30),
            web_relay(server_tls("http/1.1")) as (_, address, hellos),
        ):
            way = partial(poll, wardrobe=wardrobe)
            link = Link(named(address), dial=way, poll=None)
            async with running(link) as events:
                await until_open(events)
                link.send(b"words")
                await hear(events, 1)
            (await dial(address, Listening(), wardrobe)).abort()
            return [hello.protocols for hello in hellos]

    offers = asyncio.run(story())

    assert offers == [BROWSERS] * 3


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[tuple[Address, list[bool]]]:
    """A server that takes up HTTP/2: where it is, and its connections."""
    met: list[bool] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(True)
        await reader.read(1)
        await serve(len(met), writer)

    tls = server_tls(*BROWSERS)
    listening = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=tls)
    async with asyncio.timeout(20), listening:
        port = listening.sockets[0].getsockname()[1]
        yield Address(Road.WSS, "127.0.0.1", port, SECRET_PATH, COVER), met


async def cut(_: int, writer: asyncio.StreamWriter) -> None:
    """Reset a connection, as who stands on the way can."""
    at_once = struct.pack("ii", 1, 0)
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()


async def cut_the_second(number: int, writer: asyncio.StreamWriter) -> None:
    """End the first connection in order, and reset the next."""
    if number == 1:
        writer.close()
    else:
        await cut(number, writer)


@pytest.mark.parametrize(("serve", "number"), [(cut, 1), (cut_the_second, 2)])
def test_nothing_is_learnt_of_who_is_cut_and_only_a_server_itself_is_met_again_at_once(
    serve: Serve, number: int
) -> None:
    async def story() -> tuple[Wardrobe, Address, int]:
        wardrobe = wearing(CHROME)
        async with server(serve) as (address, met):
            with pytest.raises(Unreachable):
                await poll(address, Listening(), wardrobe)
        return wardrobe, address, len(met)

    wardrobe, address, met = asyncio.run(story())

    assert met == number
    assert wardrobe.speaks_new(address) is None
    assert not wardrobe.speaks_old(address)
