"""Through a Tor that runs, in a network of this machine (spec/carriers.md §13)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from linnet.carriers.egress import Egress, leaving_by
from linnet.carriers.link import Link
from linnet.carriers.openers import open_road
from linnet.carriers.poller import poll
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.tunnels.chains import read_chain
from linnet.wire.links import Address, Road
from tests.carriers.people import SECRET_PATH, echo_relay, hear, running, until_open
from tests.carriers.recorders import named, server_tls
from tests.carriers.test_dial import Nobody
from tests.carriers.tunnels.test_egress import NoNames
from tests.carriers.tunnels.tor_network import NAME, Tor, tor_network
from tests.cli.scene import Relay, born

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tor]:
    with tor_network(tmp_path_factory.mktemp("tor")) as ready:
        yield ready


def by_socks(tor: Tor, name: str) -> str:
    return f"socks5://{name}:of-{name}@127.0.0.1:{tor.socks}"


def by_http(tor: Tor, _: str) -> str:
    return f"http://127.0.0.1:{tor.http}"


@pytest.mark.parametrize("way", [by_socks, by_http])
@pytest.mark.parametrize("opens", [open_road, poll])
def test_a_session_goes_through_tor_and_no_name_is_asked_beside_it(
    tor: Tor, way: object, opens: object
) -> None:
    async def story() -> None:
        async with echo_relay() as (echo, _):
            port = await echo.listener.listen("127.0.0.1", 0, tls=server_tls())
            names = NoNames(asyncio.get_running_loop())
            chain = read_chain(way(tor, "ann"))  # type: ignore[operator]  # one of two
            link = Link(
                named(Address(Road.WSS, NAME, port, SECRET_PATH)),
                surroundings=Surroundings(egress=Egress(chain)),
                dial=opens,  # type: ignore[arg-type]  # one of two dials
                poll=None,
            )
            async with running(link, 60) as events:
                await until_open(events)
                link.send(b"m" * 40_000)
                assert await hear(events, 1) == [b"m" * 40_000]
            assert set(names.asked) == {"127.0.0.1"}

    asyncio.run(story())


def test_whoever_gives_tor_another_name_goes_out_by_circuits_of_their_own(
    tor: Tor,
) -> None:
    async def story() -> None:
        async with echo_relay() as (_, port):
            address = Address(Road.WS, NAME, port, SECRET_PATH)
            for name in ("bob", "bob", "carol"):
                with leaving_by(Egress(read_chain(by_socks(tor, name)))):
                    carrier = await open_road(address, Nobody())
                carrier.abort()

    asyncio.run(story())
    circuits = tor.circuits()
    assert circuits["bob"]
    assert circuits["carol"]
    assert not circuits["bob"] & circuits["carol"]


def test_somebody_begins_through_tor_and_goes_on_as_road_through_says(
    tor: Tor, tmp_path: Path
) -> None:
    relay = Relay(tmp_path / "relay").start()
    try:
        erin = born(tmp_path / "erin", relay, "--through", by_socks(tor, "erin"))
        assert tor.circuits()["erin"]
        erin.does("road", "through", by_socks(tor, "frank"))
        assert erin.does("--json", "status").json["relays"][0]["state"] == "connected"
        assert tor.circuits()["frank"]
    finally:
        relay.stop()
