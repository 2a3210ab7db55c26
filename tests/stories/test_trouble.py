"""Away, cut off, restarted, restored, damaged: nothing is lost, and it is said why."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

import linnet.client
from linnet.client import LinkState, MessageState, NewAccount, RelayRewound
from linnet.errors import LinnetError, StorageError, UsageError
from tests.stories.people import PASSPHRASE, Person, town

pytestmark = pytest.mark.slow


def test_what_is_written_offline_arrives_when_a_road_is_open(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.go()
            await alice.come(connect=False)
            await alice.chat("Bob").send("from the train")
            assert alice.message("Bob", "from the train").state is MessageState.QUEUED
            assert alice.me.status().queued == 1
            await alice.go()

            await alice.come()
            await bob.hears("Alice", "from the train")

    asyncio.run(story())


def test_messages_wait_for_whoever_is_away(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await bob.go()
            for number in range(200):
                await alice.chat("Bob").send(f"{number}")
            assert (await alice.me.settle()).queued == 0

            await bob.come()
            await bob.sees(lambda: len(bob.me.search("199")) == 1)
            texts = [one.text for one in bob.chat("Alice").history(limit=500)]
            assert texts == [f"{number}" for number in range(200)]

    asyncio.run(story())


def test_a_relay_that_is_killed_and_started_again_loses_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.chat("Bob").send("one")
            await bob.hears("Alice", "one")

            await place.relay.end(signal.SIGKILL)
            await alice.chat("Bob").send("two")
            await alice.sees(
                lambda: alice.me.status().relays[0].state is not LinkState.CONNECTED
            )
            assert "keeps trying" in alice.me.status().relays[0].why or (
                alice.me.status().relays[0].state is LinkState.CONNECTING
            )
            await place.relay.start()

            await bob.hears("Alice", "one", "two")

    asyncio.run(story())


def test_a_relay_restored_from_an_older_backup_gets_back_what_it_lost(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await alice.chat("Bob").send("before")
            await bob.hears("Alice", "before")
            status, _, err = await place.relay.verb("backup", str(tmp_path / "saved"))
            assert status == 0, err
            await alice.chat("Bob").send("after")
            await bob.hears("Alice", "before", "after")
            await alice.me.new_group("Birds", ["Bob", "Carol"])
            await carol.sees(lambda: carol.chat("Birds"))
            await bob.sees(lambda: bob.chat("Birds"))
            await carol.chat("Birds").send("tweet")
            await bob.hears("Birds", "tweet")
            await bob.go()
            events = alice.me.events()

            await place.relay.end()
            status, _, err = await place.relay.verb("restore", str(tmp_path / "saved"))
            assert status == 0, err
            await place.relay.start()
            async with asyncio.timeout(20):
                async for event in events:
                    if isinstance(event, RelayRewound):
                        break
            await alice.chat("Bob").send("again")
            await carol.chat("Birds").send("and again")
            await bob.come()

            await bob.hears("Alice", "before", "after", "again")
            await bob.hears("Birds", "tweet", "and again")
            await alice.hears("Birds", "tweet", "and again")
            assert any("sent" in one for one in alice.notices("Bob"))

    asyncio.run(story())


def test_what_was_lost_while_its_author_was_out_is_sent_when_they_are_back(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob, carol = await place.friends("Alice", "Bob", "Carol")
            await alice.me.new_group("Birds", ["Bob", "Carol"])
            await carol.sees(lambda: len(carol.chat("Birds").members) == 3)
            await bob.sees(lambda: len(bob.chat("Birds").members) == 3)
            status, _, err = await place.relay.verb("backup", str(tmp_path / "saved"))
            assert status == 0, err
            await alice.go()
            await bob.go()
            await carol.chat("Birds").send("only I know this")
            await carol.me.settle()
            await carol.go()
            await place.relay.end()
            status, _, err = await place.relay.verb("restore", str(tmp_path / "saved"))
            assert status == 0, err
            await place.relay.start()
            await alice.come()
            await bob.come()
            await alice.chat("Birds").remove("Carol")
            await bob.sees(lambda: len(bob.chat("Birds").members) == 2)
            await alice.me.settle()

            await carol.come()
            await carol.sees(lambda: carol.chat("Birds").state == "removed")
            await alice.chat("Birds").add(["Carol"])
            await carol.sees(lambda: carol.chat("Birds").state == "active")
            await bob.hears("Birds", "only I know this")
            await carol.chat("Birds").send("and now you do")
            for one in (alice, bob, carol):
                await one.hears("Birds", "only I know this", "and now you do")

    asyncio.run(story())


def test_a_second_process_on_a_home_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")

            with pytest.raises(StorageError, match="Another Linnet"):
                async with linnet.client.open(alice.home, passphrase=PASSPHRASE):
                    pass

    asyncio.run(story())


def test_bad_homes_and_wrong_passphrases_are_told_in_a_sentence(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")
            await alice.go()
            link = alice.pass_link

            async def tried(home: Path, **options: object) -> str:
                with pytest.raises(LinnetError) as refused:
                    async with linnet.client.open(home, **options):  # type: ignore[arg-type]  # each is of its kind
                        pass
                return str(refused.value)

            again = NewAccount("Alice", link)
            assert "wrong" in await tried(alice.home, passphrase="x")
            assert "none was given" in await tried(alice.home)
            assert "no account" in await tried(tmp_path / "nowhere", passphrase="x")
            assert "already" in await tried(alice.home, passphrase="x", create=again)
            assert "damaged" in await tried(
                tmp_path / "new",
                passphrase="x",
                create=NewAccount("Eve", link[:-2]),
            )
            assert "control" in await tried(
                tmp_path / "new", passphrase="x", create=NewAccount("\x07", link)
            )
            assert not (tmp_path / "new").exists()

    asyncio.run(story())


def test_a_corrupt_store_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")
            await alice.go()
            file = alice.home / "linnet.db"
            damaged = bytearray(file.read_bytes())
            damaged[100:5000] = os.urandom(4900)
            file.write_bytes(damaged)

            with pytest.raises(StorageError, match="damaged"):
                await alice.come()
            assert file.read_bytes() == bytes(damaged)
            (alice.home / "vault").write_text("{")
            with pytest.raises(StorageError, match="damaged"):
                await alice.come()

    asyncio.run(story())


def test_a_clock_that_is_two_days_off_does_no_harm(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.person("Alice"), await place.person("Bob")
            hub = alice.me._hub
            right = hub.now
            hub.now = lambda: right() - 2 * 86400

            await alice.me.add(bob.me.invite())
            await bob.sees(bob.me.requests)
            await bob.me.accept("Alice")
            hub.now = lambda: right() + 2 * 86400
            await alice.chat("Bob").send("what day is it?")
            await bob.hears("Alice", "what day is it?")

            assert abs(bob.message("Alice", "what day is it?").time - right()) < 60

    asyncio.run(story())


def test_a_backup_makes_a_new_home_that_can_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.chat("Bob").send("one")
            await bob.hears("Alice", "one")
            phrase = await alice.me.backup(tmp_path / "backup")
            await bob.chat("Alice").send("two")
            await alice.hears("Bob", "one", "two")
            await alice.go()
            shutil.rmtree(alice.home)

            with pytest.raises(UsageError, match="slip"):
                await linnet.client.restore(
                    tmp_path / "backup",
                    alice.home,
                    phrase=phrase[:-1] + ("0" if phrase[-1] != "0" else "1"),
                    passphrase="new",
                )
            await linnet.client.restore(
                tmp_path / "backup",
                alice.home,
                phrase=phrase.lower(),
                passphrase=PASSPHRASE,
            )
            again = Person("Alice", alice.home, alice.pass_link)
            place.people["again"] = again
            await again.come()
            await again.hears("Bob", "one", "two")
            await again.me.settle()
            await again.chat("Bob").send("three")
            await bob.hears("Alice", "one", "two", "three")
            await bob.chat("Alice").send("four")
            await again.hears("Bob", "one", "two", "three", "four")
            assert again.me.account == bob.me.contact("Alice").account

    asyncio.run(story())
