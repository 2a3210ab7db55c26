"""Files travel sealed, resume after an interruption, and end up as they were."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from linnet.client import MessageState, Transfer, TransferState
from linnet.errors import LinnetError, UsageError
from tests.stories.people import Person, town

pytestmark = pytest.mark.slow


def attached(person: Person, who: str) -> bool:
    return any(one.attachment for one in person.chat(who).history())


def test_a_file_arrives_as_it_was_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            sent = tmp_path / "bird song.bin"
            sent.write_bytes(os.urandom(300_001))

            await alice.chat("Bob").send_file(sent, text="listen")
            await bob.sees(lambda: attached(bob, "Alice"))
            message = bob.message("Alice", "listen")
            assert message.attachment is not None
            assert message.attachment.name == "bird song.bin"
            assert message.attachment.size == 300_001
            saved = await bob.chat("Alice").save_file(message.id, tmp_path / "home")

            assert saved.read_bytes() == sent.read_bytes()
            assert not list((alice.home / "transfers").iterdir())
            await alice.sees(
                lambda: (
                    alice.message("Bob", "listen").attachment.state  # type: ignore[union-attr]  # it has one
                    is TransferState.DONE
                )
            )

    asyncio.run(story())


def test_an_upload_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            sent = tmp_path / "film"
            sent.write_bytes(os.urandom(3_000_000))
            events = alice.me.events()
            await alice.chat("Bob").send_file(sent)
            async with asyncio.timeout(20):
                async for event in events:
                    if isinstance(event, Transfer) and event.moved > 1_000_000:
                        break

            await place.relay.end(signal.SIGKILL)
            await alice.go()
            sent.unlink()
            await place.relay.start()
            await alice.come()
            await bob.sees(lambda: attached(bob, "Alice"))

            message = bob.chat("Alice").history()[-1]
            part = tmp_path / "saved.part"
            part.write_bytes(bytes(0))
            saved = await bob.chat("Alice").save_file(message.id, tmp_path / "saved")
            assert saved.stat().st_size == 3_000_000

    asyncio.run(story())


def test_a_download_goes_on_after_the_pieces_that_are_there(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            sent = tmp_path / "film"
            sent.write_bytes(os.urandom(500_000))
            await alice.chat("Bob").send_file(sent)
            await bob.sees(lambda: attached(bob, "Alice"))
            (tmp_path / "saved.part").write_bytes(sent.read_bytes()[:300_000])
            events = bob.me.events()

            message = bob.chat("Alice").history()[-1]
            saved = await bob.chat("Alice").save_file(message.id, tmp_path / "saved")

            assert saved.read_bytes() == sent.read_bytes()
            first = await anext(events)
            assert isinstance(first, Transfer)
            assert first.moved > 290_000

    asyncio.run(story())


def test_a_file_too_large_for_the_relay_fails_and_says_why(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path, "--max-blob", "1") as place:
            alice, _ = await place.friends("Alice", "Bob")
            sent = tmp_path / "film"
            sent.write_bytes(os.urandom(2_500_000))

            message = await alice.chat("Bob").send_file(sent)
            await alice.sees(
                lambda: (
                    alice.chat("Bob").message(message.id).state is MessageState.FAILED
                )
            )

            assert "larger" in str(alice.chat("Bob").message(message.id).reason)
            with pytest.raises(UsageError, match="no file"):
                await alice.chat("Bob").send_file(tmp_path / "nothing")
            with pytest.raises(LinnetError, match="folder"):
                await alice.chat("Bob").send_file(tmp_path)

    asyncio.run(story())
