"""A relay that comes back from an older backup: nothing is lost, one order for all."""

import asyncio
from pathlib import Path

import pytest

from tests.stories.people import Person, Town, befriend, town

pytestmark = pytest.mark.slow


async def save(place: Town) -> None:
    """Keep the relay as it is now."""
    status, _, err = await place.relay.verb("backup", str(place.folder / "saved"))
    assert status == 0, err


async def rewind(place: Town) -> None:
    """Restore the relay as it was when it was saved."""
    await place.relay.end()
    status, _, err = await place.relay.verb("restore", str(place.folder / "saved"))
    assert status == 0, err
    await place.relay.start()


async def birds(place: Town) -> list[Person]:
    """Alice, Bob and Carol in a group."""
    people = await place.friends("Alice", "Bob", "Carol")
    alice, *others = people
    await alice.me.new_group("Birds", [one.name for one in others])
    for one in others:
        await all_are_in(one, 3)
    return people


async def all_are_in(person: Person, count: int, group: str = "Birds") -> None:
    """Wait until somebody sees so many members in the group."""
    await person.sees(lambda: len(person.chat(group).members) == count)


def admins(person: Person) -> list[str]:
    return [one.name for one in person.chat("Birds").members if one.is_admin]


async def is_left_out(person: Person, group: str) -> None:
    """Wait until somebody is told that the conversation went on without them."""
    await person.sees(lambda: person.chat(group).state == "broken")
    assert "add you again" in person.notices(group)[-1]


async def sees_title(person: Person, title: str) -> None:
    """Wait until somebody sees the group under a title."""
    await person.sees(lambda: person.chat(title))


@pytest.mark.parametrize("changes", [1, 2, 5])
def test_who_missed_changes_that_the_relay_lost_is_heard_by_those_who_saw_them(
    tmp_path: Path, changes: int
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await save(place)
            await bob.go()
            title = "Birds"
            for number in range(changes):
                was, title = title, f"Birds {number}"
                await alice.chat(was).rename(title)
                await sees_title(carol, title)
            await alice.go()
            await carol.go()

            await rewind(place)
            await bob.come()
            await bob.chat("Birds").send("what did I miss?")
            await bob.me.settle()
            await alice.come()
            await alice.hears(title, "what did I miss?")
            await carol.come()

            await carol.hears(title, "what did I miss?")
            await bob.hears(title, "what did I miss?")

    asyncio.run(story())


def test_the_order_of_the_relay_wins_on_every_device(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await save(place)
            await carol.go()
            await alice.chat("Birds").send("seen, then lost")
            await bob.hears("Birds", "seen, then lost")
            await alice.me.settle()
            await alice.go()
            await bob.go()

            await rewind(place)
            await carol.come()
            await carol.chat("Birds").send("said meanwhile")
            await carol.me.settle()
            await bob.come()
            await alice.come()

            for one in (alice, bob, carol):
                await one.hears("Birds", "said meanwhile", "seen, then lost")

    asyncio.run(story())


def test_who_knew_a_change_that_another_one_replaced_yields_and_loses_nothing(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await befriend(bob, carol)
            await alice.chat("Birds").set_admin("Bob")
            await carol.sees(lambda: len(admins(carol)) == 2)
            await bob.sees(lambda: len(admins(bob)) == 2)
            await save(place)
            await bob.go()
            await alice.chat("Birds").rename("Owls")
            await sees_title(carol, "Owls")
            await carol.chat("Owls").send("among owls")
            await alice.hears("Owls", "among owls")
            await alice.go()
            await carol.go()

            await rewind(place)
            await bob.come()
            await bob.chat("Birds").rename("Larks")
            await sees_title(bob, "Larks")
            await bob.chat("Larks").send("among larks")
            await bob.me.settle()
            for one in (alice, carol):
                await one.come()
                await is_left_out(one, "Owls")
                await bob.chat("Larks").remove(one.name)
            await all_are_in(bob, 1, "Larks")
            await bob.chat("Larks").add(["Alice", "Carol"])

            await bob.hears("Larks", "among larks", "among owls")
            await carol.chat("Larks").send("together")
            await carol.hears("Larks", "among owls", "together")
            await alice.hears("Larks", "among owls", "together")

    asyncio.run(story())


def test_key_packages_that_were_claimed_are_not_given_out_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")
            await save(place)
            await befriend(bob, alice)
            await alice.go()

            await rewind(place)
            await alice.come()
            await alice.me.settle()
            dave = await place.person("Dave")
            await befriend(dave, alice)
            await dave.chat("Alice").send("hello")

            await alice.hears("Dave", "hello")

    asyncio.run(story())


def test_what_was_missed_is_asked_for_again_when_its_sender_is_back(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await save(place)
            await bob.go()
            for was, title in (("Birds", "one"), ("one", "two"), ("two", "three")):
                await alice.chat(was).rename(title)
                await sees_title(carol, title)
            await alice.chat("three").remove("Bob")
            await all_are_in(carol, 2, "three")
            await alice.go()
            await carol.go()

            await rewind(place)
            await bob.come()
            await bob.chat("Birds").send("am I late?")
            await bob.me.settle()
            await alice.come()
            await bob.sees(lambda: bob.chat("three").state == "removed")
            await carol.come()
            await alice.chat("three").add(["Bob"])

            await alice.hears("three", "am I late?")
            await carol.hears("three", "am I late?")

    asyncio.run(story())


def test_who_was_out_while_the_relay_was_healed_has_the_order_of_the_others(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await save(place)
            await alice.chat("Birds").send("one")
            await carol.hears("Birds", "one")
            await bob.hears("Birds", "one")
            await alice.me.settle()
            await alice.go()
            await bob.chat("Birds").send("two")
            await carol.hears("Birds", "one", "two")
            await bob.me.settle()
            await bob.go()
            await carol.go()

            await rewind(place)
            await alice.come()
            later = ["three", "four", "five", "six", "seven"]
            for text in later:
                await alice.chat("Birds").send(text)
            await alice.me.settle()
            await alice.chat("Birds").remove("Carol")
            await alice.me.settle()
            await bob.come()
            await alice.hears("Birds", "one", *later, "two")
            await alice.chat("Birds").add(["Carol"])
            await alice.me.settle()
            await alice.chat("Birds").send("eight")

            await carol.come()
            await carol.hears("Birds", "one", *later, "two", "eight")
            await bob.hears("Birds", "one", *later, "two", "eight")

    asyncio.run(story())


def test_much_that_was_lost_comes_back_in_its_order(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await save(place)
            await bob.go()
            texts = [f"word {number}" for number in range(46)]
            for text in texts[:40]:
                await alice.chat("Birds").send(text)
            await alice.me.settle()
            await alice.chat("Birds").rename("Owls")
            await sees_title(alice, "Owls")
            for text in texts[40:]:
                await alice.chat("Owls").send(text)
            await alice.me.settle()
            await carol.me.settle()

            await rewind(place)
            await bob.come()

            await bob.hears("Owls", *texts)
            await carol.hears("Owls", *texts)

    asyncio.run(story())
