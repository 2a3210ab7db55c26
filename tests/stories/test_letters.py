"""Letters: members who meet read each other, and the stream still decides."""

from os import urandom
from pathlib import Path

import pytest

import linnet.client
from linnet.client import MessageState
from linnet.client.core import letters
from linnet.errors import UsageError
from linnet.ids import Sequence
from linnet.wire import bags
from linnet.wire.bags import Letter
from tests.stories.people import PASSPHRASE, Person, Town
from tests.stories.test_bags import cut_off, state, told, walkers

pytestmark = pytest.mark.slow


async def meet(giver: Person, taker: Person) -> int:
    """Give somebody one meets a bag; return how many messages they got."""
    packed = await giver.me.bags.pack(meeting=True)
    return (await taker.me.bags.unpack(packed.data)).received


def test_who_is_met_reads_at_once_and_sees_nothing_twice_when_the_network_is_back(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        await alice.chat("Bob").send("before the dark")
        await bob.hears("Alice", "before the dark")
        await cut_off(alice, bob)
        await alice.chat("Bob").send("one")
        await alice.chat("Bob").send("two")

        assert await meet(alice, bob) == 2
        assert await meet(alice, bob) == 0
        await bob.chat("Alice").send("three")
        assert await meet(bob, alice) == 1
        assert state(alice, "Bob", "two") == MessageState.DELIVERED
        await alice.chat("Bob").send("four")

        for person in (bob, alice):
            await person.go()
            await person.come()
            await person.me.settle()
        whole = ["before the dark", "three", "one", "two", "four"]
        await alice.hears("Bob", *whole)
        await bob.hears("Alice", *whole)
        assert [(await one.me.settle()).queued for one in (alice, bob)] == [0, 0]

    told(tmp_path, story)


def test_a_letter_is_for_the_members_alone(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await cut_off(alice, carol)
        await alice.chat("Bob").send("one")
        packed = await alice.me.bags.pack(meeting=True)

        with pytest.raises(UsageError, match="Nothing in this bag is for this account"):
            await carol.me.bags.unpack(packed.data)
        with pytest.raises(UsageError, match="nothing for a relay"):
            await bob.me.bags.carry(packed.data)

    told(tmp_path, story)


def test_a_change_of_members_is_not_taken_from_a_letter(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, bob, _ = await place.friends("Alice", "Bob", "Carol")
        group = await walkers(alice, bob)
        await cut_off(bob)
        await group.add(["Carol"])
        await alice.sees(lambda: len(alice.chat("Walkers").members) == 3)
        store = alice.me._store
        row = store.conversations.row(group.id)
        assert row is not None
        *_, commit = (
            one for one in store.log.after(group.id, Sequence(0)) if one.is_commit
        )
        keys = store.log.keys(group.id, commit.epoch)
        assert keys is not None
        [letter] = letters.seal(keys, row.stream, [(commit.id, commit.data)], urandom)

        done = await bob.me.bags.unpack(bags.encode((Letter(letter),)))

        assert done.received == 0
        assert len(bob.chat("Walkers").members) == 2
        await bob.go()
        await bob.come()
        await bob.sees(lambda: len(bob.chat("Walkers").members) == 3)

    told(tmp_path, story)


def test_a_letter_that_came_before_a_change_of_members_is_not_shown_again(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
        group = await walkers(alice, bob)
        await cut_off(bob)
        await bob.chat("Walkers").send("written before")
        packed = await bob.me.bags.pack(meeting=True)
        await group.add(["Carol"])
        await alice.me.settle()
        await cut_off(alice)

        done = await alice.me.bags.unpack(packed.data)
        assert done.received == 1
        for person in (bob, alice):
            await person.go()
            await person.come()
        await carol.hears("Walkers", "written before")
        await alice.me.settle()

        assert alice.texts("Walkers") == ["written before"]
        assert bob.texts("Walkers") == ["written before"]

    told(tmp_path, story)


def test_who_was_restored_from_a_backup_writes_no_letter(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, _ = await place.friends("Alice", "Bob")
        phrase = await alice.me.backup(tmp_path / "backup")
        await alice.go()
        again = Person("Alice", place.folder / "again", "")
        await linnet.client.restore(
            tmp_path / "backup", again.home, phrase=phrase, passphrase=PASSPHRASE
        )
        place.people["again"] = again
        await again.come(connect=False)
        await again.chat("Bob").send("with keys that may have been used")

        with pytest.raises(UsageError, match="Nothing waits"):
            await again.me.bags.pack(meeting=True)

    told(tmp_path, story)
