"""Roads that people give their contacts (spec/carriers.md §9.5)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from linnet.client import OwnRoad
from linnet.client.core.meaning import road_part
from linnet.client.core.shared_roads import RoadShared
from linnet.client.sync.known_ways import known_ways
from linnet.errors import UsageError
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road, RoadLink
from tests.stories.people import Person, befriend, town

pytestmark = pytest.mark.slow

OFFERED = "Alice offers you a further way to a relay. It is not used before you say so."
Story = Callable[[Person, Person, Person], Awaitable[None]]


def address(person: Person, host: str) -> tuple[str, Address]:
    """A road link to this person's relay, and the address in it."""
    relay = PassLink.parse(person.pass_link).relay
    # The relay is on this machine, so a road may lead to it too; nobody dials it.
    where = Address(Road.WS, host, 9, f"/{host}")
    return RoadLink((RelayDescriptor(relay.key, (where,)),)).text(), where


def used(person: Person) -> tuple[Address, ...]:
    """The ways a client of this person has from its next start."""
    hub = person.me._hub
    (relay,) = (one.descriptor for one in hub.store.account.relays())
    return known_ways(hub.store, relay, hub.surroundings).addresses


async def offered(person: Person) -> OwnRoad:
    await person.sees(lambda: [r for r in person.me.roads() if not r.is_taken])
    return next(r for r in person.me.roads() if not r.is_taken)


def tell(folder: Path, story: Story) -> None:
    async def told() -> None:
        async with town(folder) as place:
            alice, bob = await place.friends("Alice", "Bob")
            carol = await place.person("Carol")
            await befriend(bob, carol)
            await story(alice, bob, carol)

    asyncio.run(told())


def test_a_shared_road_is_used_once_it_is_taken_and_goes_no_further(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(alice: Person, bob: Person, carol: Person) -> None:
        link, where = address(alice, "a.example")
        await alice.me.share_road(link, "Bob")
        road = await offered(bob)

        assert alice.me.roads() == []
        assert (road.host, road.giver, road.hops) == ("a.example", "Alice", 0)
        assert bob.notices("Alice")[-1] == OFFERED
        assert where not in used(bob)
        with pytest.raises(UsageError, match="not taken"):
            await bob.me.share_road(road.id, "Carol")
        assert (await bob.me.take_road(road.id)).is_taken
        assert used(bob)[-1] == where
        with pytest.raises(UsageError, match="for yourself alone"):
            await bob.me.share_road(road.id, "Carol")
        await bob.me.remove_road(road.id)
        assert where not in used(bob)

    tell(tmp_path, story)
    assert "a.example" not in caplog.text


def test_a_road_is_passed_on_as_often_as_its_owner_allowed(tmp_path: Path) -> None:
    async def story(alice: Person, bob: Person, carol: Person) -> None:
        link, where = address(alice, "a.example")
        await alice.me.add_road(link)
        (own,) = alice.me.roads()
        await alice.me.share_road(own.id, "Bob", hops=2)
        road = await offered(bob)
        assert road.hops == 1
        await bob.me.take_road(road.id)
        with pytest.raises(UsageError, match="1 more time,"):
            await bob.me.share_road(road.id, "Carol", hops=2)
        await bob.me.share_road(road.id, "Carol")

        last = await offered(carol)
        assert (last.giver, last.hops) == ("Bob", 0)
        await carol.me.take_road(last.id)
        assert used(carol)[-1] == where

    tell(tmp_path, story)


def test_roads_of_a_group_or_of_who_was_blocked_are_not_used(tmp_path: Path) -> None:
    async def story(alice: Person, bob: Person, carol: Person) -> None:
        group = await alice.me.new_group("Birds", ["Bob"])
        await bob.sees(lambda: bob.chat("Birds").members[1:])
        link, where = address(alice, "a.example")
        with pytest.raises(UsageError, match="one contact at a time"):
            await alice.me.share_road(link, "Birds")
        hub = alice.me._hub
        row = hub.store.conversations.row(group.id)
        assert row is not None
        with hub.store.db.transaction():
            hub.compose(row, road_part(RoadShared(0, RoadLink.parse(link))))
        await group.send("after")
        await bob.hears("Birds", "after")
        assert bob.me.roads() == []

        await alice.me.share_road(link, "Bob")
        await bob.me.take_road((await offered(bob)).id)
        assert where in used(bob)
        await bob.me.block("Alice")
        assert where not in used(bob)

    tell(tmp_path, story)


def test_the_same_road_again_says_nothing_and_changes_nothing(tmp_path: Path) -> None:
    async def story(alice: Person, bob: Person, carol: Person) -> None:
        link, _ = address(alice, "a.example")
        await alice.me.share_road(link, "Bob")
        taken = await bob.me.take_road((await offered(bob)).id)
        await alice.me.share_road(link, "Bob", hops=3)
        await alice.chat("Bob").send("after")
        await bob.hears("Alice", "after")

        assert bob.me.roads() == [taken]
        assert bob.notices("Alice").count(OFFERED) == 1

    tell(tmp_path, story)


def test_a_road_that_is_taken_while_connected_is_a_way_at_once(tmp_path: Path) -> None:
    async def story(alice: Person, bob: Person, carol: Person) -> None:
        link, where = address(alice, "a.example")
        await alice.me.share_road(link, "Bob")
        road = await offered(bob)
        (line,) = bob.me._hub.lines
        known = [way.address for way in line.link._ways]
        assert where not in known

        await bob.me.take_road(road.id)
        assert where in [way.address for way in line.link._ways]
        await bob.me.remove_road(road.id)
        assert [way.address for way in line.link._ways] == known
        assert bob.me.status().is_connected

    tell(tmp_path, story)
