"""The road through a plug-in, with the real program (spec/carriers.md §14)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.egress import Egress, leaving_by
from linnet.carriers.link import Link
from linnet.carriers.openers import open_road
from linnet.carriers.plugin_road import plugin_address, read_tunnel
from linnet.carriers.plugins.lines import Side
from linnet.carriers.plugins.process import start
from linnet.carriers.plugins.programs import find_program
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.tunnels.tunnel import Tunnel
from linnet.errors import Malformed
from linnet.relay.logs import Log
from linnet.relay.plugins import Plugin, serve
from linnet.wire.links import Address, Road
from tests.carriers.people import SECRET_PATH, echo_relay, hear, running, until_open
from tests.carriers.plugins.programs import NEEDS_OBFS4
from tests.carriers.recorders import named
from tests.carriers.test_dial import Nobody
from tests.carriers.tunnels.proxies import http_proxy, socks5_proxy

WORDS = (("cert", "a;b=c\\d"), ("iat-mode", "0"))


def test_what_a_plug_in_wants_told_is_in_the_path_of_its_address() -> None:
    address = plugin_address("obfs4", "192.0.2.1", 443, WORDS)

    assert address.path == r"obfs4;cert=a\;b\=c\\d;iat-mode=0"
    assert read_tunnel(address) == Tunnel("obfs4", "192.0.2.1", 443, arguments=WORDS)


@pytest.mark.parametrize("told", [(("a", "b c"),), (("cert", "x" * 255),)])
def test_what_does_not_fit_into_a_link_is_refused(told: tuple[tuple[str, str]]) -> None:
    with pytest.raises(Malformed, match="does not fit"):
        plugin_address("obfs4", "192.0.2.1", 443, told)


@pytest.mark.parametrize("path", ["", "/bin/sh", "obfs4;cert", "ob fs", "../obfs4;a=b"])
def test_an_address_without_a_method_is_no_road(path: str) -> None:
    async def story() -> Unopened:
        with pytest.raises(Unopened) as caught:
            await open_road(Address(Road.PLUGIN, "192.0.2.1", 443, path), Nobody())
        return caught.value

    assert asyncio.run(story()).came is Came.NO_WAY


@asynccontextmanager
async def obfs4_relay(state: Path) -> AsyncIterator[Address]:
    async with echo_relay() as (echo, _):
        plugin = Plugin("obfs4", "127.0.0.1", 0)
        served = await serve(plugin, echo.listener, state, Log())
        try:
            yield served.address
        finally:
            await served.close()


async def passes(address: Address, surroundings: Surroundings) -> list[bytes]:
    link = Link(named(address), surroundings=surroundings)
    async with running(link) as events:
        await until_open(events)
        link.send(b"m" * 40_000)
        heard = await hear(events, 1)
    await surroundings.close()
    return heard


@NEEDS_OBFS4
def test_a_session_passes_through_obfs4(tmp_path: Path) -> None:
    async def story() -> list[bytes]:
        async with obfs4_relay(tmp_path) as address:
            return await passes(address, Surroundings())

    assert asyncio.run(story()) == [b"m" * 40_000]


@NEEDS_OBFS4
@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_plug_in_connects_through_the_proxy_of_a_chain(
    tmp_path: Path, kind: str
) -> None:
    login = "ann", "p@ss"

    async def story() -> None:
        proxy = socks5_proxy(login) if kind == "socks5" else http_proxy(login)
        async with obfs4_relay(tmp_path) as address, proxy as asked:
            tunnel = Tunnel(kind, "127.0.0.1", asked.port, *login)
            way_out = Egress((tunnel,))
            await passes(address, Surroundings(egress=way_out))
            assert set(asked.places) == {(address.host, address.port)}

    asyncio.run(story())


@NEEDS_OBFS4
def test_the_other_side_keeps_its_key(tmp_path: Path) -> None:
    async def path() -> str:
        async with obfs4_relay(tmp_path) as address:
            return address.path

    first = asyncio.run(path())
    assert first.startswith("obfs4;cert=")
    assert asyncio.run(path()) == first


@NEEDS_OBFS4
def test_a_plug_in_of_a_chain_leads_to_the_proxy_behind_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with echo_relay() as (_, port), socks5_proxy() as asked:
            program = find_program("obfs4")
            assert program is not None
            more = {
                "TOR_PT_SERVER_BINDADDR": "obfs4-127.0.0.1:0",
                "TOR_PT_ORPORT": f"127.0.0.1:{asked.port}",
            }
            server = await start(Side.SERVER, "obfs4", program, tmp_path, more)
            found = server.found
            plugin = Tunnel("obfs4", found.host, found.port, arguments=found.arguments)
            way_out = Egress((plugin, Tunnel("socks5", "127.0.0.1", 1)))
            address = Address(Road.WS, "127.0.0.1", port, SECRET_PATH)
            try:
                await passes(address, Surroundings(egress=way_out))
            finally:
                await server.close()
            assert asked.places == [("127.0.0.1", port)]

    asyncio.run(story())


def test_a_plug_in_never_goes_round_a_chain_it_cannot_take() -> None:
    chain = tuple(Tunnel("socks5", "127.0.0.1", 1) for _ in range(2))

    async def story() -> str:
        address = Address(Road.PLUGIN, "192.0.2.1", 443, "obfs4;cert=a")
        with leaving_by(Egress(chain)), pytest.raises(Unopened) as caught:
            await open_road(address, Nobody())
        return str(caught.value)

    assert "one proxy at most" in asyncio.run(story())
