"""A hatch for each person who comes by requests.

What somebody sends by one path must not reach a carrier that was begun by another's.
"""

from typing import Protocol

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.hatch import Hatch


class Hall(Protocol):
    """What is around all hatches."""

    def now(self) -> float:
        """The time by which deadlines are kept."""

    def visitor(self, whose: bytes) -> CarrierUser:
        """Someone to receive what a new carrier on a path brings."""

    def entered(self, carrier: Carrier) -> None:
        """A carrier is there, and its user is a stranger yet."""


class Hatches:
    """The hatches of one port, by whose path they are; ``len`` counts carriers."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._hatches: dict[bytes, Hatch] = {}

    def __len__(self) -> int:
        return sum(map(len, self._hatches.values()))

    def of(self, whose: bytes) -> Hatch:
        """The hatch of a person."""
        hatch = self._hatches.get(whose)
        if hatch is None:
            hatch = self._hatches[whose] = Hatch(_Room(self._hall, whose))
        return hatch

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        for whose, hatch in list(self._hatches.items()):
            hatch.tend(now)
            if not len(hatch):
                del self._hatches[whose]

    def close(self) -> None:
        """End every carrier at once."""
        for hatch in self._hatches.values():
            hatch.close()


class _Room:
    """What is around the hatch of one person."""

    def __init__(self, hall: Hall, whose: bytes) -> None:
        self._hall = hall
        self._whose = whose

    def now(self) -> float:
        return self._hall.now()

    def visitor(self) -> CarrierUser:
        return self._hall.visitor(self._whose)

    def entered(self, carrier: Carrier) -> None:
        self._hall.entered(carrier)
