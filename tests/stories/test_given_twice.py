"""A relay of the past gives out again what was claimed: who is added still comes in."""

import asyncio
from pathlib import Path

import pytest

from tests.stories.people import Person, town
from tests.stories.test_rewound import all_are_in, birds, rewind, save

pytestmark = pytest.mark.slow


async def out_and_in(admin: Person, guest: Person, *others: Person) -> None:
    """Take somebody who is there out of the group, and back in."""
    await admin.chat("Birds").remove(guest.name)
    await guest.sees(lambda: guest.chat("Birds").state == "removed")
    await admin.chat("Birds").add([guest.name])
    await guest.sees(lambda: guest.chat("Birds").state == "active")
    for one in (admin, *others):
        await all_are_in(one, 3)
        await one.me.settle()


def test_who_is_added_after_a_rewind_they_cannot_see_is_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await birds(place)
            await save(place)
            for _ in range(2):
                await out_and_in(alice, bob, carol)
            await bob.me.settle()
            await bob.go()
            await carol.go()

            await rewind(place)
            await alice.chat("Birds").send("healed")
            await alice.me.settle()
            await alice.chat("Birds").remove("Bob")
            await all_are_in(alice, 2)
            await alice.chat("Birds").add(["Bob"])
            await all_are_in(alice, 3)
            await alice.chat("Birds").send("welcome back")
            await alice.me.settle()
            await bob.come()

            await bob.hears("Birds", "healed", "welcome back")

    asyncio.run(story())
