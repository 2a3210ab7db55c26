"""One side of a carrier that is made of parcels: a machine (spec/parcels.md §2).

It decides what goes into which parcel and when, what is put again, and what may be
handed over. It knows neither drops nor names; whatever a drop loses, delays, doubles
or lets others delete, messages come once and in order, or the carrier ends.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from linnet.carriers.parcels import MOST_MESSAGES_BYTES, Parcel, Side

WINDOW: Final = 8
"""Parcels that may await confirmation, and how far ahead one may come."""

MOST_TRIES: Final = 6
"""How often the same messages are put before the carrier is given up."""

NEVER: Final = float("inf")
SILENT: Final = "What was put there is not taken any more."
BROKEN: Final = "What came there confirms what was never sent."
UNKNOWN: Final = (
    "The relay has forgotten this connection; it may have been started anew."
)
ENDED: Final = "The other side has ended the connection."


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a kind of drop is; seconds.

    Attributes:
        pause: between two parcels.
        confirm: how long a confirmation waits for something to ride on.
        again: after which what is not confirmed is put again.
        look: between two looks while something comes.
        longest_look: between two looks while nothing does.
        patience: more than on other roads until an answer may be here.
    """

    pause: float
    confirm: float
    again: float
    look: float
    longest_look: float
    patience: float


FOLDER_PACE: Final = Pace(2.0, 6.0, 30.0, 2.0, 20.0, 30.0)
MAIL_PACE: Final = Pace(10.0, 30.0, 180.0, 10.0, 60.0, 120.0)


@dataclass(frozen=True, slots=True)
class Put:
    """Put a parcel into the drop."""

    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand over messages."""

    messages: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """The carrier is over; nothing follows."""

    reason: str


Effect = Put | Deliver | End


@dataclass(slots=True)
class _Kept:
    messages: tuple[bytes, ...]
    again_at: float
    tries: int = 1


class Correspondence:
    """What one side has sent and taken.

    Args:
        carrier: the name of the carrier.
        side: who this is.
        pace: of the drop.
        chance: below 1, for what must not be regular.

    Attributes:
        is_over: whether the carrier has ended.
    """

    def __init__(
        self,
        carrier: bytes,
        side: Side,
        pace: Pace,
        chance: Callable[[], float] = lambda: 0.5,
    ) -> None:
        self.is_over = False
        self._chance = chance
        self._carrier, self._side, self._pace = carrier, side, pace
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._kept: dict[int, _Kept] = {}
        self._number = 0
        self._received = 0
        self._early: dict[int, Parcel] = {}
        self._free_at = 0.0
        self._confirm_at = NEVER
        self._effects: list[Effect] = []

    @property
    def queued(self) -> int:
        """Bytes that wait to be put for the first time."""
        return self._queued

    @property
    def awaits(self) -> bool:
        """Whether something was said that is not confirmed."""
        return bool(self._queue or self._kept)

    def write(self, messages: Sequence[bytes], now: float) -> list[Effect]:
        """Send messages."""
        for message in messages:
            self._queue.append(message)
            self._queued += len(message) + 2
        return self.wake(now)

    def close(self) -> list[Effect]:
        """Put what was written, then a last parcel; nothing is awaited."""
        if self.is_over:
            return []
        effects: list[Effect] = []
        while self._queue:
            effects.append(Put(self._parcel(self._number, self._portion())))
            self._number += 1
        if self._number:
            # Where nothing was said, nobody listens; a sender's name may be forged.
            last = replace(self._parcel(self._number, ()), is_last=True)
            effects.append(Put(last))
        return effects + self._end(ENDED)

    def abort(self) -> list[Effect]:
        """Forget what was not put, and end."""
        self._queue.clear()
        return self.close()

    def take(self, parcel: Parcel, now: float) -> list[Effect]:
        """Take a parcel of the other side's; what does not fit says nothing."""
        if self.is_over or parcel.carrier != self._carrier:
            return []
        if parcel.side is self._side:
            return []
        if parcel.is_unknown:
            return self._end(UNKNOWN)
        if parcel.received > self._number:
            return self._end(BROKEN)
        for number in [one for one in self._kept if one < parcel.received]:
            del self._kept[number]
        if parcel.counts:
            self._confirm_at = min(self._confirm_at, now + self._pace.confirm)
            if self._received <= parcel.number < self._received + WINDOW:
                self._early.setdefault(parcel.number, parcel)
            self._hand_over()
        return self.wake(now)

    def wake(self, now: float) -> list[Effect]:
        """Do what is due."""
        while not self.is_over and now >= self.wake_at():
            self._advance(now)
        effects, self._effects = self._effects, []
        return effects

    def wake_at(self) -> float:
        """When ``wake`` must be called if nothing happens before; ``inf`` for never."""
        if self.is_over:
            return NEVER
        again = min((one.again_at for one in self._kept.values()), default=NEVER)
        due = min(again, self._confirm_at)
        if self._queue and len(self._kept) < WINDOW:
            due = self._free_at
        return max(due, self._free_at)

    def _advance(self, now: float) -> None:
        late = next((n for n, k in self._kept.items() if now >= k.again_at), None)
        if late is not None:
            self._put_again(late, now)
        elif self._queue and len(self._kept) < WINDOW:
            messages = self._portion()
            self._kept[self._number] = _Kept(messages, now + self._pace.again)
            self._put(self._parcel(self._number, messages), now)
            self._number += 1
        else:
            self._put(self._parcel(self._number, ()), now)

    def _put(self, parcel: Parcel, now: float) -> None:
        self._effects.append(Put(parcel))
        self._confirm_at = NEVER
        self._free_at = now + self._pace.pause * (0.75 + self._chance() / 2)

    def _put_again(self, number: int, now: float) -> None:
        kept = self._kept[number]
        if kept.tries >= MOST_TRIES:
            self._effects += self._end(SILENT)
            return
        kept.again_at = now + self._pace.again * (1 << kept.tries)
        kept.tries += 1
        self._put(self._parcel(number, kept.messages), now)

    def _portion(self) -> tuple[bytes, ...]:
        taken: list[bytes] = []
        left = MOST_MESSAGES_BYTES
        while self._queue and left >= len(self._queue[0]) + 2:
            taken.append(self._queue.popleft())
            left -= len(taken[-1]) + 2
        self._queued -= MOST_MESSAGES_BYTES - left
        return tuple(taken)

    def _hand_over(self) -> None:
        while (parcel := self._early.pop(self._received, None)) is not None:
            self._received += 1
            if parcel.messages:
                self._effects.append(Deliver(parcel.messages))
            if parcel.is_last:
                self._effects += self._end(ENDED)
                return

    def _parcel(self, number: int, messages: tuple[bytes, ...]) -> Parcel:
        return Parcel(self._carrier, self._side, number, self._received, messages)

    def _end(self, reason: str) -> list[Effect]:
        self.is_over = True
        self._queue.clear()
        self._kept.clear()
        self._early.clear()
        return [End(reason)]
