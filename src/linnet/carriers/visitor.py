"""Reads a website on the connection of a carrier (spec/carriers.md §15).

Drives `Reading`: fetches what it says, and tells it what came.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from random import SystemRandom
from typing import Final

from linnet.carriers.reading import PATIENCE, Read, Reading

_chance: Final = SystemRandom().random


class Visitor:
    """A visitor of the website that hides a relay.

    Args:
        fetch: fetches something; raises ``OSError`` where it does not come.
    """

    def __init__(self, fetch: Callable[[Read], Awaitable[bytes]]) -> None:
        self._fetch = fetch
        self._reading = Reading(_chance)
        self._under_way: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._has_come = False

    def spoke(self) -> None:
        """Words came: come to the site, or perhaps go on."""
        if self._has_come:
            self._go(self._reading.spoke(_now()))
        else:
            self._has_come = True
            self._go(self._reading.begin(_now()))

    def leave(self) -> None:
        """Let go of everything."""
        self._reading.failed()
        self._arm()
        for task in self._under_way:
            task.cancel()

    def _go(self, reads: Iterable[Read]) -> None:
        loop = asyncio.get_running_loop()
        for one in reads:
            task = loop.create_task(self._read(one))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        self._arm()

    async def _read(self, read: Read) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                body = await self._fetch(read)
        except OSError:
            self._reading.failed()
        else:
            self._go(self._reading.came(read, body, _now()))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        when = self._reading.wake_at()
        if when != float("inf"):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(when, self._wake)

    def _wake(self) -> None:
        self._go(self._reading.wake(_now()))


def _now() -> float:
    return asyncio.get_running_loop().time()
