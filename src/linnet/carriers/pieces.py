"""Requests by which a carrier goes in pieces, to bytes and back (spec/session.md §8.4).

The messages of each direction, each after its length, are one stream of bytes, and a
request carries or asks for any piece of it: a road may let less through than a message.
Pure bytes, for both sides.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from typing import Final

from linnet.carriers.polls import CARRIER_BYTES, LARGEST_BODY, Poll
from linnet.errors import Malformed
from linnet.wire.fields import Fields

LAST_PLACE: Final = 2**32 - 1
_HEAD: Final = Struct(">16sBI")


class PieceKind(IntEnum):
    """What a request wants."""

    PUT = 4
    TAKE = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """One request; ``place`` counts the bytes sent, or received, before it.

    Attributes:
        data: what a PUT brings.
        most: how many bytes a TAKE wants at most.
    """

    carrier: bytes = field(repr=False)
    kind: PieceKind
    place: int
    data: bytes = field(default=b"", repr=False)
    most: int = 0

    def pack(self) -> bytes:
        """Write the body."""
        head = _HEAD.pack(self.carrier, self.kind, self.place)
        return head + (
            self.data if self.kind is PieceKind.PUT else self.most.to_bytes(2)
        )

    @classmethod
    def read(cls, body: bytes) -> "Piece":
        """Read a body.

        Raises:
            Malformed: it is none.
        """
        if len(body) > LARGEST_BODY:
            raise Malformed("A request is larger than any may be.")
        fields = Fields(body)
        carrier, kind = fields.take(CARRIER_BYTES), fields.number(1)
        place = fields.number(4)
        if kind == PieceKind.PUT:
            return cls(carrier, PieceKind.PUT, place, fields.rest())
        most = fields.number(2)
        if kind != PieceKind.TAKE or not most or not fields.is_done:
            raise Malformed("A request is of a kind that does not exist.")
        return cls(carrier, PieceKind.TAKE, place, most=most)


def read_request(body: bytes) -> Poll | Piece:
    """Read the body of any request of a carrier.

    Raises:
        Malformed: it is none.
    """
    if body[CARRIER_BYTES : CARRIER_BYTES + 1] in {b"\4", b"\5"}:
        return Piece.read(body)
    return Poll.read(body)


class Joiner:
    """Puts the messages of a stream together again; never holds more than one."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take a piece; the messages that are whole now."""
        rest, at = self._rest + data, 0
        messages = []
        while len(rest) - at >= 2:
            end = at + 2 + int.from_bytes(rest[at : at + 2])
            if end > len(rest):
                break
            messages.append(rest[at + 2 : end])
            at = end
        self._rest = rest[at:]
        return messages
