"""What a box keeps in mind for a time: whom it blocks, which flows it has seen."""

from collections.abc import Hashable
from typing import Generic, TypeVar

MOST_KEPT = 65_536
"""Keys after which a box forgets the oldest, as its table is finite."""

Key = TypeVar("Key", bound=Hashable)


class Memory(Generic[Key]):
    """Keys, each kept for one number of seconds after it was last noted."""

    __slots__ = ("_noted", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._noted: dict[Key, float] = {}

    def note(self, key: Key, now: float) -> None:
        """Keep a key from now on."""
        self._noted.pop(key, None)
        self._noted[key] = now
        while self._noted:
            oldest = next(iter(self._noted))
            if len(self._noted) <= MOST_KEPT and self.holds(oldest, now):
                return
            del self._noted[oldest]

    def holds(self, key: Key, now: float) -> bool:
        """Whether a key was noted less than those seconds ago."""
        noted = self._noted.get(key)
        return noted is not None and now - noted < self._seconds
