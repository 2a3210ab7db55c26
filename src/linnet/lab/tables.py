"""What a box keeps for each flow, client or key, and drops when that is silent."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from linnet.lab.flows import FORGET_AFTER

MOST_ROWS = 65_536
"""Rows after which the one that was silent longest goes, as a box is finite."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Table(Generic[K, V]):
    """Rows by key; one that nobody asked for in so many seconds is gone."""

    def __init__(self, seconds: float = FORGET_AFTER) -> None:
        self._seconds = seconds
        self._rows: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def find(self, key: K, now: float) -> V | None:
        """Return a key's row, which is then kept on; None where there is none."""
        self._forget(now)
        if key not in self._rows:
            return None
        return self.put(key, self._rows[key][1], now)

    def put(self, key: K, row: V, now: float) -> V:
        """Keep a row from now on, and return it."""
        self._rows[key] = now, row
        self._rows.move_to_end(key)
        return row

    def _forget(self, now: float) -> None:
        while self._rows:
            key, (asked, _) = next(iter(self._rows.items()))
            if len(self._rows) <= MOST_ROWS and now - asked < self._seconds:
                return
            del self._rows[key]
