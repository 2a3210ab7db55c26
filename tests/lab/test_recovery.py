"""Seconds to delivery after a total block: link, relay and TCP, in virtual time."""

import asyncio
from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.rules.addresses import AddressBlock
from linnet.wire.links import Address
from tests.lab.test_race import ELSEWHERE, FIRST, SECOND, append, begin, now
from tests.lab.test_simulated_link import talking
from tests.lab.town import Town

SEEDS = range(3)
EVERYTHING = AddressBlock.of(["0.0.0.0/0"])


def recover(seed: int, outage: float, *roads: Address) -> tuple[float, int]:
    """Say something as a block of everything begins; after it, seconds and dials."""
    town = Town(seed)

    async def story() -> tuple[float, int]:
        async with talking(town, seed, *roads) as talk:
            await begin(talk)
            await asyncio.sleep(5)
            dials = town.meter.connections
            town.line.censor = Censor([EVERYTHING], Random(seed))
            lifted = now() + outage
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(append(talk, 1))
                await asyncio.sleep(outage)
                town.line.censor = Censor([], Random(seed))
            return now() - lifted, town.meter.connections - dials

    return town.run(story)


@pytest.mark.slow
@pytest.mark.parametrize("roads", [(FIRST,), (FIRST, SECOND), (FIRST, ELSEWHERE)])
@pytest.mark.parametrize("outage", [16, 20, 60, 300])
def test_what_waits_is_delivered_within_fifteen_seconds_of_the_end_of_a_block(
    outage: float, roads: tuple[Address, ...]
) -> None:
    for seed in SEEDS:
        seconds, dials = recover(seed, outage, *roads)

        assert seconds < 15
        assert dials <= 30 * (1 + outage / 60)
