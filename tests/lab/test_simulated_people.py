"""Two people with accounts of their own, on the simulated network."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.rules.addresses import AddressBlock
from linnet.wire.links import PassLink, RelayDescriptor
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY
from tests.lab.relays import FIRST, SECOND, relay_in
from tests.lab.town import SERVER, Town
from tests.stories.people import Person, befriend

RELAY = RelayDescriptor(public_key(RELAY_KEY), (FIRST, SECOND))


async def deliver(one: Person, other: Person, text: str) -> float:
    """Say something; the virtual seconds until the other has it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await one.chat(other.name).send(text)
    events = other.me.events()
    while other.texts(one.name)[-1:] != [text]:
        await anext(events)
    return loop.time() - began


@pytest.mark.slow
def test_two_people_meet_and_talk_on_though_the_relays_address_is_blocked(
    tmp_path: Path,
) -> None:
    town = Town(seed=1)
    abroad = town.network.host("203.0.113.7")
    link = PassLink(RELAY, bytes(32)).text()

    async def story() -> tuple[float, float]:
        ada, bob = (Person(name, tmp_path / name, link) for name in ("Ada", "Bob"))
        async with relay_in(town, 1):
            for person, host in ((ada, town.client), (bob, abroad)):
                with host.here():
                    await person.come()
                await person.me.settle()
            await befriend(ada, bob)
            before = await deliver(ada, bob, "hello")
            block = AddressBlock.of([f"{SERVER}/32"])
            town.line.censor = Censor([block], Random(1))
            after = await deliver(ada, bob, "are you still there?")
            await ada.go()
            await bob.go()
        return before, after

    before, after = town.run(story)

    assert 0.03 <= before < 2
    # Silence has to be noticed, and the blocked address tried once more.
    assert 1 < after < 120
