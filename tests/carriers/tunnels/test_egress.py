"""Connections that leave through a chain (spec/carriers.md §13)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from linnet.carriers import curl
from linnet.carriers.burst import Gate, burst
from linnet.carriers.carrier import Carrier
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.egress import Egress, leaving_by
from linnet.carriers.link import Link
from linnet.carriers.mail_line import MailLine, Server
from linnet.carriers.openers import open_road
from linnet.carriers.poller import poll
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.tunnels.tunnel import Tunnel
from linnet.wire.links import Address, Road
from tests.carriers.people import SECRET_PATH, echo_relay, hear, running, until_open
from tests.carriers.recorders import named, server_tls
from tests.carriers.test_dial import Nobody
from tests.carriers.tunnels.proxies import http_proxy, socks5_proxy

LOGIN = "ann", "p@ss"
NAME = "relay.invalid"


def local(kind: str, port: int, login: tuple[str, str] | None = None) -> Tunnel:
    return Tunnel(kind, "127.0.0.1", port, *(login or ("", "")))


class NoNames:
    """Refuses to ask this network for a name."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.asked: list[str] = []
        self._really = loop.getaddrinfo
        loop.getaddrinfo = self.ask  # type: ignore[method-assign, assignment]

    async def ask(self, host: str, port: int, **more: Any) -> Any:
        self.asked.append(host)
        return await self._really(host, port, **more)


async def passes(road: Road, opens: Callable[..., Awaitable[Carrier]]) -> list[str]:
    """A session to a name that only the proxy knows; the names asked here."""
    async with echo_relay() as (echo, _), socks5_proxy(LOGIN) as asked:
        tls = server_tls() if road is Road.WSS else None
        port = await echo.listener.listen("127.0.0.1", 0, tls=tls)
        asked.names[NAME] = "127.0.0.1"
        names = NoNames(asyncio.get_running_loop())
        tunnels = (local("socks5", asked.port, LOGIN),)
        link = Link(
            named(Address(road, NAME, port, SECRET_PATH)),
            surroundings=Surroundings(egress=Egress(tunnels)),
            dial=opens,
            poll=None,
        )
        async with running(link) as events:
            await until_open(events)
            link.send(b"through")
            assert await hear(events, 1) == [b"through"]
        assert set(asked.places) == {(NAME, port)}
        return [one for one in names.asked if one != "127.0.0.1"]


OPENS = [open_road, poll, lambda a, u: burst(a, u, gate=Gate(0, 0))]


@pytest.mark.parametrize("opens", OPENS, ids=["connection", "requests", "bursts"])
@pytest.mark.parametrize("road", [Road.WS, Road.WSS], ids=["ws", "wss"])
def test_no_name_is_asked_of_this_network_beside_a_chain(
    road: Road, opens: Callable[..., Awaitable[Carrier]]
) -> None:
    assert asyncio.run(passes(road, opens)) == []


def test_plain_tcp_goes_through_too() -> None:
    assert asyncio.run(passes(Road.TCP, open_road)) == []


def test_python_s_own_tls_goes_through_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curl, "is_there", lambda: False)
    assert asyncio.run(passes(Road.WSS, open_road)) == []


def test_a_chain_leads_from_each_tunnel_to_the_next() -> None:
    async def story() -> None:
        async with (
            echo_relay() as (_, port),
            socks5_proxy() as near,
            http_proxy(LOGIN) as far,
        ):
            far.names[NAME] = "127.0.0.1"
            tunnels = local("socks5", near.port), local("http", far.port, LOGIN)
            with leaving_by(Egress(tunnels)):
                address = Address(Road.WS, NAME, port, SECRET_PATH)
                carrier = await open_road(address, Nobody())
            assert near.places == [("127.0.0.1", far.port)]
            assert far.places == [(NAME, port)]
            carrier.abort()

    asyncio.run(story())


def test_a_line_to_a_mail_server_goes_through_too() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        writer.close()

    async def story() -> bytes:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, socks5_proxy() as asked:
            asked.names[NAME] = "127.0.0.1"
            line = MailLine(Server(NAME, port, tls=False))
            with leaving_by(Egress((local("socks5", asked.port),))):
                await line.open()
            said = await line.line()
            line.close()
            assert asked.places == [(NAME, port)]
            return said

    assert asyncio.run(story()) == b"220 here"


async def opening(tunnels: tuple[Tunnel, ...], address: Address) -> Unopened:
    async with asyncio.timeout(10):
        with leaving_by(Egress(tunnels)), pytest.raises(Unopened) as caught:
            await open_road(address, Nobody())
    return caught.value


ANYWHERE = Address(Road.WSS, NAME, 443, SECRET_PATH)


def test_a_proxy_that_is_not_there_is_named_and_nothing_goes_straight() -> None:
    failed = asyncio.run(opening((local("socks5", 1),), ANYWHERE))
    assert failed.came is Came.NO_TUNNEL
    assert "is it running" in str(failed)


def test_a_wrong_password_is_named() -> None:
    async def story() -> str:
        async with http_proxy(LOGIN) as asked:
            return str(await opening((local("http", asked.port),), ANYWHERE))

    assert "name and password" in asyncio.run(story())


def test_a_road_that_would_go_round_the_chain_is_not_taken() -> None:
    tunnels = (local("socks5", 1),)
    failed = asyncio.run(opening(tunnels, Address(Road.DNS, NAME, 53)))
    assert failed.came is Came.NO_TUNNEL


async def hostile(kind: str, answer: bytes) -> Unopened:
    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing() and await reader.read(1):
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    failed = await opening((local(kind, port),), ANYWHERE)
    server.close()
    return failed


@pytest.mark.parametrize("kind", ["socks5", "http"])
@pytest.mark.parametrize(
    "answer", [b"\0" * 40_000, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000]
)
def test_a_tunnel_that_answers_garbage_is_left(kind: str, answer: bytes) -> None:
    assert asyncio.run(hostile(kind, answer)).came is Came.NO_TUNNEL
