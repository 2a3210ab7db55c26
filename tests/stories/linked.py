"""Letting a device into an account, for stories."""

import asyncio
from collections.abc import Callable

import linnet.client
from linnet.client import Linking, NewDevice
from tests.stories.people import PASSPHRASE, Person, Town


async def link(place: Town, old: Person, name: str) -> Person:
    """Let a new device into somebody's account, and open it."""
    linking = await old.me.link(this_device="Old")
    new = Person(old.name, place.folder / f"{old.name} on {name}", "")
    await asyncio.gather(opened(new, linking.link, name), confirmed(linking))
    place.people[new.home.name] = new
    await new.come()
    return new


async def two_devices(place: Town) -> tuple[Person, Person, Person]:
    """Alice, who talks with Bob on two devices that know of each other, and Bob."""
    alice, bob = await place.friends("Alice", "Bob")
    phone = await link(place, alice, "Phone")
    await phone.sees(lambda: phone.chat("Bob").state == "active")
    await alice.sees(is_with(alice, "Old", "Phone"))
    return alice, phone, bob


async def opened(person: Person, text: str, name: str, road: str = "") -> None:
    await linnet.client.join_account(
        person.home,
        NewDevice(text, name, road),
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
