"""Carriers of parcels over a drop in memory, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.correspondence import FOLDER_PACE, MAIL_PACE, Pace
from linnet.carriers.depot import (
    LEFTOVER_SECONDS,
    MOST_CARRIERS,
    MOST_FAREWELLS,
    MOST_OPENINGS,
    MOST_STRANGERS,
    Depot,
)
from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.dispatch import MOST_FAILURES, Dispatch
from linnet.carriers.doorway import Front
from linnet.carriers.drop import Drop, Found
from linnet.carriers.link import Link, Opened, Received
from linnet.carriers.listener import TEND_SECONDS, Listener
from linnet.carriers.outgoing import MOST_WAITING_PARCELS
from linnet.carriers.parcel_road import begin
from linnet.carriers.parcels import Parcel, Side, name, tag
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.dns.hall import Hall
from tests.carriers.drops import MemoryDrop
from tests.carriers.people import RELAY_KEY, SITE, Echo
from tests.carriers.virtual import run


class Ear:
    """Counts how often its carrier was lost."""

    losses = 0

    def arrived(self, message: bytes) -> None:
        pass

    def lost(self) -> None:
        self.losses += 1

    def writable(self) -> None:
        pass


ANN = "ann@mail.example"
ROADS = {FOLDER_PACE: Road.FOLDER, MAIL_PACE: Road.MAIL}


@dataclass
class Place:
    """A relay that echoes and is reached by a drop alone."""

    drop: Drop
    echo: Echo
    depot: Depot
    listener: Listener


@asynccontextmanager
async def relay(
    drop: Drop, pace: Pace = FOLDER_PACE, *, is_alone: bool = False
) -> AsyncIterator[Place]:
    loop = asyncio.get_running_loop()
    echo = Echo()
    listener = Listener(RELAY_KEY, echo, front=Front(SITE))
    listener.now, echo.listener = loop.time, listener
    depot = Depot(drop, listener, pace, is_alone=is_alone)

    async def tend() -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            listener.tend(loop.time())

    tasks = [loop.create_task(tend()), loop.create_task(depot.run())]
    try:
        yield Place(drop, echo, depot, listener)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def linked(
    drop: Drop, pace: Pace = FOLDER_PACE, to: str = ""
) -> AsyncIterator[Link]:
    async def dial(_: Address, user: CarrierUser) -> Carrier:
        return await begin(drop, user, pace, to)

    address = Address(ROADS.get(pace, Road.FOLDER), "cloud.example", 443, "/f/")
    descriptor = RelayDescriptor(public_key(RELAY_KEY), (address,))
    link = Link(descriptor, dial=dial)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        yield link
        await link.close()


class Talk:
    """Says things by a link and waits for their echoes."""

    def __init__(self, link: Link) -> None:
        self.link, self.openings = link, 0
        self._events = link.events()

    async def until_open(self) -> None:
        while not self.openings:
            await self._next()

    async def echo(self, *messages: bytes) -> list[bytes]:
        for message in messages:
            self.link.send(message)
        return [await self._message() for _ in messages]

    async def _message(self) -> bytes:
        while (message := await self._next()) is None:
            pass
        return message

    async def _next(self) -> bytes | None:
        event = await anext(self._events)
        self.openings += isinstance(event, Opened)
        return event.message if isinstance(event, Received) else None


@pytest.mark.parametrize(
    ("pace", "first", "each"), [(FOLDER_PACE, 60, 20), (MAIL_PACE, 240, 100)]
)
def test_a_session_opens_over_a_drop_and_messages_come_back(
    pace: Pace, first: float, each: float
) -> None:
    async def story() -> tuple[list[bytes], int, float, float]:
        drop = MemoryDrop()
        loop = asyncio.get_running_loop()
        async with relay(drop.twin(), pace), linked(drop, pace) as link:
            talk = Talk(link)
            await talk.until_open()
            opened = loop.time()
            heard = await talk.echo(b"one", bytes(40_000), b"three")
            heard += await talk.echo(b"four")
            return heard, talk.openings, opened, loop.time() - opened

    heard, openings, opened, took = run(story())

    assert heard == [b"one", bytes(40_000), b"three", b"four"]
    assert openings == 1
    assert opened < first
    assert took < 2 * each


@pytest.mark.slow
def test_a_session_that_says_nothing_costs_few_parcels_and_lives() -> None:
    async def story() -> tuple[int, int, list[bytes]]:
        near = MemoryDrop()
        far = near.twin()
        async with relay(far, MAIL_PACE), linked(near, MAIL_PACE) as link:
            talk = Talk(link)
            await talk.until_open()
            await talk.echo(b"before")
            await asyncio.sleep(600)
            before = len(near.puts) + len(far.puts)
            await asyncio.sleep(4 * 3_600)
            after = len(near.puts) + len(far.puts)
            heard = await talk.echo(b"after")
            return after - before, talk.openings, heard

    puts, openings, heard = run(story())

    assert heard == [b"after"]
    assert openings == 1
    assert puts < 60


def test_parcels_that_others_delete_are_put_again() -> None:
    async def story() -> list[bytes]:
        drop = MemoryDrop()
        async with relay(drop.twin()), linked(drop) as link:
            talk = Talk(link)
            await talk.until_open()

            async def delete() -> None:
                for _ in range(6):
                    await asyncio.sleep(1.5)
                    drop.blobs.clear()

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(delete())
                return [m for n in range(5) for m in await talk.echo(bytes([n]))]

    assert run(story()) == [bytes([n]) for n in range(5)]


def test_a_relay_that_was_started_anew_says_so_and_a_new_session_opens() -> None:
    async def story() -> tuple[int, list[bytes], float]:
        drop = MemoryDrop()
        loop = asyncio.get_running_loop()
        async with linked(drop) as link:
            talk = Talk(link)
            async with relay(drop.twin()):
                await talk.until_open()
                await talk.echo(b"before")
            async with relay(drop.twin()):
                began = loop.time()
                link.send(b"lost with the session")
                while talk.openings < 2:
                    await talk._next()
                return talk.openings, await talk.echo(b"after"), loop.time() - began

    openings, heard, took = run(story())

    assert (openings, heard) == (2, [b"after"])
    assert took < 150


def test_after_a_talk_the_relays_last_word_stays_at_most_and_not_for_long() -> None:
    async def story() -> tuple[int, int, int]:
        drop = MemoryDrop()
        async with relay(drop.twin()) as place:
            async with linked(drop) as link:
                talk = Talk(link)
                await talk.until_open()
                await talk.echo(b"x")
            await asyncio.sleep(60)
            soon = len(drop.blobs)
            await asyncio.sleep(2 * LEFTOVER_SECONDS)
            return soon, len(drop.blobs), len(place.depot)

    soon, later, carriers = run(story())

    assert soon <= 1
    assert (later, carriers) == (0, 0)


def test_the_relay_deletes_what_nobody_comes_for_and_leaves_other_files_alone() -> None:
    async def story() -> list[str]:
        late = name(tag(bytes(16), Side.RELAY), 7)
        drop = MemoryDrop({late: b"?", "holiday.jpg": b"x"})
        async with relay(drop):
            await asyncio.sleep(LEFTOVER_SECONDS - 60)
            assert late in drop.blobs
            await asyncio.sleep(120)
            return list(drop.blobs)

    assert run(story()) == ["holiday.jpg"]


def test_who_closes_waits_until_the_last_parcel_was_put() -> None:
    async def story() -> list[Parcel]:
        drop = MemoryDrop()
        async with linked(drop) as link:
            async with relay(drop.twin()):
                await Talk(link).until_open()
            drop.blobs.clear()
            await link.close()
            return [Parcel.read(one) for one in drop.blobs.values()]

    parcels = run(story())

    assert parcels[-1].is_last


def test_a_drop_that_fails_ends_the_carrier() -> None:
    async def story() -> int:
        drop = MemoryDrop()
        user = Ear()
        carrier = await begin(drop, user, FOLDER_PACE)
        drop.fails = True
        carrier.write([b"x"])
        await asyncio.sleep(2.0 ** (MOST_FAILURES + 2))
        assert not carrier.is_open
        return user.losses

    assert run(story()) == 1


def test_one_to_whom_nothing_can_be_delivered_holds_up_nobody() -> None:
    class Refusing(MemoryDrop):
        async def put(self, name: str, data: bytes, to: str) -> None:
            if to == "nobody@mail.example":
                raise Unopened(Came.NO_DOOR, "no such mailbox")
            await super().put(name, data, to)

    async def story() -> float:
        drop = Refusing()
        dispatch = Dispatch(drop)
        loop = asyncio.get_running_loop()
        task = loop.create_task(dispatch.run())
        for number in range(50):
            parcel = Parcel(number.to_bytes(16), Side.RELAY, 0, 0, (b"x",))
            dispatch.add(parcel, "nobody@mail.example")
        dispatch.add(Parcel(bytes([9] * 16), Side.RELAY, 0, 0, (b"x",)), ANN)
        await dispatch.finish()
        task.cancel()
        assert len(drop.blobs) == 1
        return loop.time()

    assert run(story()) < 1


def test_what_waits_to_be_put_is_bounded_and_the_oldest_goes() -> None:
    async def story() -> list[bytes]:
        drop = MemoryDrop()
        dispatch = Dispatch(drop)
        for number in range(MOST_WAITING_PARCELS + 9):
            parcel = Parcel(number.to_bytes(16), Side.RELAY, 0, 0, (b"x",))
            dispatch.add(parcel, ANN)
        task = asyncio.get_running_loop().create_task(dispatch.run())
        await dispatch.finish()
        task.cancel()
        return [Parcel.read(one).carrier for one in drop.blobs.values()]

    carriers = run(story())

    assert len(carriers) == MOST_WAITING_PARCELS
    assert carriers[0] == (9).to_bytes(16)


def opening(number: int) -> dict[str, bytes]:
    """A parcel that begins a carrier, under its name."""
    carrier = number.to_bytes(16)
    first = Parcel(carrier, Side.CLIENT, 0, 0, (bytes(1_300),))
    return {name(tag(carrier, Side.CLIENT), 0): first.pack()}


def test_of_many_who_begin_only_some_are_strangers_at_once() -> None:
    async def story() -> tuple[int, int]:
        drop, hall = MemoryDrop(), Hall()
        depot = Depot(drop, hall, FOLDER_PACE, is_alone=False)
        task = asyncio.get_running_loop().create_task(depot.run())
        for number in range(2 * MOST_STRANGERS):
            drop.blobs |= opening(number)
        await asyncio.sleep(60)
        most = len(depot)
        hall.at_home.update(hall.carriers)
        drop.blobs |= opening(MOST_CARRIERS)
        await asyncio.sleep(60)
        task.cancel()
        return most, len(depot)

    assert run(story()) == (MOST_STRANGERS, MOST_STRANGERS + 1)


def test_openings_by_mail_are_bounded_in_an_hour() -> None:
    class Mailed(MemoryDrop):
        async def get(self, name: str) -> Found:
            return Found((await super().get(name)).data, ANN)

    async def story() -> tuple[int, int]:
        drop, hall = Mailed(), Hall()
        depot = Depot(drop, hall, FOLDER_PACE, is_alone=False)
        task = asyncio.get_running_loop().create_task(depot.run())
        for number in range(MOST_OPENINGS + 20):
            drop.blobs |= opening(number)
            await asyncio.sleep(5)
            for carrier in hall.carriers:
                carrier.abort()
        most = len(hall.carriers)
        await asyncio.sleep(3_600)
        drop.blobs |= opening(MOST_OPENINGS + 20)
        await asyncio.sleep(60)
        task.cancel()
        return most, len(hall.carriers)

    assert run(story()) == (MOST_OPENINGS, MOST_OPENINGS + 1)


def test_strangers_are_bounded() -> None:
    async def story() -> tuple[int, int]:
        drop = MemoryDrop()
        carriers = [n.to_bytes(16) for n in range(MOST_CARRIERS + 40)]
        for one in carriers:
            first = Parcel(one, Side.CLIENT, 0, 0, (bytes(1_300),))
            drop.blobs[name(tag(one, Side.CLIENT), 0)] = first.pack()
        async with relay(drop) as place:
            await asyncio.sleep(40)
            most = len(place.depot)
            for n in range(4 * MOST_FAREWELLS):
                one = (2**64 + n).to_bytes(16)
                stray = Parcel(one, Side.CLIENT, 5, 0, (b"x",))
                drop.blobs[name(tag(one, Side.CLIENT), 0)] = stray.pack()
            await asyncio.sleep(120)
            answers = [b for b in drop.blobs.values() if Parcel.read(b).is_unknown]
            return most, len(answers)

    most, answers = run(story())

    assert most <= MOST_STRANGERS
    assert answers <= MOST_FAREWELLS
