"""One account on several devices (spec/devices.md)."""

import asyncio
from pathlib import Path

import pytest

import linnet.client
from linnet.errors import UsageError
from tests.stories.linked import is_with, link, two_devices
from tests.stories.people import PASSPHRASE, PATIENCE, Person, town

pytestmark = pytest.mark.slow


def test_a_second_device_has_the_history_and_talks(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.chat("Bob").send("before")
            await bob.hears("Alice", "before")

            phone = await link(place, alice, "Phone")
            assert phone.texts("Bob") == ["before"]
            await phone.sees(lambda: phone.chat("Bob").state == "active")

            await phone.chat("Bob").send("from the phone")
            await alice.hears("Bob", "before", "from the phone")
            await bob.hears("Alice", "before", "from the phone")
            await bob.chat("Alice").send("to both")
            await alice.hears("Bob", "before", "from the phone", "to both")
            await phone.hears("Bob", "before", "from the phone", "to both")
            assert alice.message("Bob", "from the phone").is_mine
            await alice.sees(is_with(alice, "Old", "Phone"))
            await phone.sees(is_with(phone, "Old", "Phone"))
            assert "Alice has a new device." in bob.notices("Alice")

    asyncio.run(story())


def test_a_group_made_on_one_device_is_on_both_and_so_is_leaving(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, bob = await two_devices(place)

            await phone.me.new_group("Birds", ["Bob"])
            await bob.sees(lambda: bob.chat("Birds").state == "active")
            await alice.sees(lambda: alice.chat("Birds").state == "active")
            await alice.chat("Birds").send("from the old one")
            await phone.hears("Birds", "from the old one")
            await bob.hears("Birds", "from the old one")
            assert len(bob.chat("Birds").members) == 2

            await alice.chat("Birds").leave()
            await alice.sees(lambda: alice.chat("Birds").state == "left")
            await phone.sees(lambda: phone.chat("Birds").state == "left")
            await bob.sees(lambda: "Alice left." in bob.notices("Birds"))
            assert [one.name for one in bob.chat("Birds").members] == ["Bob"]

    asyncio.run(story())


def test_a_request_is_answered_for_all_devices(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, _ = await two_devices(place)
            carol = await place.person("Carol")

            await carol.me.add(alice.me.invite())
            await phone.sees(phone.me.requests)  # it was connected last
            await phone.me.accept("Carol")
            await carol.chat("Alice").send("hello")
            await alice.hears("Carol", "hello")
            await phone.hears("Carol", "hello")
            await alice.sees(lambda: alice.me.contact("Carol").state == "accepted")
            assert alice.me.requests() == []

    asyncio.run(story())


def test_what_is_done_on_one_device_shows_on_the_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, bob = await two_devices(place)

            await bob.chat("Alice").send("news")
            await alice.hears("Bob", "news")
            await phone.hears("Bob", "news")
            await alice.chat("Bob").mark_read()
            await phone.sees(lambda: phone.chat("Bob").unread == 0)
            await bob.sees(lambda: bob.message("Alice", "news").state == "read")
            assert bob.message("Alice", "news").read_by == 1

            await phone.me.verify("Bob")
            await alice.sees(lambda: alice.me.contact("Bob").verified)
            await phone.me.rename("Alice in Oslo")
            await alice.sees(lambda: alice.me.name == "Alice in Oslo")
            await bob.sees(lambda: bob.me.contact("Alice in Oslo"))
            await bob.sees(lambda: bob.chat("Alice in Oslo").members[0].name != "Alice")
            renamed = [n for n in bob.notices("Alice in Oslo") if "is now called" in n]
            assert renamed == ["Alice is now called Alice in Oslo."]

            await alice.me.block("Bob")
            await phone.sees(lambda: phone.me.contact("Bob").state == "blocked")
            await phone.sees(lambda: phone.chat("Bob").state == "left")

    asyncio.run(story())


def test_a_removed_device_hears_nothing_more_and_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            await alice.chat("Bob").send("before")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await alice.sees(is_with(alice, "Old", "Phone"))
            old_link = alice.me.invite()

            await alice.me.remove_device("Phone")
            await phone.sees(lambda: phone.me.is_removed)
            await alice.sees(is_with(alice, "Old"))
            await bob.sees(lambda: "Alice removed a device." in bob.notices("Alice"))
            await alice.sees(lambda: alice.me.invite() != old_link)

            await bob.chat("Alice").send("only for the old one")
            await alice.hears("Bob", "before", "only for the old one")
            assert phone.texts("Bob") == ["before"]
            assert phone.chat("Bob").state != "active"
            assert any("removed from your account" in n for n in phone.notices("Bob"))
            with pytest.raises(UsageError, match="removed from your account"):
                await phone.me.add(bob.me.invite())
            with pytest.raises(UsageError, match="removed"):
                await phone.chat("Bob").send("from the thief")

            carol = await place.person("Carol")
            await carol.me.add(alice.me.invite())
            await alice.sees(alice.me.requests)

    asyncio.run(story())


def test_a_third_device_is_let_in_by_the_second(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await phone.sees(is_with(phone, "Old", "Phone"))
            await alice.go()
            desk = await link(place, phone, "Desk")
            await desk.sees(lambda: desk.chat("Bob").state == "active")
            await alice.come()
            await bob.chat("Alice").send("to three")
            for one in (alice, phone, desk):
                await one.hears("Bob", "to three")
            await alice.sees(is_with(alice, "Old", "Phone", "Desk"))

    asyncio.run(story())


def test_a_device_that_was_away_is_added_to_what_began_meanwhile(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, _ = await two_devices(place)
            await phone.me.settle()
            await phone.go()

            carol = await place.person("Carol")
            await alice.me.add(carol.me.invite())
            await carol.sees(carol.me.requests)
            await carol.me.accept("Alice")
            await carol.chat("Alice").send("hello")
            await alice.hears("Carol", "hello")
            await alice.me.rotate_invite()
            await alice.me.settle()

            await phone.come()
            await phone.sees(lambda: "hello" in phone.texts("Carol"))
            await phone.sees(lambda: phone.me.contact("Carol").state == "accepted")
            assert phone.me.invite() == alice.me.invite()
            await phone.chat("Carol").send("from the phone")
            await carol.sees(lambda: "from the phone" in carol.texts("Alice"))

    asyncio.run(story())


def test_a_device_that_was_removed_while_away_has_done_all_when_it_knows(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, _ = await two_devices(place)
            await phone.go()
            await alice.me.remove_device("Phone")
            await alice.sees(is_with(alice, "Old"))

            await phone.come()
            async with asyncio.timeout(PATIENCE):
                await phone.me.settle(timeout_seconds=10 * PATIENCE)
            assert phone.me.is_removed

    asyncio.run(story())


def test_a_restored_device_takes_its_own_place_among_the_devices(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, bob = await two_devices(place)
            await alice.me.settle()
            phrase = await alice.me.backup(tmp_path / "backup")
            await alice.go()

            again = Person("Alice", tmp_path / "again", "")
            await linnet.client.restore(
                tmp_path / "backup", again.home, phrase=phrase, passphrase=PASSPHRASE
            )
            place.people["again"] = again
            await again.come()
            await again.sees(is_with(again, "Old", "Phone"))
            await phone.sees(is_with(phone, "Old", "Phone"))
            await again.chat("Bob").send("back")
            await bob.sees(lambda: "back" in bob.texts("Alice"))
            await phone.sees(lambda: "back" in phone.texts("Bob"))
            await again.me.settle()
            chat = again.me._store.conversations.load(again.chat("Bob").id)
            assert len(chat.members) == 3

    asyncio.run(story())


def test_what_two_devices_do_at_once_ends_alike_on_both(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, phone, _ = await two_devices(place)
            await phone.sees(is_with(phone, "Old", "Phone"))

            await asyncio.gather(
                alice.me.rotate_invite(),
                phone.me.rotate_invite(),
                alice.me.rename("Alice A"),
                phone.me.rename("Alice B"),
            )
            await alice.me.settle()
            await phone.me.settle()
            await phone.sees(lambda: phone.me.name == alice.me.name)
            await alice.sees(lambda: phone.me.name == alice.me.name)
            assert phone.me.invite() == alice.me.invite()

            carol = await place.person("Carol")
            await carol.me.add(alice.me.invite())
            await carol.sees(lambda: len(carol.me.conversations()[0].members) == 2)

    asyncio.run(story())
