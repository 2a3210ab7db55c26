"""Behind an nginx that is set up as docs/proxy.md shows (spec/carriers.md §9.2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.carriers.dial import dial
from linnet.carriers.link import Link
from linnet.carriers.openers import Dial
from linnet.carriers.poller import poll
from linnet.wire.links import RelayDescriptor, Road
from tests.carriers.conformance.subjects import in_bursts
from tests.carriers.people import SITE, hear, running, until_open
from tests.carriers.recorders import COVER
from tests.carriers.roads import settle
from tests.proxy.nginx import Nginx, nginx_front
from tests.proxy.places import ALICE, BOB, STAYS_OPEN, Place, ask, proxy
from tests.proxy.sites import PAGE
from tests.proxy.test_probes import END, KNOWN_PROBE, PROBES, UPGRADE, undated
from tests.relay.processes import free_port

pytestmark = pytest.mark.slow


@asynccontextmanager
async def behind_nginx(at: Path) -> AsyncIterator[tuple[Place, Nginx]]:
    async with asyncio.timeout(90), proxy(SITE) as place:
        with nginx_front(at, place.port, place.doorkeeper) as nginx:
            yield place, nginx
        # What nginx said at its end may still come in.
        await settle()


def person(place: Place, port: int, road: Road) -> RelayDescriptor:
    """The relay as Alice reaches it by that port."""
    relay = place.road(ALICE)
    cover = COVER if road is Road.WSS else ""
    where = replace(relay.addresses[0], road=road, port=port, cover=cover)
    return RelayDescriptor(relay.key, (where,))


WAYS: dict[str, Dial] = {"websocket": dial, "requests": poll, "bursts": in_bursts}


@pytest.mark.parametrize("road", [Road.WS, Road.WSS], ids=["plain", "tls"])
@pytest.mark.parametrize("way", WAYS)
def test_people_come_through_nginx_and_a_long_poll_is_answered_at_once(
    tmp_path: Path, way: str, road: Road
) -> None:
    async def story() -> list[str]:
        async with behind_nginx(tmp_path) as (place, nginx):
            port = nginx.tls if road is Road.WSS else nginx.plain
            link = Link(person(place, port, road), dial=WAYS[way], poll=None)
            async with running(link) as events:
                await until_open(events)
                link.send(b"a" * 60_000)
                assert await hear(events, 1) == [b"a" * 60_000]
                (session,) = place.echo.sessions
                session.send(b"unasked")
                place.echo.listener.flush(session)
                assert await hear(events, 1) == [b"unasked"]
        return nginx.protocols.read_text().split("\n")

    answers = asyncio.run(story())
    if (way, road) == ("requests", Road.WSS):
        assert "HTTP/2.0 200" in answers


KNOWN = "a page at a known path"


def probes(place: Place) -> dict[str, bytes]:
    """What strangers ask, and what people would not."""
    place.revoke(BOB)
    revoked = f"GET {place.path(BOB)} HTTP/1.1\r\n"
    more = {
        "revoked": revoked + END,
        "a handshake at a revoked path": revoked + UPGRADE + "Host: x\r\n\r\n",
        KNOWN: KNOWN_PROBE.replace("KNOWN", place.path(ALICE)),
    }
    asked = PROBES | more
    return {
        name: probe.encode() if isinstance(probe, str) else probe
        for name, probe in asked.items()
    }


@pytest.mark.parametrize("ends", [True, False], ids=["closing", "waiting"])
def test_probers_meet_the_nginx_that_stands_there_alone(
    tmp_path: Path, ends: bool
) -> None:
    async def story() -> list[tuple[str, bytes, bytes]]:
        different = []
        async with behind_nginx(tmp_path) as (place, nginx):
            for name, said in probes(place).items():
                if not ends and b"Connection: close" not in said:
                    continue  # both wait for more, as long as nginx waits
                if ends and name == KNOWN:
                    continue  # who knows a path and leaves is gone
                endless = name.startswith("a body that never")
                got, alone = await asyncio.gather(
                    *(
                        ask(port, said, ends=ends, patience=3 if endless else 20)
                        for port in (nginx.plain, nginx.alone)
                    )
                )
                if endless:
                    # How long it waits for a body differs from time to time.
                    got, alone = (one.removesuffix(STAYS_OPEN) for one in (got, alone))
                if undated(got) != undated(alone):
                    different.append((name, got, alone))
            written = [
                file.read_text() for file in (nginx.at / "errors", nginx.at / "said")
            ]
            assert place.path(ALICE)[1:] not in "".join(written)
        return different

    assert asyncio.run(story()) == []


def test_while_the_proxy_is_away_nginx_shows_the_site(tmp_path: Path) -> None:
    nobody = free_port()
    with nginx_front(tmp_path, nobody, nobody) as nginx:
        said = f"GET / HTTP/1.1\r\n{END}".encode()
        assert asyncio.run(ask(nginx.plain, said)).endswith(PAGE)
