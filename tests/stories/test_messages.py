"""What messages can do: answer, change, go, be liked, be confirmed, disappear."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from linnet.client import MessageState, Preferences, Typing
from linnet.client.store.reactions import MOST_REACTIONS
from linnet.errors import UsageError
from tests.stories.people import Person, town

pytestmark = pytest.mark.slow


def state_of(person: Person, who: str, text: str) -> MessageState:
    return person.message(who, text).state


def test_only_so_many_reactions_of_one_person_count(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            first = await alice.chat("Bob").send("hello")
            await bob.hears("Alice", "hello")

            for number in range(MOST_REACTIONS + 4):
                await bob.chat("Alice").react(first.id, f"{number}!")
            await bob.chat("Alice").send("that was all")
            await alice.hears("Bob", "hello", "that was all")

            shown = alice.chat("Bob").message(first.id).reactions
            assert len(shown) == MOST_REACTIONS

    asyncio.run(story())


def test_a_message_is_answered_edited_liked_and_deleted(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            first = await alice.chat("Bob").send("see yuo at noon")
            await bob.hears("Alice", "see yuo at noon")

            await alice.chat("Bob").edit(first.id, "see you at noon")
            await bob.hears("Alice", "see you at noon")
            assert bob.message("Alice", "see you at noon").edited
            await bob.chat("Alice").send("yes", reply_to=first.id)
            await bob.chat("Alice").react(first.id, "👍")
            await alice.sees(lambda: alice.chat("Bob").message(first.id).reactions)
            assert alice.message("Bob", "yes").reply_to == first.id

            await bob.chat("Alice").react(first.id, "")
            await alice.chat("Bob").delete(first.id)
            await bob.sees(lambda: bob.chat("Alice").message(first.id).deleted)
            await alice.sees(lambda: not alice.chat("Bob").message(first.id).reactions)

            assert bob.chat("Alice").message(first.id).text == ""
            assert bob.me.search("noon") == []
            with pytest.raises(UsageError):
                await bob.chat("Alice").edit(first.id, "mine now")

    asyncio.run(story())


def test_a_sender_sees_that_a_message_was_delivered_and_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")

            await alice.chat("Bob").send("one")
            await alice.sees(
                lambda: state_of(alice, "Bob", "one") is MessageState.DELIVERED
            )
            assert bob.chat("Alice").unread == 1
            await bob.chat("Alice").mark_read()
            await alice.sees(lambda: state_of(alice, "Bob", "one") is MessageState.READ)
            assert bob.chat("Alice").unread == 0

    asyncio.run(story())


def test_whoever_turns_receipts_and_typing_off_sends_none(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await bob.me.prefer(
                Preferences(delivery_receipts=False, read_receipts=False, typing=False)
            )

            await alice.chat("Bob").send("one")
            await bob.hears("Alice", "one")
            await bob.chat("Alice").mark_read()
            await bob.chat("Alice").typing()
            await bob.chat("Alice").send("two")
            await alice.hears("Bob", "one", "two")

            assert state_of(alice, "Bob", "one") is MessageState.ON_THE_RELAY

    asyncio.run(story())


def test_a_member_who_is_online_sees_another_one_type(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await bob.me.settle()
            events = bob.me.events()

            await alice.chat("Bob").typing()

            async with asyncio.timeout(10):
                async for event in events:
                    if isinstance(event, Typing):
                        assert (event.name, event.is_typing) == ("Alice", True)
                        break

    asyncio.run(story())


def test_messages_disappear_on_both_sides_after_they_were_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.chat("Bob").set_timer(timedelta(seconds=1))
            await bob.sees(lambda: bob.chat("Alice").timer == timedelta(seconds=1))

            await alice.chat("Bob").send("burn this")
            await bob.hears("Alice", "burn this")
            await bob.chat("Alice").mark_read()

            await bob.hears("Alice")
            await alice.hears("Bob")
            assert bob.me.search("burn") == []

    asyncio.run(story())


def test_history_comes_in_pages_and_can_be_searched(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            for number in range(7):
                await alice.chat("Bob").send(f"message {number}")
            await bob.hears("Alice", *(f"message {number}" for number in range(7)))

            chat = bob.chat("Alice")
            newest = chat.history(limit=3)
            older = chat.history(before=newest[0].id, limit=3)

            assert [one.text[-1] for one in older + newest] == list("123456")
            assert [one.text for one in bob.me.search("MESSAGE 4")] == ["message 4"]
            assert chat.message(newest[0].short_id).id == newest[0].id

    asyncio.run(story())
