"""The relay's real doorway and a real link, on a line that is cut in the middle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from random import Random

import pytest

from linnet.carriers.dial import dial
from linnet.carriers.link import (
    Link,
    LinkEvent,
    Opened,
    Received,
    StatusChanged,
)
from linnet.carriers.openers import Dial
from linnet.carriers.poller import poll
from linnet.carriers.status import Connected
from linnet.ids import Epoch, Handle, RequestNumber
from linnet.lab.censor import Censor
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.simulated.line import Shape
from linnet.wire.codec import Reply, Request, decode_reply, encode
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.replies import Appended, Done
from linnet.wire.requests import Append, Create, Open
from tests.carriers.people import RELAY_KEY, SECRET_PATH
from tests.lab.relays import FIRST, SECOND, relay_in
from tests.lab.town import OTHER, QUIET, SERVER, Town
from tests.relay.desk import APPEND, READ, STREAM, hashed, named


class Talk:
    """A client of a relay: asks, and waits for answers."""

    def __init__(self, link: Link) -> None:
        self.link, self.roads = link, list[tuple[str, bool]]()
        self.openings = 0
        self._events = link.events()
        self._numbers = count(1)

    async def ask(self, *requests: Request) -> Reply:
        """Say something; the answer to the last of it."""
        for request in requests:
            number = RequestNumber(next(self._numbers))
            self.link.send(encode(number, request))
        while True:
            answered, reply = decode_reply(await self.hear())
            if answered == number:
                return reply

    async def hear(self) -> bytes:
        """The next message."""
        while True:
            event = await anext(self._events)
            self._note(event)
            if isinstance(event, Received):
                return event.message

    async def until_open(self) -> None:
        """Wait for the session."""
        while not self.openings:
            self._note(await anext(self._events))

    def _note(self, event: LinkEvent) -> None:
        if isinstance(event, Opened):
            self.openings += 1
        if isinstance(event, StatusChanged) and isinstance(event.status, Connected):
            self.roads.append((event.status.address.host, event.status.resumed))


@asynccontextmanager
async def talking(
    town: Town,
    seed: int,
    *addresses: Address,
    dial: Dial = dial,
    poll: Dial | None = poll,
) -> AsyncIterator[Talk]:
    """A relay at both addresses of the town's server, and a client that is on it."""
    descriptor = RelayDescriptor(public_key(RELAY_KEY), addresses)
    async with relay_in(town, seed):
        with town.client.here():
            chance = Random(seed).randbytes
            link = Link(descriptor, entropy=chance, dial=dial, poll=poll)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(link.run())
                yield Talk(link)
                await link.close()


def test_a_session_survives_that_its_address_is_blocked_in_the_middle() -> None:
    town = Town(seed=3)

    async def story() -> Talk:
        async with talking(town, 3, FIRST, SECOND) as talk:
            await talk.until_open()
            tokens = hashed(APPEND), hashed(READ), hashed(READ)
            await talk.ask(
                Create(STREAM, *tokens), Open(STREAM, Epoch(0), APPEND, READ)
            )
            before = await talk.ask(Append(Handle(1), named(1), b"before"))
            assert isinstance(before, Appended)
            block = AddressBlock.of([f"{SERVER}/32"])
            town.line.censor = Censor([block], Random(3))
            after = await talk.ask(Append(Handle(1), named(2), b"after"))
            assert isinstance(after, Appended)
            assert [one.sequence for one in after.receipts] == [2]
            return talk

    talk = town.run(story)

    assert talk.roads == [(SERVER, False), (OTHER, True)]
    assert talk.openings == 1
    assert {line.because for line in town.line.verdicts} == {
        "the address is on the list"
    }


async def greet(town: Town, seed: int, address: Address, *, dial: Dial = dial) -> None:
    """Open a session and have one thing answered."""
    async with talking(town, seed, address, dial=dial) as talk:
        await talk.until_open()
        tokens = hashed(APPEND), hashed(READ), hashed(READ)
        assert await talk.ask(Create(STREAM, *tokens)) == Done()


@pytest.mark.parametrize(
    ("road", "dial"),
    [(Road.TCP, dial), (Road.WS, dial), (Road.WSS, dial), (Road.WS, poll)],
    ids=["tcp", "websocket", "websocket-tls", "requests"],
)
def test_every_road_leads_to_the_relay(road: Road, dial: Dial) -> None:
    town = Town(seed=5)
    path = "" if road is Road.TCP else SECRET_PATH
    address = Address(road, SERVER, 443 if road is Road.WSS else 80, path)

    town.run(lambda: greet(town, 5, address, dial=dial))

    assert town.meter.connections == (2 if dial is poll else 1)


@pytest.mark.slow
def test_two_hundred_short_runs_each_get_through_s0() -> None:
    seconds = []
    for seed in range(200):
        town = Town(seed)

        async def story(town: Town = town, seed: int = seed) -> float:
            await greet(town, seed, FIRST)
            return asyncio.get_running_loop().time()

        seconds.append(town.run(story))

    assert max(seconds) < 20
    assert sorted(seconds)[100] < 1


def test_the_same_seed_repeats_a_session_packet_by_packet() -> None:
    def outline(seed: int) -> list[tuple[float, str, int, int]]:
        town = Town(seed, Shape(loss=0.05))
        town.run(lambda: greet(town, seed, FIRST))
        return town.outline()

    assert outline(11) == outline(11)
    assert outline(11) != outline(12)


def test_a_visitor_whose_tls_never_begins_does_not_hold_up_a_relay_that_stops() -> None:
    town = Town(shape=QUIET)

    async def story() -> None:
        async with relay_in(town, 1):
            with town.client.here():
                _, writer = await asyncio.open_connection(SERVER, 443)
            writer.close()
            await asyncio.sleep(1)

    town.run(story)
