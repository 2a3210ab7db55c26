"""What one short connection may carry, and when the next may be opened; pure.

Nobody in user space sees packets, so they are reckoned, each time as the larger number
(spec/carriers.md, "Short bursts").
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

MOST_PACKETS: Final = 18
MOST_BYTES: Final = 10_000

SEGMENT: Final = 1_360
"""Bytes of a full packet."""

ASKING_HEAD: Final = 750
"""The head of a request, of HTTP and of the record."""

ANSWER_HEAD: Final = 350
AT_ONCE: Final = 2


class Opening(Enum):
    """How a connection began: the packets and bytes that it took until it could ask."""

    PLAIN = (3, 0)
    RESUMED = (10, 4_700)
    FULL = (13, 7_700)

    @property
    def packets(self) -> int:
        """Packets, with the acknowledgements."""
        return self.value[0]

    @property
    def octets(self) -> int:
        """Bytes in both directions."""
        return self.value[1]


def largest_piece(opening: Opening) -> int:
    """How much one request may send, or be answered, on a connection of its own."""
    other_way = with_acknowledgements(1)
    left = MOST_PACKETS - opening.packets - other_way
    packets = 1
    while with_acknowledgements(packets + 1) <= left:
        packets += 1
    octets = MOST_BYTES - opening.octets - ASKING_HEAD - ANSWER_HEAD
    return min(packets * SEGMENT - ASKING_HEAD, octets)


def with_acknowledgements(packets: int) -> int:
    """How many there are with the acknowledgements: one for every two, or for one."""
    return packets + -(-packets // 2)


class Pacer:
    """When connections to one name may be opened: two at once, then one each pause.

    Args:
        pause: seconds between two, at least.
        spread: seconds that chance may add.
        chance: from 0 to 1.
    """

    def __init__(
        self, pause: float, spread: float, chance: Callable[[], float]
    ) -> None:
        self._pause, self._spread, self._chance = pause, spread, chance
        self._due = float("-inf")

    def next(self, now: float) -> float:
        """Take the next turn: when it comes."""
        when = max(now, self._due - self._pause)
        self._due = max(self._due, when) + self._pause + self._spread * self._chance()
        return when
