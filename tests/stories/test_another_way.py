"""After a rewind a stream may go another way: who is added on it follows, once."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.stories.people import Person, befriend, town
from tests.stories.test_rewound import (
    admins,
    all_are_in,
    birds,
    rewind,
    save,
    sees_title,
)

pytestmark = pytest.mark.slow

FIVE = ("one", "two", "three", "four", "five")


async def stay(alice: Person, carol: Person) -> None:
    """Carol is in the group for five epochs, until the relay is rewound."""
    for was, title in itertools.pairwise(("Birds", *FIVE)):
        await alice.chat(was).rename(title)
        await sees_title(alice, title)
        await sees_title(carol, title)
    await say_owls(carol, "five")


async def go_out(alice: Person, carol: Person) -> None:
    """Carol is in the group for five epochs, then out of it."""
    await stay(alice, carol)
    await alice.chat("five").remove("Carol")
    await carol.sees(lambda: carol.chat("five").state == "removed")


async def go_out_and_in(alice: Person, carol: Person) -> None:
    """Carol is in the group, out of it for the epoch she will be added in, and in."""
    await alice.chat("Birds").rename("one")
    await sees_title(carol, "one")
    await say_owls(carol, "one")
    await alice.chat("one").remove("Carol")
    await carol.sees(lambda: carol.chat("one").state == "removed")
    for was, title in itertools.pairwise(FIVE):
        await alice.chat(was).rename(title)
        await sees_title(alice, title)
    await alice.chat("five").add(["Carol"])
    await carol.sees(lambda: carol.chat("five").state == "active")
    await say_owls(carol, "five", "again")


async def say_owls(carol: Person, title: str, text: str = "among owls") -> None:
    await carol.chat(title).send(text)
    await carol.me.settle()


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (stay, ["among owls"]),
        (go_out, ["among owls"]),
        (go_out_and_in, ["among owls", "again"]),
    ],
)
def test_who_knew_more_than_the_stream_has_now_is_back_when_added(
    tmp_path: Path,
    lost: Callable[[Person, Person], Awaitable[None]],
    said: list[str],
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await befriend(bob, carol)
            await alice.chat("Birds").set_admin("Bob")
            await bob.sees(lambda: len(admins(bob)) == 2)
            await carol.sees(lambda: len(admins(carol)) == 2)
            await save(place)
            await bob.go()
            await lost(alice, carol)
            await alice.go()
            await carol.go()

            await rewind(place)
            await bob.come()
            await bob.chat("Birds").rename("Larks")
            await sees_title(bob, "Larks")
            await bob.chat("Larks").remove("Carol")
            await all_are_in(bob, 2, "Larks")
            await bob.chat("Larks").add(["Carol"])
            await all_are_in(bob, 3, "Larks")
            await bob.chat("Larks").send("you are back")
            await bob.me.settle()
            await carol.come()

            await bob.hears("Larks", "you are back", *said)
            await carol.chat("Larks").send("so I am")
            await bob.hears("Larks", "you are back", *said, "so I am")
            await carol.hears("Larks", "you are back", *said, "so I am")

    asyncio.run(story())
