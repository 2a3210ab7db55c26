"""The task that puts parcels into a drop (spec/parcels.md §3)."""

import asyncio
from collections.abc import Callable
from typing import Final

from linnet.carriers.drop import Drop, wait
from linnet.carriers.outgoing import Outbound, Outgoing
from linnet.carriers.parcels import Parcel, name, tag
from linnet.errors import Unreachable

MOST_FAILURES: Final = 5

MOST_COUNTED: Final = 1_024
"""Carriers whose names are counted, those that put something last."""


class Dispatch:
    """Puts parcels into a drop: to one host one after another, to several at once.

    Args:
        drop: where to.
        failed: called when that fails again and again. Without it what is refused is
            let go: one receiver whom nobody delivers to must not hold up all others,
            and what matters is put again anyway.
    """

    def __init__(self, drop: Drop, failed: Callable[[], None] | None = None) -> None:
        self._drop, self._failed = drop, failed
        self._outgoing = Outgoing()
        self._counts: dict[str, int] = {}
        self._stirred, self._done = asyncio.Event(), asyncio.Event()
        self._done.set()

    def add(self, parcel: Parcel, to: str) -> None:
        """Let a parcel be put."""
        self._outgoing.add(parcel, to)
        self._done.clear()
        self._stirred.set()

    async def finish(self) -> None:
        """Wait until everything was put."""
        await self._done.wait()

    async def run(self) -> None:
        """Put what comes, and again what fails."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as puts:
            while True:
                while one := self._outgoing.take(loop.time()):
                    puts.create_task(self._try(one))
                self._stirred.clear()
                await wait(self._outgoing.wake_at() - loop.time(), self._stirred)

    async def _try(self, one: Outbound) -> None:
        """Put a parcel, and note what came of it."""
        after = self._outgoing.went
        try:
            await self._put(one.parcel, one.to)
        except OSError:
            after = self._outgoing.failed
        except Unreachable:
            is_patient = self._failed is not None
            after = self._outgoing.failed if is_patient else self._outgoing.let_go
        after(one, asyncio.get_running_loop().time())
        if self._outgoing.failures == MOST_FAILURES and self._failed is not None:
            self._failed()
        self._stirred.set()
        if self._outgoing.is_empty:
            self._done.set()

    async def _put(self, parcel: Parcel, to: str) -> None:
        tagged = tag(parcel.carrier, parcel.side)
        count = self._counts.pop(tagged, 0)
        # Counted first: where an answer is lost the name may be taken all the same.
        self._counts[tagged] = count + 1
        if len(self._counts) > MOST_COUNTED:
            del self._counts[next(iter(self._counts))]
        await self._drop.put(name(tagged, count), parcel.pack(), to)
