"""Parcels that wait to be put, and which may go now (spec/parcels.md §3); pure.

A drop has one server, but by mail that server speaks to one of each receiver's. So
what is slow there must not hold up what is for elsewhere.
"""

from dataclasses import dataclass, field
from typing import Final

from linnet.carriers.parcels import Parcel

MOST_WAITING_PARCELS: Final = 1_024

PLACES: Final = 4
"""Puts under way at once, one to a host."""

UNPROVEN_PLACES: Final = 2
"""Of them to hosts that did not take the last one quickly: a stranger who makes host
after host stall holds these, and those who are known go by the others."""

PROVEN_PLACES: Final = 3
"""Of them to the others: whoever had hosts take something once, and has them stall
then, leaves a place too."""

QUICK_SECONDS: Final = 10.0
MOST_HOSTS: Final = 1_024
"""Remembered; those that took something last, and those that rest."""

FIRST_REST: Final = 2.0
"""After what went wrong; twice as long each time."""

MOST_DOUBLINGS: Final = 5
NEVER: Final = float("inf")

Key = tuple[bytes, int, bool]


@dataclass(frozen=True, slots=True)
class Outbound:
    """A parcel under way.

    Attributes:
        to: its receiver; "" where the drop needs none.
        host: where that is.
        since: when it began to be put.
    """

    parcel: Parcel
    to: str = field(repr=False)
    host: str = field(repr=False)
    since: float


class Outgoing:
    """What waits, what is under way, and what is known of hosts.

    Attributes:
        failures: times in a row that the drop itself did not answer.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._waiting: dict[Key, tuple[Parcel, str]] = {}
        self._busy: dict[str, Outbound] = {}
        self._proven: dict[str, None] = {}
        self._resting: dict[str, tuple[int, float]] = {}
        self._closed_until = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not (self._waiting or self._busy)

    def add(self, parcel: Parcel, to: str) -> None:
        """Let a parcel wait; it takes the place of itself, if that still waits."""
        self._waiting[_key(parcel)] = parcel, to
        if len(self._waiting) > MOST_WAITING_PARCELS:
            # The oldest is put again where it matters.
            del self._waiting[next(iter(self._waiting))]

    def take(self, now: float) -> Outbound | None:
        """The next that may go now; it is under way then."""
        if now < self._closed_until or len(self._busy) >= PLACES:
            return None
        for key, (parcel, to) in self._waiting.items():
            host = _host(to)
            if self._has_place(host) and now >= self._rests_until(host):
                del self._waiting[key]
                self._busy[host] = found = Outbound(parcel, to, host, now)
                return found
        return None

    def wake_at(self) -> float:
        """When another may go if nothing happens before; ``inf`` for never."""
        if len(self._busy) >= PLACES:
            return NEVER
        hosts = {_host(to) for _, to in self._waiting.values()}
        times = [self._rests_until(host) for host in hosts if self._has_place(host)]
        return max(min(times, default=NEVER), self._closed_until)

    def went(self, one: Outbound, now: float) -> None:
        """A parcel was put."""
        self._answered(one)
        self._resting.pop(one.host, None)
        self._proven.pop(one.host, None)
        if now < one.since + QUICK_SECONDS:
            self._proven[one.host] = None
            _bound(self._proven)

    def let_go(self, one: Outbound, now: float) -> None:
        """A parcel is not put again: its host refused it, or took too long."""
        self._answered(one)
        if now < one.since + QUICK_SECONDS:
            return
        self._proven.pop(one.host, None)
        times = self._resting.pop(one.host, (0, 0.0))[0] + 1
        self._resting[one.host] = times, now + _rest(times)
        _bound(self._resting)

    def failed(self, one: Outbound, now: float) -> None:
        """The drop itself did not answer: the parcel waits, and so does all else."""
        del self._busy[one.host]
        self._waiting.setdefault(_key(one.parcel), (one.parcel, one.to))
        if now >= self._closed_until:
            self.failures += 1
            self._closed_until = now + _rest(self.failures)

    def _answered(self, one: Outbound) -> None:
        del self._busy[one.host]
        self.failures, self._closed_until = 0, 0.0

    def _has_place(self, host: str) -> bool:
        if host in self._busy:
            return False
        is_proven = host in self._proven
        alike = sum((one in self._proven) is is_proven for one in self._busy)
        return alike < (PROVEN_PLACES if is_proven else UNPROVEN_PLACES)

    def _rests_until(self, host: str) -> float:
        return self._resting.get(host, (0, 0.0))[1]


def _host(to: str) -> str:
    return to.rpartition("@")[2].lower()


def _key(parcel: Parcel) -> Key:
    return parcel.carrier, parcel.number, parcel.counts


def _rest(times: int) -> float:
    return FIRST_REST * (1 << min(times, MOST_DOUBLINGS))


def _bound(hosts: dict[str, None] | dict[str, tuple[int, float]]) -> None:
    if len(hosts) > MOST_HOSTS:
        del hosts[next(iter(hosts))]
