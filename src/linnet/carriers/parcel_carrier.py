"""A carrier that is made of parcels, and the task that puts them into a drop."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from random import SystemRandom
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.correspondence import (
    Correspondence,
    Deliver,
    Effect,
    End,
    Pace,
    Put,
)
from linnet.carriers.drop import Drop
from linnet.carriers.parcels import Parcel, Side, name, tag
from linnet.errors import Unreachable

MOST_WAITING: Final = 64 * 1024
MOST_FAILURES: Final = 5
FINISH_SECONDS: Final = 10.0
"""How long whoever closes waits for the last parcel."""

MOST_COUNTED: Final = 1_024
"""Carriers whose names are counted, those that put something last."""

MOST_WAITING_PARCELS: Final = 1_024
"""That one dispatch holds."""

FIRST_REST: Final = 2.0
"""After a put that failed; twice as long each time."""

chance: Final = SystemRandom().random


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


class ParcelCarrier(Carrier):
    """A carrier made of parcels.

    Args:
        user: who is told what comes.
        carrier: its name.
        side: who this is.
        pace: of the drop.
        dispatch: what puts parcels.
        to: where the other side is found, if the drop needs to know.

    Attributes:
        name: of the carrier.
        stirs: called when a parcel is to be put.
        left: called when the carrier is over.
    """

    __slots__ = (
        "_dispatch", "_held", "_machine", "_pace", "_timer", "_to", "left", "name",
        "stirs",
    )  # fmt: skip

    def __init__(
        self,
        user: CarrierUser,
        carrier: bytes,
        side: Side,
        pace: Pace,
        dispatch: Dispatch,
        to: str = "",
    ) -> None:
        super().__init__(user)
        self.patience = pace.patience
        self.name = carrier
        self.stirs: Callable[[], None] = lambda: None
        self.left: Callable[[], None] = lambda: None
        self._machine = Correspondence(carrier, side, pace, chance)
        self._pace, self._dispatch, self._to = pace, dispatch, to
        self._held = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return not self._machine.is_over

    @property
    def awaits(self) -> bool:
        """Whether something was said that is not confirmed."""
        return self._machine.awaits

    def write(self, messages: Iterable[bytes]) -> None:
        """Send messages; those of a while share a parcel."""
        if self.is_open:
            now = self._now()
            if not self._machine.awaits:
                self._excuse(now)
            self._perform(self._machine.write(list(messages), now))

    def hold(self) -> None:
        """Take nothing for now; it stays in the drop."""
        self._held = True

    def go_on(self) -> None:
        """Take again."""
        self._held = False

    def close(self) -> None:
        """Put what was written, then a last parcel."""
        self._perform(self._machine.close(), tells=False)

    async def finish(self) -> None:
        """Wait a little until the last parcel was put.

        Else the other side puts what nobody takes, until silence ends it.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self._dispatch.finish()

    def abort(self) -> None:
        """Forget what was not put; the last parcel tells the other side."""
        self._perform(self._machine.abort(), tells=False)

    def take(self, parcel: Parcel) -> bool:
        """Take a parcel; whether it was looked at."""
        if self._held and self.is_open:
            return False
        now = self._now()
        self._perform(self._machine.take(parcel, now))
        if self._machine.awaits:
            self._excuse(now)
        return True

    def lose(self) -> None:
        """The drop is of no use: end, and put nothing more."""
        if self.is_open:
            self._machine.is_over = True
            self._stop()
            self.user.lost()

    def _excuse(self, now: float) -> None:
        """For so long no sign is a bad one: both sides only look now and then."""
        self.excused_until = now + 2 * self._pace.pause + 2 * self._pace.look

    def _wake(self) -> None:
        self._timer = None
        self._perform(self._machine.wake(self._now()))

    def _perform(self, effects: list[Effect], *, tells: bool = True) -> None:
        was_paused, self.paused = self.paused, self._machine.queued > MOST_WAITING
        for effect in effects:
            match effect:
                case Put(parcel):
                    self._dispatch.add(parcel, self._to)
                    self.stirs()
                case Deliver(messages):
                    for message in messages:
                        self.user.arrived(message)
                case End():
                    self._stop()
                    if tells:
                        self.user.lost()
                    else:
                        asyncio.get_running_loop().call_soon(self.user.lost)
        if was_paused and not self.paused and self.is_open:
            self.user.writable()
        self._arm()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.left()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        when = self._machine.wake_at()
        if when < float("inf"):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(when, loop.time()), self._wake)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
