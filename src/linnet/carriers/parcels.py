"""Parcels: what carriers by mail and by folder are made of (spec/parcels.md).

Pure bytes, for both sides; knows nothing of drops.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from hmac import digest
from struct import Struct
from typing import Final

from linnet.errors import Malformed
from linnet.wire.fields import Fields

CARRIER_BYTES: Final = 16
MOST_MESSAGES_BYTES: Final = 65_600
"""Of a parcel, lengths included; one message of the largest size fits."""

_HEAD: Final = Struct(">16sBII")
LARGEST_PARCEL: Final = _HEAD.size + MOST_MESSAGES_BYTES
_TAG_BYTES: Final = 12
_LABEL: Final = b"linnet parcels v1"
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_LAST: Final = 2
_UNKNOWN: Final = 5


class Side(IntEnum):
    """Who sends."""

    CLIENT = 1
    RELAY = 2

    @property
    def other(self) -> "Side":
        """Who receives."""
        return Side.RELAY if self is Side.CLIENT else Side.CLIENT


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel.

    Attributes:
        number: of those that count, which; or which the next will be.
        received: how many of the other side's were taken.
        is_last: whether nothing follows.
        is_unknown: whether its sender does not know the carrier at all.
    """

    carrier: bytes = field(repr=False)
    side: Side
    number: int
    received: int
    messages: tuple[bytes, ...] = field(default=(), repr=False)
    is_last: bool = False
    is_unknown: bool = False

    @property
    def counts(self) -> bool:
        """Whether it has a number of its own."""
        return bool(self.messages) or self.is_last

    def pack(self) -> bytes:
        """Write the parcel."""
        kind = self.side + (_LAST if self.is_last else 0)
        if self.is_unknown:
            kind = _UNKNOWN
        head = _HEAD.pack(self.carrier, kind, self.number, self.received)
        parts = [len(one).to_bytes(2) + one for one in self.messages]
        return head + b"".join(parts)

    @classmethod
    def read(cls, data: bytes) -> "Parcel":
        """Read a parcel.

        Raises:
            Malformed: it is none.
        """
        if len(data) > LARGEST_PARCEL:
            raise Malformed("A parcel is larger than any may be.")
        fields = Fields(data)
        carrier, kind = fields.take(CARRIER_BYTES), fields.number(1)
        if not 1 <= kind <= _UNKNOWN:
            raise Malformed("A parcel is of a kind that does not exist.")
        number, received = fields.number(4), fields.number(4)
        if kind == _UNKNOWN:
            fields.finish()
            return cls(carrier, Side.RELAY, number, received, (), is_unknown=True)
        is_last = kind > _LAST
        side = Side(kind - _LAST if is_last else kind)
        messages = []
        while not fields.is_done:
            messages.append(fields.sized(2))
        return cls(carrier, side, number, received, tuple(messages), is_last)


def tag(carrier: bytes, side: Side) -> str:
    """How the names of one side's parcels begin: 24 hexadecimal digits."""
    made = bytearray(digest(carrier, _LABEL + bytes([side]), sha256)[:_TAG_BYTES])
    made[0] = made[0] & 0x7F | (0x80 if side is Side.RELAY else 0)
    return made.hex()


def name(tag: str, count: int) -> str:
    """What the parcel is called that was put after ``count`` others of a tag."""
    return f"{tag}{count:08x}"


def side_of(name: str) -> Side | None:
    """Whose parcel has that name; ``None`` where it is no parcel's."""
    if not _NAME.fullmatch(name):
        return None
    return Side.RELAY if int(name[0], 16) & 8 else Side.CLIENT
