"""Bags as they are carried: a file, or parts for QR codes (spec/bags.md §5 and §6).

Any bytes or text give a value or ``Malformed``, in time linear in their length.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from linnet.errors import Malformed
from linnet.wire.errands import ID_BYTES
from linnet.wire.fields import Fields, u8, u16
from linnet.wire.limits import MAX_MESSAGE
from linnet.wire.links import RelayDescriptor

MAGIC: Final = b"LINNETBAG"
VERSION: Final = 1
CHECKSUM_BYTES: Final = 8
MOST_ENTRIES: Final = 64
LARGEST: Final = 4 << 20
ERRANDS, ANSWERS = 1, 2

SCHEME: Final = "LINNETBAG:"
PIECE: Final = 384
MOST_PARTS: Final = 2_048
_NAME: Final = 4
_LONGEST: Final = 8 * (PIECE + 16) // 5
_PART: Final = re.compile(rf"{SCHEME}([A-Z2-7]+)", re.IGNORECASE | re.ASCII)

_DAMAGED = "This bag is damaged: part of it is missing or changed. Nothing was done."


@dataclass(frozen=True, slots=True)
class ToCarry:
    """An errand, and the relay it is for."""

    relay: RelayDescriptor = field(repr=False)
    sealed: bytes = field(repr=False)

    def pack(self) -> bytes:
        """Write the entry."""
        relay = self.relay.pack()
        return u16(len(relay)) + relay + u16(len(self.sealed)) + self.sealed


@dataclass(frozen=True, slots=True)
class Letter:
    """What is for members of a conversation who are met; no relay takes it."""

    sealed: bytes = field(repr=False)

    def pack(self) -> bytes:
        """Write the entry: it names no relay."""
        return u16(0) + u16(len(self.sealed)) + self.sealed


def _read_packed(fields: Fields) -> "ToCarry | Letter":
    relay = fields.sized(2)
    if not relay:
        return Letter(_sealed(fields))
    inner = Fields(relay)
    descriptor = RelayDescriptor.read(inner)
    inner.finish()
    return ToCarry(descriptor, _sealed(fields))


@dataclass(frozen=True, slots=True)
class Carried:
    """What a relay answered to an errand: sealed for its maker, or a refusal."""

    errand: bytes
    refusal: int
    answer: bytes = field(repr=False)

    def pack(self) -> bytes:
        """Write the entry."""
        answer = u16(len(self.answer)) + self.answer
        return self.errand + u8(self.refusal) + answer

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the entry.

        Raises:
            Malformed: it holds an answer that is also a refusal, or neither.
        """
        errand, refusal = fields.take(ID_BYTES), fields.number(1)
        answer = _sealed(fields)
        if bool(refusal) == bool(answer):
            raise Malformed("A bag holds an answer that is also a refusal, or neither.")
        return cls(errand, refusal, answer)


Packed = ToCarry | Letter
Bag = tuple[Packed, ...] | tuple[Carried, ...]


def encode(bag: Bag) -> bytes:
    """Write a bag; it holds 1 to 64 entries."""
    kind = ANSWERS if isinstance(bag[0], Carried) else ERRANDS
    body = b"".join(one.pack() for one in bag)
    content = MAGIC + u8(VERSION) + u8(kind) + u16(len(bag)) + body
    return content + sha256(content).digest()[:CHECKSUM_BYTES]


def decode(data: bytes) -> Bag:
    """Read a bag.

    Raises:
        Malformed: it is none, damaged, or of another version.
    """
    if len(data) > LARGEST or not data.startswith(MAGIC):
        raise Malformed("This is no bag of Linnet's.")
    content, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if sha256(content).digest()[:CHECKSUM_BYTES] != checksum:
        raise Malformed(_DAMAGED)
    fields = Fields(content, len(MAGIC))
    if fields.number(1) != VERSION:
        raise Malformed("This bag was made by a newer version of Linnet.")
    kind, count = fields.number(1), fields.number(2)
    if not 1 <= count <= MOST_ENTRIES or kind not in (ERRANDS, ANSWERS):
        raise Malformed(_DAMAGED)
    bag: Bag
    if kind == ERRANDS:
        bag = tuple(_read_packed(fields) for _ in range(count))
    else:
        bag = tuple(Carried.read(fields) for _ in range(count))
    fields.finish()
    return bag


def parts(data: bytes) -> list[str]:
    """Cut a bag into texts, each for one QR code."""
    name = sha256(data).digest()[:_NAME]
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)]
    return [part(name, n, len(pieces), piece) for n, piece in enumerate(pieces)]


def joined(text: str) -> bytes:
    """Put a bag together from the texts of its parts, in any order.

    Raises:
        Malformed: parts are missing, damaged, or of different bags.
    """
    found: dict[int, bytes] = {}
    heads: set[tuple[bytes, int]] = set()
    for match in _PART.finditer(text):
        name, number, count, piece = _read_part(match[1])
        heads.add((name, count))
        if found.setdefault(number, piece) != piece or len(heads) > 1:
            raise Malformed("These are parts of different bags; take one bag alone.")
    if not heads:
        raise Malformed("There is no part of a bag in this.")
    name, count = heads.pop()
    missing = [str(number + 1) for number in range(count) if number not in found]
    if missing:
        raise Malformed(_missing(missing, count))
    data = b"".join(found[number] for number in range(count))
    if sha256(data).digest()[:_NAME] != name:
        raise Malformed(_DAMAGED)
    return data


def is_text(data: bytes) -> bool:
    """Whether this is rather the text of parts than a bag."""
    return not data.startswith(MAGIC + u8(VERSION))


def _missing(missing: list[str], count: int) -> str:
    shown = ", ".join(missing[:20]) + (" and more" if len(missing) > 20 else "")
    return f"Of the {count} codes of this bag these are missing: {shown}."


def part(name: bytes, number: int, count: int, piece: bytes) -> str:
    """Write one part of a bag as a text."""
    content = u8(VERSION) + name + u16(number) + u16(count) + piece
    whole = content + sha256(content).digest()[:_NAME]
    return SCHEME + base64.b32encode(whole).rstrip(b"=").decode()


def _read_part(packed: str) -> tuple[bytes, int, int, bytes]:
    padded = packed.upper() + "=" * (-len(packed) % 8)
    try:
        whole = base64.b32decode(padded) if len(packed) <= _LONGEST else b""
    except binascii.Error:
        whole = b""
    content, checksum = whole[:-_NAME], whole[-_NAME:]
    if not content or sha256(content).digest()[:_NAME] != checksum:
        raise Malformed("A code of this bag was read wrongly; scan it again.")
    fields = Fields(content)
    if fields.number(1) != VERSION:
        raise Malformed("This bag was made by a newer version of Linnet.")
    name, number, count = fields.take(_NAME), fields.number(2), fields.number(2)
    piece = fields.rest()
    is_last = number == count - 1
    if not number < count <= MOST_PARTS or not piece or len(piece) > PIECE:
        raise Malformed("A code of this bag is not what one holds.")
    if len(piece) < PIECE and not is_last:
        raise Malformed("A code of this bag is not what one holds.")
    return name, number, count, piece


def _sealed(fields: Fields) -> bytes:
    sealed = fields.sized(2)
    if len(sealed) > MAX_MESSAGE:
        raise Malformed("A bag holds something larger than any may be.")
    return sealed
