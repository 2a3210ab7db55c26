"""The requests a carrier can be made of, to bytes and back (spec/session.md §8.4).

Pure bytes, for both sides; knows nothing of HTTP or connections.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from typing import Final

from linnet.errors import Malformed
from linnet.wire.fields import Fields

CARRIER_BYTES: Final = 16
LARGEST_BODY: Final = 65_600
"""Of a request; one message of the largest size fits."""

LARGEST_ANSWER: Final = 131_072
FIRST_ROOM: Final = 4_096
"""What goes into the first body; each that came doubles it. A road that is cut after a
few kilobytes still lets something through."""

HANG_SECONDS: Final = 25.0
"""How long a relay lets a FETCH wait for something to come."""

_HEAD: Final = Struct(">16sBI")
HEAD_BYTES: Final = _HEAD.size
"""What the body of a request holds beside messages."""


class Kind(IntEnum):
    """What a request wants."""

    SEND = 1
    FETCH = 2
    LEAVE = 3


@dataclass(frozen=True, slots=True)
class Poll:
    """One request; ``number`` counts the messages sent, or received, before it."""

    carrier: bytes = field(repr=False)
    kind: Kind
    number: int
    messages: tuple[bytes, ...] = field(default=(), repr=False)

    def pack(self) -> bytes:
        """Write the body."""
        head = _HEAD.pack(self.carrier, self.kind, self.number)
        return head + pack_messages(self.messages)

    @classmethod
    def read(cls, body: bytes) -> "Poll":
        """Read a body.

        Raises:
            Malformed: it is none.
        """
        if len(body) > LARGEST_BODY:
            raise Malformed("A request is larger than any may be.")
        fields = Fields(body)
        carrier, kind = fields.take(CARRIER_BYTES), fields.number(1)
        number = fields.number(4)
        messages = _read(fields)
        if kind not in set(Kind) or (messages and kind != Kind.SEND):
            raise Malformed("A request is of a kind that does not exist.")
        if kind == Kind.LEAVE and number:
            raise Malformed("A request counts what is not counted.")
        return cls(carrier, Kind(kind), number, messages)


def pack_messages(messages: Iterable[bytes]) -> bytes:
    """Write the body of an answer: each message after its length."""
    return b"".join([len(one).to_bytes(2, "big") + one for one in messages])


def read_messages(body: bytes) -> tuple[bytes, ...]:
    """Read the body of an answer.

    Raises:
        Malformed: it is none.
    """
    if len(body) > LARGEST_ANSWER:
        raise Malformed("An answer is larger than any may be.")
    return _read(Fields(body))


class Room:
    """How much goes into a body: more each time, little again after a failure."""

    __slots__ = ("_ceiling", "_most", "_now")

    def __init__(self, most: int) -> None:
        self._most = self._ceiling = most
        self._now = FIRST_ROOM

    def grow(self) -> None:
        """What was put into the last body has come."""
        self._now = min(2 * self._now, self._ceiling)

    def shrink(self) -> None:
        """It was lost: whoever cuts this road does so at about this size."""
        self._ceiling = max(FIRST_ROOM, self._now // 2)
        self._now = FIRST_ROOM

    def portion(self, messages: Iterable[bytes]) -> tuple[bytes, ...]:
        """As many of the messages as there is room for, at least one."""
        taken: list[bytes] = []
        left = self._now
        for one in messages:
            left -= 2 + len(one)
            if left < 0 and taken:
                break
            taken.append(one)
        return tuple(taken)


def _read(fields: Fields) -> tuple[bytes, ...]:
    messages = []
    while not fields.is_done:
        messages.append(fields.sized(2))
    return tuple(messages)
