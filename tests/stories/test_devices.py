"""One account on several devices (spec/devices.md)."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

import linnet.client
from linnet.client import Linking, NewDevice
from linnet.errors import UsageError
from tests.stories.people import PASSPHRASE, Person, Town, town

pytestmark = pytest.mark.slow


async def link(place: Town, old: Person, name: str) -> Person:
    """Let a new device into somebody's account, and open it."""
    linking = await old.me.link(this_device="Old")
    new = Person(old.name, place.folder / f"{old.name} on {name}", "")
    await asyncio.gather(opened(new, linking.link, name), confirmed(linking))
    place.people[new.home.name] = new
    await new.come()
    return new


async def opened(person: Person, text: str, name: str) -> None:
    await linnet.client.join_account(
        person.home,
        NewDevice(text, name),
        passphrase=PASSPHRASE,
        show_code=lambda code: None,
    )


async def confirmed(linking: Linking) -> None:
    _, code = await linking.requested()
    await linking.confirm(code)


def is_with(person: Person, *names: str) -> Callable[[], bool]:
    """Whether these are the devices a person sees, all of them come."""
    return lambda: (
        {one.name for one in person.me.devices() if not one.is_pending} == set(names)
    )


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
            alice, bob = await place.friends("Alice", "Bob")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await alice.sees(is_with(alice, "Old", "Phone"))

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
            alice, _ = await place.friends("Alice", "Bob")
            carol = await place.person("Carol")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await alice.sees(is_with(alice, "Old", "Phone"))

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
            alice, bob = await place.friends("Alice", "Bob")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await alice.sees(is_with(alice, "Old", "Phone"))

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


def test_a_wrong_code_gives_nothing_and_ends_the_link(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            (alice,) = await place.friends("Alice")
            linking = await alice.me.link()
            thief = Person("Alice", tmp_path / "thief", "")

            async def mistaken() -> None:
                _, code = await linking.requested()
                wrong = f"{(int(code) + 1) % 1_000_000:06}"
                with pytest.raises(UsageError, match="not the code"):
                    await linking.confirm(wrong)

            async def refused() -> None:
                with pytest.raises(UsageError, match="serves no more"):
                    await opened(thief, linking.link, "Thief")

            await asyncio.gather(refused(), mistaken())
            assert not (thief.home / "vault").exists()
            assert len(alice.me.devices()) == 1

    asyncio.run(story())


def test_a_link_serves_one_device_and_the_second_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            (alice,) = await place.friends("Alice")
            linking = await alice.me.link()
            phone = Person("Alice", tmp_path / "phone", "")
            thief = Person("Alice", tmp_path / "thief", "")

            async def meanwhile() -> None:
                _, code = await linking.requested()
                with pytest.raises(UsageError, match="used already"):
                    await opened(thief, linking.link, "Thief")
                await linking.confirm(code)

            await asyncio.gather(opened(phone, linking.link, "Phone"), meanwhile())
            with pytest.raises(UsageError, match="serves no more"):
                await opened(thief, linking.link, "Thief")

    asyncio.run(story())


def test_a_link_that_nobody_opens_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linnet.client.linking.LINK_SECONDS", 0.2)

    async def story() -> None:
        async with town(tmp_path) as place:
            (alice,) = await place.friends("Alice")
            linking = await alice.me.link()
            with pytest.raises(UsageError, match="ten minutes"):
                await linking.requested()
            phone = Person("Alice", tmp_path / "phone", "")
            with pytest.raises(UsageError, match="serves no more"):
                await opened(phone, linking.link, "Phone")

    asyncio.run(story())


def test_an_old_device_that_stops_while_linking_leaves_a_dead_link(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            (alice,) = await place.friends("Alice")
            linking = await alice.me.link(this_device="Old")
            await alice.go()
            await alice.come()

            phone = await link(place, alice, "Phone")
            assert phone.me.account == alice.me.account
            late = Person("Alice", tmp_path / "late", "")
            with pytest.raises(UsageError, match="serves no more"):
                await opened(late, linking.link, "Late")

    asyncio.run(story())


def test_a_new_device_that_never_comes_is_listed_and_can_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            linking = await alice.me.link(this_device="Old")
            phone = Person("Alice", tmp_path / "phone", "")

            def crash(*_: object) -> None:
                raise RuntimeError("the power went")

            monkeypatch.setattr("linnet.client.joining._make_home", crash)
            monkeypatch.setattr("linnet.client.linking.READY_SECONDS", 1.0)

            async def stopped() -> None:
                with pytest.raises(RuntimeError):
                    await opened(phone, linking.link, "Phone")

            async def noticed() -> None:
                _, code = await linking.requested()
                with pytest.raises(UsageError, match="has not said"):
                    await linking.confirm(code)

            await asyncio.gather(stopped(), noticed())
            assert not (phone.home / "vault").exists()
            assert [one.is_pending for one in alice.me.devices()] == [False, True]
            status = await alice.me.settle(timeout_seconds=10)
            assert status.is_connected
            await alice.chat("Bob").send("as before")
            await bob.hears("Alice", "as before")

            old_link = alice.me.invite()
            await alice.me.remove_device("Phone")
            assert [one.name for one in alice.me.devices()] == ["Old"]
            assert alice.me.invite() != old_link

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
            alice, _ = await place.friends("Alice", "Bob")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await alice.sees(is_with(alice, "Old", "Phone"))
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


def test_a_restored_device_takes_its_own_place_among_the_devices(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await alice.sees(is_with(alice, "Old", "Phone"))
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
            alice, _ = await place.friends("Alice", "Bob")
            phone = await link(place, alice, "Phone")
            await phone.sees(lambda: phone.chat("Bob").state == "active")
            await alice.sees(is_with(alice, "Old", "Phone"))
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
