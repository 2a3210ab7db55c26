"""Roads that a client opens (spec/session.md §8)."""

import asyncio
from contextlib import suppress

import pytest

from linnet.carriers.dial import dial
from linnet.carriers.doorway import accept_key
from linnet.carriers.guises import CHROME, PLAIN, Guise
from linnet.carriers.link import Link
from linnet.carriers.outside import Manner, connect, target_of
from linnet.carriers.poller import poll
from linnet.carriers.status import Connected
from linnet.errors import Unreachable
from linnet.wire.links import Address, Road
from tests.carriers.people import (
    SECRET_PATH,
    Echo,
    descriptor,
    echo_relay,
    hear,
    running,
    until_open,
)
from tests.carriers.recorders import server_tls, wearing


class Nobody:
    def arrived(self, message: bytes) -> None: ...

    def lost(self) -> None: ...

    def writable(self) -> None: ...


def refusal(address: Address) -> str:
    async def story() -> str:
        with pytest.raises(Unreachable) as caught:
            await dial(address, Nobody())
        return str(caught.value)

    return asyncio.run(story())


def test_a_closed_port_is_named() -> None:
    assert "refuses" in refusal(Address(Road.TCP, "127.0.0.1", 1))


def test_a_website_without_the_path_is_named() -> None:
    async def story() -> str:
        async with echo_relay() as (_, port):
            with pytest.raises(Unreachable) as caught:
                await dial(Address(Road.WS, "127.0.0.1", port, "/old"), Nobody())
            return str(caught.value)

    assert "ask for a new link" in asyncio.run(story())


def test_a_port_without_tls_is_named() -> None:
    async def story() -> str:
        async with echo_relay() as (_, port):
            with pytest.raises(Unreachable) as caught:
                await dial(Address(Road.WSS, "127.0.0.1", port, SECRET_PATH), Nobody())
            return str(caught.value)

    assert "encryption of the web" in asyncio.run(story())


@pytest.mark.parametrize("guise", [PLAIN, CHROME], ids=["plain", "chrome"])
@pytest.mark.parametrize("cover", ["..", ".a", "....", "a..b", "a/b", "a@b"])
def test_a_cover_that_can_be_no_name_is_named(cover: str, guise: Guise) -> None:
    address = Address(Road.WSS, "127.0.0.1", 1, "/path", cover)
    manner = Manner(guise, wearing(guise), old=False, resumes=False)

    for opening in (
        lambda: connect(asyncio.Protocol, address, manner),
        lambda: target_of(address, manner),
    ):
        with pytest.raises(OSError, match="no name"):
            asyncio.run(opening())


class Impatient(Nobody):
    """Gives a dial up at the very moment at which it opens."""

    task: asyncio.Task[object]

    def arrived(self, message: bytes) -> None:
        self.task.cancel()


def test_a_dial_that_is_given_up_as_it_opens_leaves_no_connection() -> None:
    closed = asyncio.Event()

    async def answer(r: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        head = await r.readuntil(b"\r\n\r\n")
        key = next(
            line.split(b": ")[1]
            for line in head.split(b"\r\n")
            if line.startswith(b"Sec-WebSocket-Key")
        )
        w.write(
            b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "
            + accept_key(key)
            + b"\r\n\r\n\x82\x01x"
        )
        with suppress(ConnectionError):
            await r.read()
        w.close()
        closed.set()

    async def story() -> bool:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = Impatient()
        async with asyncio.timeout(10), server:
            dialling = dial(Address(Road.WS, "127.0.0.1", port, "/x"), user)
            user.task = asyncio.get_running_loop().create_task(dialling)
            with pytest.raises(asyncio.CancelledError):
                await user.task
            return await closed.wait()

    assert asyncio.run(story())


def test_a_session_passes_under_a_certificate_that_nobody_vouches_for() -> None:
    names: list[str | None] = []
    tls = server_tls()
    tls.sni_callback = lambda _, name, __: names.append(name)

    async def story(echo: Echo) -> list[bytes]:
        port = await echo.listener.listen("127.0.0.1", 0, tls=tls)
        relay = descriptor(port, Road.WSS)
        covered = Address(Road.WSS, "127.0.0.1", port, SECRET_PATH, "cover.example")
        link = Link(type(relay)(relay.key, (covered,)))
        async with running(link) as events:
            await until_open(events)
            link.send(b"under cover")
            heard = await hear(events, 1)
            assert isinstance(link.status, Connected)
            return heard

    async def whole() -> list[bytes]:
        async with echo_relay() as (echo, _):
            return await story(echo)

    assert asyncio.run(whole()) == [b"under cover"]
    assert names == ["cover.example"]


@pytest.mark.parametrize("road", [Road.TCP, Road.WS, Road.WSS])
@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".example", ".", "a\u2024b"])
def test_a_host_that_is_no_name_is_an_address_that_leads_nowhere(
    road: Road, host: str
) -> None:
    async def story() -> None:
        for opens in (dial, poll):
            address = Address(road, host, 443, "/x", "cover.example")
            with pytest.raises(Unreachable):
                await opens(address, Nobody())

    asyncio.run(asyncio.wait_for(story(), 30))
