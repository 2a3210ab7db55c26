"""A road whose keeper freezes long connections and refuses many at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from linnet.carriers.burst_bounds import SEGMENT, with_acknowledgements
from tests.carriers.roads import End, forward, road

FREEZES_AFTER_PACKETS = 25
FREEZES_AFTER_BYTES = 10_240
MOST_AT_ONCE = 2
_TCP_OPENS = 3


@dataclass
class Keeper:
    """What the keeper of the road has seen.

    Attributes:
        connections: how many have begun to speak.
        most_at_once: of them.
        largest: bytes of the one that carried most, both ways.
        frozen: how many were frozen.
        refused: how many were closed because there were too many.
        froze: the first one was.
    """

    connections: int = 0
    speaking: int = 0
    most_at_once: int = 0
    largest: int = 0
    frozen: int = 0
    refused: int = 0
    froze: asyncio.Event = field(default_factory=asyncio.Event)

    def lets_in(self) -> bool:
        """Count one more; whether there is room for it."""
        self.connections += 1
        self.speaking += 1
        self.most_at_once = max(self.most_at_once, self.speaking)
        if self.speaking > MOST_AT_ONCE:
            self.refused += 1
            return False
        return True


class _Crossing:
    """One connection; each read is taken for as many packets as it needs."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.octets = 0
        self.packets = _TCP_OPENS
        self.has_spoken = False
        self.is_frozen = False

    def passes(self, data: bytes) -> bool:
        """Count what was read; whether it may go on."""
        if not self.has_spoken:
            self.has_spoken = True
            if not self.keeper.lets_in():
                raise ConnectionAbortedError
        self.octets += len(data)
        self.packets += with_acknowledgements(-(-len(data) // SEGMENT))
        over = self.packets > FREEZES_AFTER_PACKETS or self.octets > FREEZES_AFTER_BYTES
        if over and not self.is_frozen:
            self.is_frozen = True
            self.keeper.frozen += 1
            self.keeper.froze.set()
        if not self.is_frozen:
            self.keeper.largest = max(self.keeper.largest, self.octets)
        return not self.is_frozen


@asynccontextmanager
async def freezing_road(port: int) -> AsyncIterator[tuple[int, Keeper]]:
    """A road to a port of this machine: its own port, and its keeper."""
    keeper = Keeper()

    async def cross(near: End, far: End) -> None:
        crossing = _Crossing(keeper)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(forward(near, far, crossing.passes))
                tasks.create_task(forward(far, near, crossing.passes))
        finally:
            keeper.speaking -= crossing.has_spoken

    async with road(port, cross) as own:
        yield own, keeper
