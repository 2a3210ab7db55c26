"""Numbers that both halves of a TCP connection share, and what a segment holds."""

from dataclasses import dataclass
from typing import Final

MSS: Final = 1_460
"""Octets of payload in a whole segment: an Ethernet frame without both headers."""

MOST_WINDOW: Final = 65_535
"""What a receiver can offer without scaling, which this TCP does not do."""

_MODULUS: Final = 2**32


@dataclass(frozen=True, slots=True)
class Segment:
    """Part of a stream: `position` counts from 0, the SYN's; data begins at 1."""

    position: int
    data: bytes = b""
    opens: bool = False
    ends: bool = False
    is_last: bool = False
    """Whether nothing else waited to be sent: PSH."""

    @property
    def after(self) -> int:
        """The position behind it, SYN and FIN counted."""
        return self.position + len(self.data) + self.opens + self.ends


def wrap(first: int, position: int) -> int:
    """Return the sequence number of a position, where position 0 has `first`."""
    return (first + position) % _MODULUS


def unwrap(first: int, sequence: int, near: int) -> int:
    """Return the position that a sequence number means, within 2^31 of `near`."""
    distance = (sequence - first - near + _MODULUS // 2) % _MODULUS - _MODULUS // 2
    return near + distance
