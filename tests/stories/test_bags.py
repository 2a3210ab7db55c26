"""Messages that go by foot: nobody has a road to the relay but whoever carries."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from linnet.client import Conversation, MessageState, bag_codes
from linnet.errors import Malformed, UsageError
from linnet.wire import bags
from linnet.wire.bags import Carried, ToCarry
from linnet.wire.links import Address, RelayDescriptor, Road
from tests.stories.people import Person, Town, town
from tests.stories.test_rewound import rewind, save

pytestmark = pytest.mark.slow


def told(tmp_path: Path, story: Callable[[Town], Awaitable[None]]) -> None:
    async def run() -> None:
        async with town(tmp_path) as place:
            await story(place)

    asyncio.run(run())


async def walkers(alice: Person, bob: Person) -> Conversation:
    """A group of the two."""
    group = await alice.me.new_group("Walkers", ["Bob"])
    await bob.sees(lambda: len(bob.chat("Walkers").members) == 2)
    return group


async def cut_off(*people: Person) -> None:
    """Let them be where there is no network."""
    for person in people:
        await person.me.settle()
        await person.go()
        await person.come(connect=False)


async def by_bag(person: Person, carrier: Person) -> bytes:
    """Carry somebody's bag, and return the answer."""
    packed = await person.me.bags.pack()
    carried = await carrier.me.bags.carry(packed.data)
    assert carried.handed_in == carried.errands, carried.sentences
    return carried.data


async def walk(person: Person, carrier: Person) -> None:
    """Carry somebody's bag and bring the answer back."""
    await person.me.bags.unpack(await by_bag(person, carrier))


def state(person: Person, who: str, text: str) -> MessageState:
    return person.message(who, text).state


def test_two_people_without_a_network_talk_by_bags_alone(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await cut_off(alice, bob)
        await alice.chat("Bob").send("are you there?")
        await alice.chat("Bob").send("it is dark here")

        await walk(alice, carol)
        assert state(alice, "Bob", "it is dark here") == MessageState.ON_THE_RELAY
        await walk(bob, carol)
        assert bob.texts("Alice") == ["are you there?", "it is dark here"]
        await bob.chat("Alice").send("I am")
        await walk(bob, carol)
        await walk(alice, carol)

        assert alice.texts("Bob") == ["are you there?", "it is dark here", "I am"]
        assert state(alice, "Bob", "are you there?") == MessageState.DELIVERED

    told(tmp_path, story)


def test_what_went_by_bag_is_there_once_when_the_network_comes_back(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await cut_off(alice)
        await alice.chat("Bob").send("by foot")
        answer = await by_bag(alice, carol)
        await bob.hears("Alice", "by foot")
        await bob.chat("Alice").send("it came")

        await alice.go()
        await alice.come()
        await alice.hears("Bob", "by foot", "it came")
        await alice.me.settle()
        await alice.go()
        await alice.come(connect=False)
        for _ in range(2):  # an old answer, and the same again
            done = await alice.me.bags.unpack(answer)
            assert done.received == 0

        await alice.go()
        await alice.come()
        await alice.chat("Bob").send("good")
        await bob.hears("Alice", "by foot", "it came", "good")
        assert alice.texts("Bob") == ["by foot", "it came", "good"]
        assert alice.me.status().queued == 0

    told(tmp_path, story)


def test_a_bag_that_is_lost_and_one_carried_twice_lose_and_repeat_nothing(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await cut_off(alice)
        await alice.chat("Bob").send("one")
        await alice.me.bags.pack()  # and it is lost
        await alice.chat("Bob").send("two")
        packed = await alice.me.bags.pack()

        first = await carol.me.bags.carry(packed.data)
        again = await carol.me.bags.carry(packed.data)
        await bob.hears("Alice", "one", "two")
        for carried in (again, first, again):
            await alice.me.bags.unpack(carried.data)

        assert alice.texts("Bob") == ["one", "two"]
        assert alice.me.status().queued == 0

    told(tmp_path, story)


def test_a_bag_of_an_epoch_that_is_over_tells_so_and_the_next_one_delivers(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
        group = await walkers(alice, bob)
        await cut_off(bob)
        await bob.chat("Walkers").send("written before")
        await group.add(["Carol"])
        await alice.me.settle()

        await walk(bob, carol)
        assert alice.texts("Walkers") == []
        await walk(bob, carol)

        await alice.hears("Walkers", "written before")
        assert bob.texts("Walkers") == ["written before"]

    told(tmp_path, story)


def test_who_asks_to_talk_is_heard_of_by_bag(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, carol = await place.person("Alice"), await place.person("Carol")
        await cut_off(alice)
        await carol.me.add(alice.me.invite())
        await carol.me.settle()

        await walk(alice, carol)

        assert [one.sender.name for one in alice.me.requests()] == ["Carol"]

    told(tmp_path, story)


def test_a_message_by_bag_survives_a_relay_that_is_restored(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await bob.go()
        await cut_off(alice)
        await save(place)
        await alice.chat("Bob").send("by foot")
        await walk(alice, carol)

        await rewind(place)
        await alice.go()
        await alice.come()
        await bob.come()
        await bob.hears("Alice", "by foot")

    told(tmp_path, story)


def test_what_a_hostile_carrier_does_is_said_and_loses_nothing(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await cut_off(alice, bob)
        await alice.chat("Bob").send("by foot")
        packed = await alice.me.bags.pack()
        errand = bags.decode(packed.data)[0]
        assert isinstance(errand, ToCarry)
        spoilt = bags.encode((ToCarry(errand.relay, errand.sealed[:-1] + bytes(1)),))

        with pytest.raises(Malformed, match="damaged"):
            await carol.me.bags.carry(packed.data[:-20] + packed.data[-8:])
        refused = await carol.me.bags.carry(spoilt)
        with pytest.raises(UsageError, match="another account"):
            await alice.me.bags.unpack(refused.data)
        carried = await carol.me.bags.carry(packed.data)
        with pytest.raises(UsageError, match="another account"):
            await bob.me.bags.unpack(carried.data)
        with pytest.raises(UsageError, match="to be carried"):
            await alice.me.bags.unpack(packed.data)
        with pytest.raises(UsageError, match="the answer to a bag"):
            await carol.me.bags.carry(carried.data)
        [answer] = bags.decode(carried.data)
        assert isinstance(answer, Carried)
        flipped = Carried(answer.errand, 0, answer.answer[:-1] + bytes(1))
        done = await alice.me.bags.unpack(bags.encode((flipped,)))
        [said] = done.sentences
        assert "changed on its way" in said
        assert (done.on_the_relay, alice.me.status().queued) == (0, 1)
        done = await alice.me.bags.unpack(bags.encode((flipped, answer)))
        assert (done.on_the_relay, done.sentences) == (1, (said,))

        codes = "\n".join(reversed(bag_codes(carried.data)))
        done = await alice.me.bags.unpack(codes.encode())
        assert (done.on_the_relay, done.sentences) == (1, ())

    told(tmp_path, story)


def test_a_relay_that_is_not_there_is_named_and_the_bag_can_go_again(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await cut_off(alice)
        await alice.chat("Bob").send("by foot")
        packed = await alice.me.bags.pack()
        await place.relay.end()
        await carol.sees(lambda: not carol.me.status().is_connected)

        failed = await carol.me.bags.carry(packed.data, wait_seconds=0.2)
        assert (failed.handed_in, failed.data) == (0, b"")
        assert failed.sentences[0].startswith("Relay ")
        await place.relay.start()
        await carol.me.bags.carry(packed.data)

        await bob.hears("Alice", "by foot")

    told(tmp_path, story)


def test_a_bag_cannot_make_its_carrier_dial_what_only_the_carrier_may(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        carol = await place.person("Carol")
        inside = Address(Road.TCP, "127.0.0.1", place.relay.port)
        program = Address(Road.PLUGIN, "203.0.113.1", 443, "obfs4", "cert=x")
        outside = Address(Road.TCP, "relay.invalid", 443)
        stranger = bags.encode(
            (ToCarry(RelayDescriptor(bytes(32), (inside, program)), b"x"),)
        )
        elsewhere = bags.encode(
            (ToCarry(RelayDescriptor(bytes(32), (outside,)), b"x"),)
        )

        for bag, known_only in ((stranger, False), (elsewhere, True)):
            done = await carol.me.bags.carry(bag, known_only=known_only)
            assert done.handed_in == 0
            assert "no way to it" in done.sentences[0]
        assert {line.relay.key for line in carol.me._hub.lines} != {bytes(32)}
        assert len(carol.me._hub.lines) == 1

    told(tmp_path, story)
