"""More than one relay: links that name two, and conversations that move."""

import asyncio
from pathlib import Path

import pytest

from linnet.client.standing import relay_name
from tests.relay.processes import RelayProcess
from tests.stories.people import town

pytestmark = pytest.mark.slow


def test_a_conversation_moves_to_another_relay_and_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        other = await RelayProcess(tmp_path / "other").start()
        try:
            async with town(tmp_path) as place:
                alice, bob = await place.friends("Alice", "Bob")
                await alice.chat("Bob").send("here")
                await bob.hears("Alice", "here")
                link = await other.pass_link()
                await alice.me.add_relay(link.text())
                assert len(alice.me.invite()) <= 600

                await alice.chat("Bob").move(relay_name(link.relay.key))
                await bob.sees(
                    lambda: bob.chat("Alice").relay == relay_name(link.relay.key)
                )
                await alice.chat("Bob").send("there")
                await bob.hears("Alice", "here", "there")
                await place.relay.end()
                await bob.chat("Alice").send("and it still works")
                await alice.hears("Bob", "here", "there", "and it still works")

                assert "moved" in " ".join(bob.notices("Alice"))
                await place.relay.start()
        finally:
            await other.end()

    asyncio.run(story())


def test_an_invite_with_two_relays_works_when_one_is_down(tmp_path: Path) -> None:
    async def story() -> None:
        other = await RelayProcess(tmp_path / "other").start()
        try:
            async with town(tmp_path) as place:
                bob = await place.person("Bob")
                await bob.me.add_relay((await other.pass_link()).text())
                await bob.me.settle()
                invite = bob.me.invite()
                third = await RelayProcess(tmp_path / "third").start()
                place.relay, first = third, place.relay
                alice = await place.person("Alice")
                await first.end()

                await alice.me.add(invite)
                await bob.sees(bob.me.requests)
                await bob.me.accept("Alice")
                await alice.chat("Bob").send("hello")
                await bob.hears("Alice", "hello")

        finally:
            await other.end()

    asyncio.run(story())
