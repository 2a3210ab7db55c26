"""A carrier that is made of parcels (spec/parcels.md §2)."""

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
from linnet.carriers.dispatch import Dispatch
from linnet.carriers.parcels import Parcel, Side

MOST_WAITING: Final = 64 * 1024
FINISH_SECONDS: Final = 10.0
"""How long whoever closes waits for the last parcel."""

chance: Final = SystemRandom().random


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
