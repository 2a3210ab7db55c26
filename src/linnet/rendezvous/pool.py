"""Proxies that volunteers give: some in use, some held back, some blocked."""

from collections.abc import Iterable
from typing import NewType, Self

ProxyId = NewType("ProxyId", int)

HELD_BACK = 10
"""One of so many is held back until others were blocked (rBridge, NDSS 2013)."""


class Pool:
    """All proxies that there ever were."""

    def __init__(self) -> None:
        """Begin with none."""
        self.blocked: set[ProxyId] = set()
        self._free: list[ProxyId] = []
        self._count = 0

    @classmethod
    def of(cls, count: int, free: Iterable[ProxyId], blocked: set[ProxyId]) -> Self:
        """The proxies as they stood: how many ever, which are unused, which fell."""
        pool = cls()
        pool._count, pool._free, pool.blocked = count, list(free), blocked
        return pool

    def give(self, count: int) -> None:
        """Take in so many new ones."""
        fresh = range(self._count, self._count + count)
        self._free.extend(map(ProxyId, fresh))
        self._count += count

    def take(self, *, in_need: bool) -> ProxyId | None:
        """Take an unused one; of what is held back only for who is in need."""
        held = 0 if in_need else self._count // HELD_BACK
        return self._free.pop(0) if len(self._free) > held else None

    def lose(self, proxy: ProxyId) -> None:
        """Take in that one was blocked, be it in use or not."""
        self.blocked.add(proxy)
        self._free = [one for one in self._free if one != proxy]

    @property
    def all_given(self) -> range:
        """Every proxy that was ever taken in, by its number."""
        return range(self._count)

    @property
    def free(self) -> tuple[ProxyId, ...]:
        """Those nobody was told of, in the order in which they will be given."""
        return tuple(self._free)

    @property
    def unused(self) -> int:
        """How many nobody was told of."""
        return len(self._free)
