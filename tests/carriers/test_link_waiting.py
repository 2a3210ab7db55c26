"""What a link does while no road works, in virtual time (spec/session.md §7)."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.doorway import Front
from linnet.carriers.link import Link, LinkEvent, Opened, Received, StatusChanged
from linnet.carriers.listener import Listener
from linnet.carriers.race_bounds import OUTAGE_WAIT
from linnet.carriers.status import Connected, Connecting, Status, TurnedAway, Waiting
from linnet.errors import Unreachable
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import Address, Road
from tests.carriers.people import RELAY_KEY, SITE, Echo, descriptor, running
from tests.carriers.virtual import WireCarrier, join, run


class Country:
    """A relay without sockets, and what stands between it and a link."""

    def __init__(self) -> None:
        self.echo = Echo()
        self.listener = self.restart()
        self.blocked = ""
        self.swallows = False
        self.dials: list[float] = []
        self.carriers: list[WireCarrier] = []

    def restart(self) -> Listener:
        self.listener = Listener(
            RELAY_KEY, self.echo, front=Front(SITE), entropy=os.urandom
        )
        self.listener.now = asyncio.get_running_loop().time
        self.echo.listener = self.listener
        return self.listener

    async def dial(self, address: Address, user: CarrierUser) -> Carrier:
        self.dials.append(asyncio.get_running_loop().time())
        if self.blocked:
            raise Unreachable(self.blocked)
        carrier = join(self.listener, user)
        carrier.swallows = self.swallows
        self.carriers.append(carrier)
        return carrier

    def link(self, *roads: Road) -> Link:
        relay = descriptor(1, *(roads or (Road.TCP,)))
        return Link(relay, entropy=middling, dial=self.dial, poll=None)


def middling(size: int) -> bytes:
    """Entropy whose single bytes are always in the middle."""
    return b"\x80" if size == 1 else os.urandom(size)


@asynccontextmanager
async def at_work(link: Link) -> AsyncIterator[AsyncIterator[LinkEvent]]:
    async with running(link, patience=1e6) as events:
        yield events


async def status(events: AsyncIterator[LinkEvent], kind: type[Status]) -> Status:
    """The next status of a kind."""
    async for event in events:
        if isinstance(event, StatusChanged) and isinstance(event.status, kind):
            return event.status
    raise AssertionError("the link ended")


def test_a_link_waits_longer_each_time_and_says_why() -> None:
    async def story() -> list[float]:
        country = Country()
        country.blocked = "The machine there refuses connections."
        link = country.link()
        async with at_work(link) as events:
            for _ in range(10):
                waiting = await status(events, Waiting)
                assert isinstance(waiting, Waiting)
                assert waiting.reason == country.blocked
                assert "kept" in waiting.sentence
        return country.dials

    dials = run(story())
    waits = [later - sooner for sooner, later in pairwise(dials)]

    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert max(waits) == OUTAGE_WAIT


def test_a_link_in_a_hurry_tries_again_at_once() -> None:
    async def story() -> None:
        country = Country()
        country.blocked = "There is no way to that address now."
        link = country.link()
        async with at_work(link) as events:
            for _ in range(9):
                await status(events, Waiting)
            country.blocked = ""
            link.hurry()
            await status(events, Connected)
        assert country.dials[-1] == country.dials[-2]

    run(story())


def test_a_road_that_swallows_everything_is_given_up_and_named() -> None:
    async def story() -> tuple[Status, float]:
        country = Country()
        country.swallows = True
        link = country.link()
        async with at_work(link) as events:
            waiting = await status(events, Waiting)
            return waiting, asyncio.get_running_loop().time()

    waiting, now = run(story())

    assert isinstance(waiting, Waiting)
    assert waiting.reason == "The relay did not answer in time on this road."
    assert now == 20


def test_a_road_that_falls_silent_is_left_and_the_session_resumed() -> None:
    async def story() -> tuple[Status, float, int]:
        country = Country()
        link = country.link()
        async with at_work(link) as events:
            await status(events, Connected)
            country.carriers[0].swallows = True
            connected = await status(events, Connected)
            now = asyncio.get_running_loop().time()
            return connected, now, len(country.echo.sessions)

    connected, now, sessions = run(story())

    assert isinstance(connected, Connected)
    assert connected.resumed
    # Asked after 26.25 seconds of silence, and left when nothing came for 5 more.
    assert (now, sessions) == (31.25, 1)


def test_a_road_that_falls_silent_under_a_download_is_left_within_seconds() -> None:
    async def story() -> float:
        country = Country()
        link = country.link()
        async with at_work(link) as events:
            await status(events, Connected)
            link.expect(answers=True)
            country.carriers[0].swallows = True
            link._trip.flush()  # type: ignore[union-attr]  # it has one
            await status(events, Connected)
            return asyncio.get_running_loop().time()

    # Asked after a twelfth of 26.25 seconds, and left when nothing came for 5 more.
    assert run(story()) == 26.25 / 12 + 5


def test_an_idle_session_stays_alive_for_a_day() -> None:
    async def story() -> tuple[int, int]:
        country = Country()
        link = country.link()
        async with at_work(link) as events:
            await status(events, Connected)
            for _ in range(24 * 60):
                await asyncio.sleep(60)
                country.listener.tend(asyncio.get_running_loop().time())
            link.send(b"still here")
            async for event in events:
                if isinstance(event, Received):
                    break
        return len(country.dials), len(country.echo.sessions)

    assert run(story()) == (1, 1)


def test_a_relay_that_forgot_the_session_means_opening_a_new_one() -> None:
    async def story() -> list[LinkEvent]:
        country = Country()
        link = country.link()
        told: list[LinkEvent] = []
        async with at_work(link) as events:
            await status(events, Connected)
            link.send(b"unanswered")
            country.restart()
            country.carriers[0].hang_up()
            async for event in events:
                told.append(event)
                if isinstance(event, StatusChanged) and isinstance(
                    event.status, Connected
                ):
                    return told
        raise AssertionError

    told = run(story())

    assert [type(event) for event in told if not isinstance(event, StatusChanged)] == [
        Opened
    ]


def test_a_link_that_is_turned_away_says_why_and_asks_again_only_when_told() -> None:
    async def story() -> tuple[Status, int]:
        country = Country()
        country.echo.refusal = OpeningRefusal.PASS_UNKNOWN
        link = country.link(Road.TCP, Road.WS)
        async with at_work(link) as events:
            away = await status(events, TurnedAway)
            await asyncio.sleep(100_000)
            dials = len(country.dials)
            country.echo.refusal = None
            link.hurry()
            await status(events, Connected)
            return away, dials

    away, dials = run(story())

    assert isinstance(away, TurnedAway)
    assert (away.code, dials) == (OpeningRefusal.PASS_UNKNOWN, 1)
    assert "pass" in away.sentence


def test_every_status_names_its_road() -> None:
    async def story() -> list[str]:
        country = Country()
        country.blocked = "The name of the relay's address leads nowhere."
        link = country.link(Road.TCP, Road.WS, Road.WSS)
        async with at_work(link) as events:
            shown = [await status(events, Connecting) for _ in range(3)]
        return [one.sentence for one in shown]

    assert run(story()) == [
        "Trying to reach the relay by plain TCP.",
        "Trying to reach the relay by WebSocket.",
        "Trying to reach the relay by WebSocket over TLS.",
    ]


def test_an_abandoned_session_is_replaced_after_a_while() -> None:
    async def story() -> tuple[list[type], float, int]:
        country = Country()
        link = country.link()
        async with at_work(link) as events:
            await status(events, Connected)
            link.abandon("The relay talks nonsense.")
            told: list[type] = []
            async for event in events:
                told.append(
                    type(event.status)
                    if isinstance(event, StatusChanged)
                    else type(event)
                )
                if told[-1] is Connected:
                    break
            now = asyncio.get_running_loop().time()
            return told, now, len(country.echo.sessions)

    assert run(story()) == ([Waiting, Connecting, Opened, Connected], 0.5, 2)


def test_a_link_that_is_closed_while_it_dials_ends_at_once() -> None:
    async def story() -> float:
        country = Country()
        link = country.link()

        async def for_ever(address: Address, user: CarrierUser) -> Carrier:
            await asyncio.Event().wait()
            raise AssertionError

        link._dial = for_ever
        async with at_work(link) as events:
            await status(events, Connecting)
        return asyncio.get_running_loop().time()

    assert run(story()) == 0


def test_a_reader_that_lags_behind_stops_the_road_and_misses_nothing() -> None:
    async def story() -> tuple[bool, int]:
        country = Country()
        link = country.link()
        async with at_work(link) as events:
            await status(events, Connected)
            for _ in range(3_000):
                link.send(b"x")
            await asyncio.sleep(1)
            reading = country.carriers[0].wire.reading
            heard = 0
            async for event in events:
                heard += isinstance(event, Received)
                if heard == 3_000:
                    break
            return reading, heard

    assert run(story()) == (False, 3_000)
