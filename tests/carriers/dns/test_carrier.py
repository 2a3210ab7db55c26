"""A session by questions about names, over real sockets of this machine."""

import asyncio

import pytest

from linnet.carriers.link import Link
from tests.carriers.dns.zone import by_names, zone_of_echo
from tests.carriers.people import hear, running, until_open

pytestmark = pytest.mark.slow


def test_a_session_opens_and_messages_pass_both_ways_by_names_alone() -> None:
    async def story() -> None:
        async with zone_of_echo() as (_, port):
            link = Link(by_names(port))
            async with running(link) as events:
                await until_open(events)
                said = [bytes([n]) * 700 for n in range(5)]
                for one in said:
                    link.send(one)

                assert await hear(events, 5) == said

    asyncio.run(story())
