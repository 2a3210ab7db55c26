"""Questions to name servers and their answers, as messages over UDP (RFC 1035 §4).

What a record holds is left as it came, but for its length: a name inside it that was
written as a pointer means nothing outside the message.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Self

from linnet.errors import LocalError, Malformed

PORT = 53
MOST_RECORDS = 256
"""Questions and records that a message may have together."""

_HEADER = Struct("!6H")
_NAME, _LABEL = 255, 63
_JUMPS = _NAME // 2
"""A name has no more labels, so no more parts."""

_ANSWERS, _DESIRED, _AVAILABLE = 0x8000, 0x0100, 0x0080
_OF_AUTHORITY, _CUT = 0x0400, 0x0200
_AT_THE_QUESTION = b"\xc0\x0c"
_INTERNET = 1

Labels = tuple[bytes, ...]


class Kind(IntEnum):
    """What is asked for (IANA's resource record types); others are read as well."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    TXT = 16
    AAAA = 28
    OPT = 41
    HTTPS = 65


class Code(IntEnum):
    """What a name server says of a question (RFC 1035 §4.1.1)."""

    FINE = 0
    UNREADABLE = 1
    FAILED = 2
    NO_SUCH_NAME = 3
    NOT_DONE_HERE = 4
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a name."""

    labels: Labels
    kind: int
    family: int = _INTERNET

    @property
    def name(self) -> str:
        """The name in lower case, without a dot at its end."""
        return b".".join(self.labels).decode("latin-1").lower()


@dataclass(frozen=True, slots=True)
class Record:
    """What is said of a name, to be believed for so many seconds."""

    labels: Labels
    kind: int
    seconds: int
    data: bytes
    family: int = _INTERNET

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The address that it holds, if it holds one."""
        if self.kind == Kind.A and len(self.data) == 4:
            return IPv4Address(self.data)
        if self.kind == Kind.AAAA and len(self.data) == 16:
            return IPv6Address(self.data)
        return None


@dataclass(frozen=True, slots=True)
class Message:
    """A query or an answer; `flags` are the header's second word."""

    number: int
    flags: int
    questions: tuple[Question, ...]
    answers: tuple[Record, ...] = ()
    authorities: tuple[Record, ...] = ()
    extras: tuple[Record, ...] = ()

    @classmethod
    def asking(cls, name: str, kind: Kind, number: int) -> Self:
        """Ask a resolver for what is said of a name.

        Raises:
            LocalError: it is no name.
        """
        return cls(number, _DESIRED, (Question(split(name), kind),))

    @classmethod
    def read(cls, data: bytes, most: int = MOST_RECORDS) -> Self:
        """Read a message; what follows it is left alone.

        Raises:
            Malformed: it is none, or has more questions and records than `most`.
        """
        octets = _Octets(data)
        number, flags, *counts = _HEADER.unpack(octets.take(_HEADER.size))
        if sum(counts) > most:
            raise Malformed("A message about names holds too many records.")
        questions = tuple(octets.question() for _ in range(counts[0]))
        rest = (tuple(octets.record() for _ in range(n)) for n in counts[1:])
        return cls(number, flags, questions, *rest)

    def pack(self) -> bytes:
        """Write the message; a record of the name that was asked for points at it."""
        sections = (self.questions, self.answers, self.authorities, self.extras)
        head = _HEADER.pack(self.number, self.flags, *map(len, sections))
        asked = b"".join(_packed(one) for one in self.questions)
        named = self.questions[0].labels if self.questions else ()
        said = b"".join(_packed(one, named) for part in sections[1:] for one in part)
        return head + asked + said

    @property
    def is_answer(self) -> bool:
        """Whether it answers rather than asks."""
        return bool(self.flags & _ANSWERS)

    @property
    def is_cut(self) -> bool:
        """Whether the answer was too long for how it was asked for."""
        return bool(self.flags & _CUT)

    @property
    def is_plain_query(self) -> bool:
        """Whether it asks about names, and does nothing else (RFC 1035 §4.1.1)."""
        return not self.flags >> 11

    @property
    def code(self) -> int:
        """What it says of the question; see `Code`."""
        return self.flags & 15

    def answered(
        self, code: Code = Code.FINE, answers: tuple[Record, ...] = ()
    ) -> Self:
        """The answer of a resolver to this query."""
        flags = _ANSWERS | self.flags & _DESIRED | _AVAILABLE | code
        return replace(self, flags=flags, answers=answers, authorities=(), extras=())

    def settled(
        self,
        code: Code = Code.FINE,
        answers: tuple[Record, ...] = (),
        authorities: tuple[Record, ...] = (),
        extras: tuple[Record, ...] = (),
    ) -> Self:
        """The answer of whom the zone belongs to."""
        opcode = self.flags & 0x7800
        flags = _ANSWERS | opcode | _OF_AUTHORITY | self.flags & _DESIRED | code
        return replace(
            self, flags=flags, answers=answers, authorities=authorities, extras=extras
        )

    def cut(self) -> Self:
        """The same answer without what it says: ask again by TCP."""
        return replace(self, flags=self.flags | _CUT, answers=(), authorities=())


def address_record(
    labels: Labels, address: IPv4Address | IPv6Address, seconds: int
) -> Record:
    """Say that a name is at an address."""
    kind = Kind.A if address.version == 4 else Kind.AAAA
    return Record(labels, kind, seconds, address.packed)


class _Octets:
    """A message that is read from the front; names may point back into it."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise Malformed("A message about names is cut short.")
        self._at += count
        return taken

    def number(self, octets: int) -> int:
        return int.from_bytes(self.take(octets))

    def question(self) -> Question:
        return Question(self.labels(), self.number(2), self.number(2))

    def record(self) -> Record:
        labels, kind, family = self.labels(), self.number(2), self.number(2)
        seconds, data = self.number(4), self.take(self.number(2))
        return Record(labels, kind, seconds, data, family)

    def labels(self) -> Labels:
        found: list[bytes] = []
        length, jumps, begins, after = 1, 0, self._at, None
        while size := self.number(1):
            if size <= _LABEL:
                found.append(self.take(size))
                length += 1 + size
            else:
                target, jumps = self._pointer(size), jumps + 1
                after = after or self._at
                # Each part must lie before the last: who points in a circle cannot.
                if target >= begins:
                    raise Malformed("A name points at no earlier one.")
                self._at = begins = target
            if length > _NAME or jumps > _JUMPS:
                raise Malformed("A name is too long.")
        self._at = after or self._at
        return tuple(found)

    def _pointer(self, size: int) -> int:
        if size < 0xC0:
            raise Malformed("A label of a name is of no known form.")
        return (size & 63) << 8 | self.number(1)


def write_name(labels: Labels) -> bytes:
    """Write a name in full."""
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def _packed(one: Question | Record, asked: Labels = ()) -> bytes:
    is_asked = asked and one.labels == asked
    name = _AT_THE_QUESTION if is_asked else write_name(one.labels)
    head = name + one.kind.to_bytes(2) + one.family.to_bytes(2)
    if isinstance(one, Question):
        return head
    return head + one.seconds.to_bytes(4) + len(one.data).to_bytes(2) + one.data


def split(name: str) -> Labels:
    """The labels of a name.

    Raises:
        LocalError: it is none.
    """
    try:
        labels = tuple(part.encode("ascii") for part in name.split(".")) if name else ()
    except UnicodeEncodeError:
        labels = (b"",)
    if any(not 1 <= len(label) <= _LABEL for label in labels) or len(name) > 253:
        raise LocalError("This is no name that can be asked for.")
    return labels
