"""Groups: who comes, who goes, who may do what, and in which order it happens."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from linnet.client import ConversationState, meeting
from linnet.client.core.conversation import Conversation as Machine
from linnet.client.core.info import GROUP
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync import committer, rejoining
from linnet.client.sync.follower import Follower
from linnet.client.sync.hub import Hub
from linnet.errors import Refused, UsageError
from linnet.ids import ConversationId, EnvelopeId
from linnet.wire import requests
from linnet.wire.refusals import Refusal
from tests.stories.people import Person, befriend, town

pytestmark = pytest.mark.slow


def names(person: Person, group: str) -> list[str]:
    return [one.name for one in person.chat(group).members]


def admins(person: Person, group: str) -> list[str]:
    return [one.name for one in person.chat(group).members if one.is_admin]


async def birds(alice: Person, *others: Person) -> None:
    """A group in which everyone is."""
    await alice.me.new_group("Birds", [one.name for one in others])
    for one in others:
        await all_are_in(one, "Birds", len(others) + 1)


async def all_are_in(person: Person, group: str, count: int) -> None:
    """Wait until somebody sees so many members."""
    await person.sees(lambda: len(names(person, group)) == count)


def test_a_group_is_made_renamed_and_written_to(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await birds(alice, bob, carol)

            await bob.chat("Birds").send("hello all")
            await carol.hears("Birds", "hello all")
            await alice.hears("Birds", "hello all")
            await alice.chat("Birds").rename("Owls")
            await carol.sees(lambda: carol.chat("Owls"))

            await bob.sees(lambda: bob.chat("Owls"))
            with pytest.raises(UsageError, match="admins"):
                await bob.chat("Owls").rename("Larks")
            assert admins(carol, "Owls") == ["Alice"]

    asyncio.run(story())


def test_a_member_joins_later_and_reads_only_what_comes_then(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await birds(alice, bob)
            await alice.chat("Birds").send("before")
            await bob.hears("Birds", "before")

            await alice.chat("Birds").add(["Carol"])
            await carol.sees(lambda: carol.chat("Birds"))
            await bob.chat("Birds").send("after")
            await carol.hears("Birds", "after")

            assert "Alice added Carol." in bob.notices("Birds")

    asyncio.run(story())


def test_a_removed_member_can_neither_read_nor_append(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await birds(alice, bob, carol)
            machine = carol.me._hub.store.conversations.load(carol.chat("Birds").id)

            await alice.chat("Birds").remove("Carol")
            await carol.sees(
                lambda: carol.chat("Birds").state is ConversationState.REMOVED
            )
            await alice.chat("Birds").send("she is gone")
            await bob.hears("Birds", "she is gone")

            assert carol.texts("Birds") == []
            with pytest.raises(UsageError, match="removed"):
                await carol.chat("Birds").send("still here?")
            line = carol.me._hub.line(machine.info.relay)
            opened = await line.ask(
                requests.Open(
                    machine.info.stream,
                    machine.keys.epoch,
                    append_token=machine.keys.append_token,
                    read_token=machine.keys.read_token,
                )
            )
            with pytest.raises(Refused) as refused:
                await line.ask(
                    requests.Append(opened.handle, EnvelopeId(bytes(16)), b"x")  # type: ignore[union-attr]  # an Opened
                )
            assert refused.value.code == Refusal.STALE
            read = await line.ask(requests.Read(opened.handle))  # type: ignore[union-attr]  # an Opened
            assert all(one.epoch <= machine.keys.epoch for one in read.envelopes)  # type: ignore[union-attr]  # Envelopes

    asyncio.run(story())


def test_whoever_leaves_is_out_once_another_member_has_seen_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await birds(alice, bob, carol)

            await carol.chat("Birds").leave()
            await carol.sees(
                lambda: carol.chat("Birds").state is ConversationState.LEFT
            )
            await bob.sees(lambda: names(bob, "Birds") == ["Alice", "Bob"])

            assert "Carol left." in bob.notices("Birds")

    asyncio.run(story())


def test_what_is_said_while_somebody_is_leaving_is_heard_once_they_are_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, kept = Machine._consider, asyncio.Event()

    def consider(machine: Machine, received: Any) -> Any:
        outcome = real(machine, received)
        kept.set()
        return outcome

    troubles: list[Exception] = []
    monkeypatch.setattr(Machine, "_consider", consider)
    monkeypatch.setattr(Follower, "_complain", lambda _, error: troubles.append(error))

    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await birds(alice, bob, carol)
            await alice.me.settle()
            await alice.go()  # so that Bob is who takes Carol out, after a while

            await carol.chat("Birds").leave()
            await kept.wait()
            assert len(names(bob, "Birds")) == 3
            for text in ("mind the", "step"):
                await bob.chat("Birds").send(text)
            await bob.sees(lambda: bob.message("Birds", "step").state == "on the relay")
            await alice.come()
            await alice.hears("Birds", "mind the", "step")

            assert names(bob, "Birds") == ["Alice", "Bob"]
            assert carol.texts("Birds") == []
            assert troubles == []

    asyncio.run(story())


def test_who_is_added_again_follows_the_new_group_whatever_it_still_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rejoining._enter

    def enter(hub: Hub, row: ConversationRow, *rest: Any) -> None:
        # The follower looks once more at the group it was in, as it ends.
        assert hub.followers[row.id].machine  # type: ignore[attr-defined]  # a Follower
        real(hub, row, *rest)

    monkeypatch.setattr(rejoining, "_enter", enter)

    async def story() -> None:
        async with town(tmp_path) as place:
            alice, carol = await place.friends("Alice", "Carol")
            await birds(alice, carol)
            await alice.chat("Birds").remove("Carol")
            await carol.sees(
                lambda: carol.chat("Birds").state is ConversationState.REMOVED
            )

            await alice.chat("Birds").add(["Carol"])
            await carol.sees(
                lambda: carol.chat("Birds").state is ConversationState.ACTIVE
            )
            await carol.chat("Birds").send("here again")
            await alice.hears("Birds", "here again")
            await alice.chat("Birds").send("welcome")
            await carol.hears("Birds", "here again", "welcome")

    asyncio.run(story())


def test_whoever_was_removed_can_be_added_again_also_while_away(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await birds(alice, bob, carol)
            await alice.chat("Birds").send("one")
            await carol.hears("Birds", "one")

            await alice.chat("Birds").remove("Carol")
            await carol.sees(lambda: carol.chat("Birds").state == "removed")
            await alice.chat("Birds").send("not for Carol")
            await alice.chat("Birds").add(["Carol"])
            await carol.sees(lambda: carol.chat("Birds").state == "active")
            await carol.chat("Birds").send("back")
            await bob.hears("Birds", "one", "not for Carol", "back")
            await carol.go()
            await alice.chat("Birds").send("while away")
            await alice.chat("Birds").remove("Carol")
            await all_are_in(bob, "Birds", 2)
            await alice.chat("Birds").add(["Carol"])
            await all_are_in(bob, "Birds", 3)
            await bob.chat("Birds").send("welcome back")

            await carol.come()
            await carol.hears("Birds", "one", "back", "while away", "welcome back")

    asyncio.run(story())


def test_whoever_joined_soon_gives_the_group_keys_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "SOON_SECONDS", 0.3)

    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            chat = bob.chat("Alice").id
            stores = [one.me._hub.store for one in (alice, bob)]

            await alice.sees(lambda: stores[0].conversations.epoch(chat) >= 2)
            await bob.sees(lambda: stores[1].conversations.epoch(chat) >= 2)
            await alice.chat("Bob").send("with new keys")
            await bob.hears("Alice", "with new keys")
            leaf = stores[0].conversations.load(chat).group.members[1].leaf_node
            assert leaf.source.name == "COMMIT"

    asyncio.run(story())


def test_admins_make_admins_and_a_group_keeps_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await birds(alice, bob, carol)
            with pytest.raises(UsageError, match="needs an admin"):
                await alice.chat("Birds").set_admin("Alice", is_admin=False)

            await alice.chat("Birds").set_admin("Bob")
            await bob.sees(lambda: admins(bob, "Birds") == ["Alice", "Bob"])
            await bob.chat("Birds").set_admin("Alice", is_admin=False)
            await alice.sees(lambda: admins(alice, "Birds") == ["Bob"])

            with pytest.raises(UsageError, match="admins"):
                await alice.chat("Birds").remove("Carol")

    asyncio.run(story())


def test_rival_commits_both_come_true_in_some_order(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            dora = await place.person("Dora")
            await befriend(bob, dora)
            await birds(alice, bob, carol)
            await alice.chat("Birds").set_admin("Bob")
            await bob.sees(lambda: admins(bob, "Birds") == ["Alice", "Bob"])

            await asyncio.gather(
                alice.chat("Birds").rename("Owls"),
                bob.chat("Birds").add(["Dora"]),
                carol.chat("Birds").send("what is going on"),
            )
            for one in (alice, bob, carol):
                await all_are_in(one, "Owls", 4)
            await dora.sees(lambda: dora.chat("Owls"))
            await dora.chat("Owls").send("hello")
            for one in (alice, bob, carol):
                await one.hears("Owls", "what is going on", "hello")

    asyncio.run(story())


def test_nobody_takes_over_a_conversation_by_a_group_of_the_same_id(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await befriend(bob, carol)
            await birds(alice, bob, carol)
            name = carol.chat("Birds").id
            await alice.chat("Birds").remove("Carol")
            await carol.sees(lambda: carol.chat("Birds").state == "removed")
            await alice.me.settle()

            await bob.go()
            await bob.come(connect=False)
            with bob.me._hub.store.db.transaction():
                bob.me._hub.store.conversations.delete(name)
            await bob.go()
            await bob.come()
            await found_under(bob, name)
            for title in ("one", "two", "three", "Birds"):
                await bob.me.conversation(name).rename(title)
                await bob.me.settle()
            await bob.me.conversation(name).add(["Carol"])
            await bob.me.settle()
            await carol.me.settle()

            assert carol.chat("Birds").state == "removed"

    asyncio.run(story())


async def found_under(person: Person, name: ConversationId) -> None:
    """Make a group of their own under the id of another one."""
    hub = person.me._hub
    right = hub.entropy
    names = iter([right(16), name])
    hub.entropy = lambda count: next(names, right(16)) if count == 16 else right(count)
    with hub.store.db.transaction():
        meeting.found_conversation(hub, GROUP, "Birds", peer=None, note="")
    hub.entropy = right
    meeting._begin(hub, name)
    await person.me.settle()


def test_a_name_in_small_letters_stands_once_in_a_notice(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            ann, ben = await place.friends("ann", "ben")
            await birds(ann, ben)

            await ann.chat("Birds").rename("Owls")
            await ben.sees(lambda: ben.chat("Owls"))

            assert ben.notices("Owls")[-1] == "ann named the group Owls."

    asyncio.run(story())
