"""How often a client may dial (spec/carriers.md §5): counted, never slept.

One budget serves all the links of a client, because an onlooker counts a machine's
connections and not its relays.
"""

from collections import deque
from typing import Final

from linnet.carriers.ways import Way

MOST_DIALS: Final = 30
DIALS_SECONDS: Final = 60.0

MOST_DIALS_TO_A_NAME: Final = 3
NAME_SECONDS: Final = 10.0

MOST_LOCAL_DIALS: Final = 600
"""On this machine nobody counts; a loop that went wrong is bounded all the same."""


class Budget:
    """The dials of the last minute."""

    def __init__(self) -> None:
        self._abroad = _Window(MOST_DIALS, DIALS_SECONDS)
        self._here = _Window(MOST_LOCAL_DIALS, DIALS_SECONDS)
        self._names: dict[str, _Window] = {}

    def free_at(self, way: Way, now: float) -> float:
        """When a way may be dialled, as far as is known now; not before ``now``."""
        return max(one.free_at(way.connections, now) for one in self._windows(way, now))

    def spend(self, way: Way, now: float) -> None:
        """Note that a way is dialled now."""
        for window in self._windows(way, now):
            window.spend(way.connections, now)

    def _windows(self, way: Way, now: float) -> list["_Window"]:
        if way.is_local:
            return [self._here]
        if not way.name:
            return [self._abroad]
        if way.name not in self._names:
            # Names come from links, which strangers write: keep those that matter.
            used = self._names.items()
            self._names = {name: one for name, one in used if not one.is_empty(now)}
            self._names[way.name] = _Window(MOST_DIALS_TO_A_NAME, NAME_SECONDS)
        return [self._abroad, self._names[way.name]]


class _Window:
    """At most so many in any span of so many seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque()

    def free_at(self, count: int, now: float) -> float:
        self._forget(now)
        excess = len(self._times) + count - self._most
        return now if excess <= 0 else self._times[excess - 1] + self._seconds

    def spend(self, count: int, now: float) -> None:
        self._forget(now)
        self._times.extend([now] * count)

    def is_empty(self, now: float) -> bool:
        self._forget(now)
        return not self._times

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] + self._seconds <= now:
            self._times.popleft()
