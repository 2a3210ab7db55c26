"""What one keeps and takes up again: exports, failed messages, old acquaintances."""

import asyncio
import json
from pathlib import Path

import pytest

from linnet.client import MessageState
from linnet.client.core import commits
from linnet.client.sync import courier
from linnet.errors import UsageError
from tests.stories.people import town

pytestmark = pytest.mark.slow


def test_an_export_holds_every_message_in_plain_json(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.chat("Bob").send("to be kept")
            await bob.hears("Alice", "to be kept")
            await bob.chat("Alice").react(bob.message("Alice", "to be kept").id, "👍")

            folder = await bob.me.export(tmp_path / "export")

            [file] = folder.iterdir()
            head, *rows = map(json.loads, file.read_text().splitlines())
            assert head == {"title": "Alice", "state": "active"}
            [row] = [one for one in rows if one["text"]]
            assert (row["from"], row["text"]) == ("Alice", "to be kept")
            assert row["reactions"] == [["Bob", "👍"]]

    asyncio.run(story())


def test_whoever_was_blocked_can_begin_anew_when_unblocked(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await bob.me.block("Alice")
            with pytest.raises(UsageError, match="blocked"):
                await bob.me.add(alice.me.invite())

            await bob.me.unblock("Alice")
            chat = await bob.me.add(alice.me.invite())
            await chat.send("let us start again")
            await bob.sees(lambda: bob.me.contact("Alice").state == "accepted")

            await alice.sees(
                lambda: [one.text for one in alice.me.search("start again")]
            )

    asyncio.run(story())


def test_a_failed_file_can_be_tried_again_once_there_is_room(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path, "--max-blob", "1") as place:
            alice, bob = await place.friends("Alice", "Bob")
            sent = tmp_path / "film"
            sent.write_bytes(bytes(1_500_000))
            message = await alice.chat("Bob").send_file(sent)

            def state() -> MessageState:
                return alice.chat("Bob").message(message.id).state

            await alice.sees(lambda: state() is MessageState.FAILED)
            other = await alice.chat("Bob").send("text")
            with pytest.raises(UsageError, match="not failed"):
                await alice.chat("Bob").retry(other.id)
            await place.relay.end()
            place.relay.words = ()
            await place.relay.start()
            await alice.chat("Bob").retry(message.id)

            await bob.sees(lambda: bob.chat("Alice").message(message.id).attachment)
            await alice.sees(lambda: state() is not MessageState.FAILED)

    asyncio.run(story())


def test_welcomes_and_commits_that_fit_no_envelope_travel_as_blobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "LARGEST_BODY", 2000)
    monkeypatch.setattr(courier, "MAX_ENVELOPE", 4000)

    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")

            await alice.me.new_group("Birds", ["Bob"])
            await bob.sees(lambda: bob.chat("Birds"))
            await alice.chat("Birds").add(["Carol"])
            await carol.sees(lambda: carol.chat("Birds"))
            await bob.sees(lambda: len(bob.chat("Birds").members) == 3)
            await carol.chat("Birds").send("such a long way")

            await bob.hears("Birds", "such a long way")
            await alice.hears("Birds", "such a long way")

    asyncio.run(story())
