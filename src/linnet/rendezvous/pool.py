"""Proxies that volunteers give: some in use, some held back, some blocked."""

from typing import NewType

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

    def give(self, count: int) -> None:
        """Take in so many new ones."""
        fresh = range(self._count, self._count + count)
        self._free.extend(map(ProxyId, fresh))
        self._count += count

    def take(self, *, in_need: bool) -> ProxyId | None:
        """Take an unused one; of what is held back only for who is in need."""
        held = 0 if in_need else self._count // HELD_BACK
        return self._free.pop(0) if len(self._free) > held else None

    @property
    def all_given(self) -> range:
        """Every proxy that was ever taken in, by its number."""
        return range(self._count)

    @property
    def unused(self) -> int:
        """How many nobody was told of."""
        return len(self._free)
