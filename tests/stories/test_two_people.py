"""Two people meet by a link and talk through a relay that knows neither."""

import asyncio
from pathlib import Path

import pytest

from tests.stories.people import town

pytestmark = pytest.mark.slow


def test_two_people_meet_and_write_to_each_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")

            await alice.chat("Bob").send("hello Bob")
            await bob.hears("Alice", "hello Bob")
            await bob.chat("Alice").send("hello Alice")
            await alice.hears("Bob", "hello Bob", "hello Alice")

    asyncio.run(story())
