"""One account on several devices (spec/devices.md)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import linnet.client
from linnet.client import Linking, NewDevice
from linnet.errors import UsageError
from tests.stories.people import PASSPHRASE, Person, Town, befriend, town

pytestmark = pytest.mark.slow


async def link(place: Town, old: Person, name: str) -> Person:
    """Let a new device into somebody's account, and open it."""
    linking = await old.me.link(this_device="Old")
    new = Person(old.name, place.folder / f"{old.name} on {name}", "")
    await asyncio.gather(opened(new, linking.link, name), confirmed(linking))
    place.people[new.home.name] = new
    await new.come()
    return new


async def opened(person: Person, text: str, name: str, codes: list[str] | None = None):
    show = (codes if codes is not None else []).append
    await linnet.client.join_account(
        person.home, NewDevice(text, name), passphrase=PASSPHRASE, show_code=show
    )


async def confirmed(linking: Linking) -> None:
    _, code = await linking.requested()
    await linking.confirm(code)


def is_with(person: Person, *names: str):
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
