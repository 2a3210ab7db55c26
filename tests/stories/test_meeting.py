"""Who may reach whom: requests, blocks, warnings, verification, other links."""

import asyncio
from pathlib import Path

import pytest

from linnet.client import ConversationState
from linnet.errors import UsageError
from tests.stories.people import befriend, town

pytestmark = pytest.mark.slow


def test_a_request_shows_its_note_and_can_be_declined(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")

            await alice.me.add(bob.me.invite(), note="from the choir")
            await bob.sees(bob.me.requests)
            [request] = bob.me.requests()
            assert (request.sender.name, request.note) == ("Alice", "from the choir")
            assert request.warning is None
            await bob.me.decline("Alice")

            assert bob.me.requests() == []
            with pytest.raises(UsageError):
                bob.chat("Alice")

    asyncio.run(story())


def test_nothing_comes_from_somebody_who_is_blocked(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")

            await bob.me.block("Alice")
            assert bob.chat("Alice").state is ConversationState.LEFT
            await alice.chat("Bob").send("hello?")
            await alice.me.new_group("Spam", ["Bob"])
            await alice.me.settle(timeout_seconds=10)
            await bob.me.settle(timeout_seconds=10)

            assert bob.texts("Alice") == []
            assert bob.me.requests() == []
            assert [one.title for one in bob.me.conversations()] == ["Alice"]

    asyncio.run(story())


def test_a_known_name_with_another_identity_is_warned_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            _, bob = await place.friends("Alice", "Bob")
            stranger = await place.person("Alice")

            await stranger.me.add(bob.me.invite())
            await bob.sees(bob.me.requests)

            [request] = bob.me.requests()
            assert request.warning is not None
            assert "another identity" in request.warning
            assert not request.sender.verified

    asyncio.run(story())


def test_both_see_one_safety_number_and_note_that_they_compared(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")

            shown = alice.me.safety_number("Bob")
            assert shown.digits == bob.me.safety_number("Alice").digits
            assert [len(one) for one in shown.groups] == [5] * 12
            await alice.me.verify("Bob")

            assert alice.me.contact("Bob").verified
            assert not bob.me.contact("Alice").verified

    asyncio.run(story())


def test_a_rotated_link_is_dead_and_contacts_have_the_new_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            carol = await place.person("Carol")
            old = bob.me.invite()

            assert await bob.me.rotate_invite() != old
            await bob.me.settle()
            await alice.me.settle()
            await carol.me.add(old)
            await carol.sees(lambda: "leads nowhere" in carol.notices("Bob")[0])
            await alice.me.new_group("Birds", ["Bob"])
            await bob.sees(lambda: bob.chat("Birds"))

            assert bob.me.requests() == []

    asyncio.run(story())


def test_two_who_add_each_other_at_once_talk_to_each_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")

            await alice.me.add(bob.me.invite())
            await bob.me.add(alice.me.invite())
            await alice.sees(lambda: alice.me.contact("Bob").state == "accepted")
            await bob.sees(lambda: bob.me.contact("Alice").state == "accepted")
            await alice.me.settle()
            await bob.me.settle()
            await alice.chat("Bob").send("hello")
            await bob.hears("Alice", "hello")

    asyncio.run(story())


def test_ones_own_link_and_no_link_are_refused_with_a_sentence(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")

            for bad in (alice.me.invite(), "hello", alice.pass_link, "linnet:AQI"):
                with pytest.raises(UsageError, match=r"\."):
                    await alice.me.add(bad)
            link = alice.me.invite()
            with pytest.raises(UsageError, match="damaged"):
                await alice.me.add(link[:-3])

    asyncio.run(story())


def test_a_new_name_is_seen_by_everyone(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")
            await befriend(alice, bob)

            await alice.me.rename("Alicia")
            await bob.sees(lambda: bob.me.contact("Alicia"))

            assert "Alice is now called Alicia." in bob.notices("Alicia")

    asyncio.run(story())
