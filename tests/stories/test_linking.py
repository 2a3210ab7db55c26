"""A new device is let in, or not (spec/devices.md §2 and §3)."""

import asyncio
from pathlib import Path

import pytest

from linnet.errors import UsageError
from tests.stories.linked import link, opened
from tests.stories.people import Person, town

pytestmark = pytest.mark.slow


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
