"""A stream whose pieces come in any order, more than once or not at all; pure."""

from collections.abc import Iterable
from typing import Final

Span = tuple[int, int]

MOST_HELD: Final = 128
"""Pieces that may wait for one before them."""


class Pieces:
    """Puts a stream together again.

    Args:
        window: how many bytes behind the first gap are held.

    Attributes:
        place: bytes that have come without a gap.
    """

    __slots__ = ("_held", "_window", "place")

    def __init__(self, window: int) -> None:
        self.place = 0
        self._window = window
        self._held: dict[int, bytes] = {}

    def put(self, place: int, data: bytes) -> bytes | None:
        """Take a piece: what follows without a gap now; ``None`` if it is not taken."""
        if place + len(data) > self.place + self._window:
            return None
        if place > self.place and len(self._held) >= MOST_HELD:
            return None
        if len(self._held.get(place, b"")) < len(data):
            self._held[place] = data
        return self._joined()

    def spans(self) -> list[Span]:
        """What is held behind the first gap."""
        return [(at, at + len(data)) for at, data in self._held.items()]

    def _joined(self) -> bytes:
        found = bytearray()
        for at in sorted(self._held):
            if at > self.place:
                break
            fresh = self._held.pop(at)[self.place - at :]
            self.place += len(fresh)
            found += fresh
        return bytes(found)


def first_gap(begins: int, ends: int, covered: Iterable[Span]) -> Span | None:
    """Return the first part of a span that nothing covers."""
    for start, stop in sorted(covered):
        if start > begins:
            ends = min(ends, start)
            break
        begins = max(begins, stop)
    return (begins, ends) if begins < ends else None
