"""A link among roads that lie, in virtual time (spec/carriers.md)."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.doorway import Front
from linnet.carriers.link import Link, LinkEvent, Opened, Received, StatusChanged
from linnet.carriers.listener import Listener
from linnet.carriers.race_bounds import SILENT, STALLED
from linnet.carriers.status import Connected, Connecting, Status, TurnedAway, Waiting
from linnet.carriers.surroundings import Surroundings
from linnet.errors import Unreachable
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY, SITE, Echo, running
from tests.carriers.virtual import WireCarrier, join, run


class Country:
    """A relay at several names, and a censor between it and a link."""

    def __init__(self) -> None:
        self.echo = Echo()
        self.listener = Listener(
            RELAY_KEY, self.echo, front=Front(SITE), entropy=os.urandom
        )
        self.listener.now = asyncio.get_running_loop().time
        self.echo.listener = self.listener
        self.blocked: dict[str, str] = {}
        self.mute: set[str] = set()
        self.slow: dict[str, float] = {}
        self.dials: list[tuple[float, str]] = []
        self.carriers: defaultdict[str, list[WireCarrier]] = defaultdict(list)

    async def dial(self, address: Address, user: CarrierUser) -> Carrier:
        name = address.host
        self.dials.append((asyncio.get_running_loop().time(), name))
        await asyncio.sleep(self.slow.get(name, 0.1))
        if name in self.blocked:
            raise Unreachable(self.blocked[name])
        carrier = join(self.listener, user)
        carrier.swallows = name in self.mute
        self.carriers[name].append(carrier)
        return carrier

    def freeze(self, name: str) -> None:
        """Let nothing pass any more on the connections that are open now."""
        for carrier in self.carriers[name]:
            carrier.swallows = True
            if carrier.wire.far is not None:
                carrier.wire.far.swallows = True

    def link(self, *names: str, here: Surroundings | None = None) -> Link:
        addresses = tuple(Address(Road.WSS, name, 443, "/x") for name in names)
        relay = RelayDescriptor(public_key(RELAY_KEY), addresses)
        return Link(
            relay, entropy=middling, dial=self.dial, poll=None, surroundings=here
        )


def middling(size: int) -> bytes:
    return b"\x80" if size == 1 else os.urandom(size)


async def until(events: AsyncIterator[LinkEvent], kind: type[Status]) -> Status:
    async for event in events:
        if isinstance(event, StatusChanged) and isinstance(event.status, kind):
            return event.status
    raise AssertionError("the link ended")


async def heard(events: AsyncIterator[LinkEvent], count: int) -> list[bytes]:
    messages: list[bytes] = []
    async for event in events:
        assert not isinstance(event, Opened), "the session was lost"
        if isinstance(event, Received):
            messages.append(event.message)
        if len(messages) == count:
            break
    return messages


def name_of(status: Status) -> str:
    assert isinstance(status, Connected | Connecting)
    return status.address.host


def now() -> float:
    return round(asyncio.get_running_loop().time(), 3)


def test_a_road_that_opens_and_is_mute_costs_five_seconds_once() -> None:
    async def story() -> tuple[str, float, list[tuple[float, str]]]:
        country = Country()
        country.mute = {"mute"}
        here = Surroundings()
        async with running(country.link("mute", "good", here=here), 1e6) as events:
            connected = await until(events, Connected)
            first = now()
        async with running(country.link("mute", "good", here=here), 1e6) as events:
            await until(events, Connected)
        return name_of(connected), first, country.dials[2:]

    name, first, later = run(story())

    assert (name, first) == ("good", 5.1)
    assert [name for _, name in later] == ["good"]


def test_a_session_goes_over_in_the_middle_of_a_conversation() -> None:
    async def story() -> tuple[list[bytes], float, int, list[bytes]]:
        country = Country()
        link = country.link("one", "two")
        async with running(link, 1e6) as events:
            await until(events, Connected)
            link.send(b"before")
            await heard(events, 1)
            await asyncio.sleep(100)
            country.freeze("one")
            for number in range(10):
                link.send(b"during %d" % number)
            messages = await heard(events, 10)
            return (
                messages,
                now() - 100.1,
                len(country.echo.sessions),
                country.echo.heard,
            )

    messages, took, sessions, at_relay = run(story())

    assert messages == [b"during %d" % number for number in range(10)]
    assert at_relay == [b"before", *messages]
    assert sessions == 1
    assert took == 5  # the standby was open before


def test_a_standby_says_nothing_and_is_let_go_when_the_road_comes_back() -> None:
    async def story() -> tuple[list[bool], list[bytes], int]:
        country = Country()
        link = country.link("one", "two")
        async with running(link, 1e6) as events:
            await until(events, Connected)
            used = country.carriers["one"][0]
            used.held = []
            link.send(b"late")
            await asyncio.sleep(4)
            (standby,) = country.carriers["two"]
            shown = [standby.is_open, standby.said == 0]
            used.release()
            messages = await heard(events, 1)
            await asyncio.sleep(30)
            shown += [standby.is_open, used.is_open]
            return shown, messages, len(country.dials)

    shown, messages, dials = run(story())

    assert shown == [True, True, False, True]
    assert messages == [b"late"]
    assert dials == 2


def test_the_same_road_is_dialled_anew_when_there_is_no_other() -> None:
    async def story() -> tuple[float, list[float]]:
        country = Country()
        link = country.link("only")
        async with running(link, 1e6) as events:
            await until(events, Connected)
            await asyncio.sleep(100)
            country.freeze("only")
            link.send(b"again")
            assert await heard(events, 1) == [b"again"]
            return now(), [round(when, 3) for when, _ in country.dials]

    assert run(story()) == (105.2, [0, 105.1])


def test_a_status_names_what_was_tried_and_why_it_failed() -> None:
    async def story() -> tuple[Status, Status]:
        country = Country()
        country.blocked = {"shut": "The machine there refuses connections."}
        country.mute = {"mute"}
        link = country.link("shut", "mute")
        async with running(link, 1e6) as events:
            waiting = await until(events, Waiting)
            country.mute = set()
            await until(events, Connected)
            country.freeze("mute")
            link.send(b"x")
            stalled = await until(events, Connecting)
            return waiting, stalled

    waiting, stalled = run(story())

    assert isinstance(waiting, Waiting)
    assert [one.reason for one in waiting.tried] == [
        "The machine there refuses connections.",
        SILENT,
    ]
    assert all(one.reason in waiting.sentence for one in waiting.tried)
    assert "shut" not in repr(waiting)
    assert isinstance(stalled, Connecting)
    assert [one.reason for one in stalled.tried] == [STALLED]


def test_another_network_moves_the_session_to_a_road_of_its_own() -> None:
    async def story() -> tuple[list[str], list[bytes], int]:
        country = Country()
        here = Surroundings()
        link = country.link("one", "two", here=here)
        async with running(link, 1e6) as events:
            await until(events, Connected)
            country.freeze("one")
            country.blocked = {"one": "There is no way to that address now."}
            here.network = b"n" * 16
            link.move()
            connected = await until(events, Connected)
            link.send(b"here now")
            messages = await heard(events, 1)
            names = [name_of(connected)]
            return names, messages, len(country.echo.sessions)

    assert run(story()) == (["two"], [b"here now"], 1)


def test_a_reader_that_lags_behind_for_a_minute_is_no_stall() -> None:
    async def story() -> tuple[int, int]:
        country = Country()
        link = country.link("one", "two")
        async with running(link, 1e6) as events:
            await until(events, Connected)
            for _ in range(3_000):
                if not link.send(b"x"):
                    break
            await asyncio.sleep(60)
            count = 0
            async for event in events:
                count += isinstance(event, Received)
                if count == 3_000:
                    break
            return len(country.dials), count

    assert run(story()) == (1, 3_000)


def test_who_is_turned_away_lets_every_other_road_go() -> None:
    async def story() -> tuple[Status, int]:
        country = Country()
        country.echo.refusal = OpeningRefusal.CLOSED
        country.slow = {"one": 1, "two": 5, "three": 9}
        link = country.link("one", "two", "three")
        async with running(link, 1e6) as events:
            away = await until(events, TurnedAway)
            await asyncio.sleep(1_000)
            return away, country.listener.carriers

    away, carriers = run(story())

    assert isinstance(away, TurnedAway)
    assert carriers == 0


def test_a_dial_that_comes_too_late_is_closed() -> None:
    async def story() -> list[bool]:
        country = Country()
        link = country.link("late", "good")
        dial, let_go = country.dial, asyncio.Event()

        async def stubborn(address: Address, user: CarrierUser) -> Carrier:
            while address.host == "late" and not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    continue
            return await dial(address, user)

        link._dial = stubborn
        async with running(link, 1e6) as events:
            await until(events, Connected)
            let_go.set()
            await asyncio.sleep(1)
            return [country.carriers[one][0].is_open for one in ("late", "good")]

    assert run(story()) == [False, True]


def test_closing_leaves_nothing_behind() -> None:
    async def story() -> tuple[int, int, int]:
        country = Country()
        country.slow = {"one": 0.35, "two": 0.1, "three": 60}
        link = country.link("one", "two", "three")
        async with running(link, 1e6) as events:
            await until(events, Connected)
        await asyncio.sleep(1)
        left = len(asyncio.all_tasks()) - 1
        return country.listener.carriers, country.echo.departures, left

    assert run(story()) == (0, 1, 0)
