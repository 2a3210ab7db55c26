"""Roads as a person's own client takes and remembers them (spec/carriers.md)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.carriers.status import Connected
from linnet.client import LinkState
from linnet.client.core.networks import Sight
from linnet.client.sync.line import Line
from linnet.client.sync.lookout import Lookout
from tests.stories.people import Person, town

pytestmark = pytest.mark.slow

HOME = Sight("eth0 10.0.1.254", "0a:1b:2c:3d:4e:5f", "10.0.1.0/24")


def is_connected(person: Person) -> bool:
    (relay,) = person.me.status().relays
    return relay.state is LinkState.CONNECTED


def is_resumed(line: Line) -> bool:
    return isinstance(line.status, Connected) and line.status.resumed


def test_what_worked_is_remembered_until_the_next_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice = await place.person("Alice")
            await alice.sees(lambda: is_connected(alice))
            await alice.go()

            await alice.come(connect=False)
            (network,) = alice.me._hub.store.roads.memory().networks
            ((_, trace),) = network[1]
            assert trace.worked_at
            assert not trace.failed_at

    asyncio.run(story())


def test_another_network_moves_every_session_and_loses_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")
            hub = alice.me._hub
            sights = [HOME, replace(HOME, prefix="10.0.2.0/24", hardware="")]
            lookout = Lookout(hub, lambda: sights[0])
            async with asyncio.TaskGroup() as tasks:
                looking = tasks.create_task(lookout.run())
                await asyncio.sleep(0)
                looking.cancel()
            at_home = hub.surroundings.network
            (line,) = hub.lines
            generation, before = line.generation, line.status

            lookout.look()
            assert line.status is before
            sights.pop(0)
            lookout.look()

            assert hub.surroundings.network != at_home
            await alice.sees(lambda: is_connected(alice) and is_resumed(line))
            await bob.chat("Alice").send("are you there?")
            await alice.hears("Bob", "are you there?")
            assert line.generation == generation

    asyncio.run(story())
