"""The task that puts parcels into a drop."""

import asyncio
from collections.abc import Callable
from typing import Final

from linnet.carriers.drop import Drop
from linnet.carriers.parcels import Parcel, name, tag
from linnet.errors import Unreachable

MOST_FAILURES: Final = 5

MOST_COUNTED: Final = 1_024
"""Carriers whose names are counted, those that put something last."""

MOST_WAITING_PARCELS: Final = 1_024
"""That one dispatch holds."""

FIRST_REST: Final = 2.0
"""After a put that failed; twice as long each time."""


class Dispatch:
    """Puts parcels into a drop, one after another.

    A parcel that is to go again takes the place of itself, if it still waits.

    Args:
        drop: where to.
        failed: called when that fails again and again. Without it what is refused is
            let go: one receiver whom nobody delivers to must not hold up all others,
            and what matters is put again anyway.
    """

    def __init__(self, drop: Drop, failed: Callable[[], None] | None = None) -> None:
        self._drop, self._failed = drop, failed
        self._waiting: dict[tuple[bytes, int, bool], tuple[Parcel, str]] = {}
        self._counts: dict[str, int] = {}
        self._more, self._done = asyncio.Event(), asyncio.Event()
        self._done.set()

    def add(self, parcel: Parcel, to: str) -> None:
        """Let a parcel be put."""
        key = parcel.carrier, parcel.number, parcel.counts
        self._waiting[key] = parcel, to
        if len(self._waiting) > MOST_WAITING_PARCELS:
            # The oldest is put again where it matters.
            del self._waiting[next(iter(self._waiting))]
        self._done.clear()
        self._more.set()

    async def finish(self) -> None:
        """Wait until everything was put."""
        await self._done.wait()

    async def run(self) -> None:
        """Put what comes, and again what fails."""
        failures = 0
        while True:
            await self._more.wait()
            key, (parcel, to) = next(iter(self._waiting.items()))
            del self._waiting[key]
            failures = 0 if await self._try(parcel, to) else failures + 1
            if failures:
                self._waiting.setdefault(key, (parcel, to))
                if failures == MOST_FAILURES and self._failed is not None:
                    self._failed()
                await asyncio.sleep(FIRST_REST * (1 << min(failures, MOST_FAILURES)))
            if not self._waiting:
                self._more.clear()
                self._done.set()

    async def _try(self, parcel: Parcel, to: str) -> bool:
        """Put a parcel; whether it need not be tried again."""
        try:
            await self._put(parcel, to)
        except OSError:
            return False
        except Unreachable:
            return self._failed is None
        return True

    async def _put(self, parcel: Parcel, to: str) -> None:
        tagged = tag(parcel.carrier, parcel.side)
        count = self._counts.pop(tagged, 0)
        # Counted first: where an answer is lost the name may be taken all the same.
        self._counts[tagged] = count + 1
        if len(self._counts) > MOST_COUNTED:
            del self._counts[next(iter(self._counts))]
        await self._drop.put(name(tagged, count), parcel.pack(), to)
