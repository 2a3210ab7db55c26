"""What a relay answers and tells: bytes to values and back (spec/wire.md §3-6)."""

from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from typing import ClassVar, Self

from linnet.errors import Malformed
from linnet.ids import EnvelopeId, Epoch, Handle, RequestNumber, Sequence
from linnet.wire.fields import Bodiless, Fields, u8, u16, u32, u64
from linnet.wire.limits import PUSH_KEY_SIZE
from linnet.wire.requests import read_data, read_flags

DELIVER = 0xC0
APPENDED = 0x83
APPENDED_ENTRY = Struct(">IQQ")
"""Request number, sequence and time of one acknowledged append."""

ENVELOPE_HEAD = Struct(">QQQ16sI")
"""Sequence, epoch, time, id and data length, in front of an envelope's data."""

NOT_A_REPLY = RequestNumber(0)
"""The number in messages that answer nothing; clients number from 1."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One entry of a stream, as a reader gets it; no data means it was erased."""

    sequence: Sequence
    epoch: Epoch
    time_ms: int
    envelope: EnvelopeId
    data: bytes = field(repr=False)

    def pack(self) -> bytes:
        """Write the entry."""
        head = ENVELOPE_HEAD.pack(
            self.sequence, self.epoch, self.time_ms, self.envelope, len(self.data)
        )
        return head + self.data

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the entry."""
        sequence, epoch, time_ms, envelope, length = ENVELOPE_HEAD.unpack(
            fields.take(ENVELOPE_HEAD.size)
        )
        return cls(sequence, epoch, time_ms, envelope, fields.take(length))


@dataclass(frozen=True, slots=True)
class Done(Bodiless):
    """The request was carried out, durably."""

    TYPE: ClassVar[int] = 0x80


@dataclass(frozen=True, slots=True)
class RefusedReply:
    """The request was refused and changed nothing."""

    TYPE: ClassVar[int] = 0x81

    code: int
    detail: int = 0

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u8(self.code) + u64(self.detail)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(fields.number(1), fields.number(8))


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream is open; ``ends`` is where the handle's epoch ended, or 0."""

    TYPE: ClassVar[int] = 0x82

    handle: Handle
    epoch: Epoch
    first: Sequence
    head: Sequence
    ends: Sequence

    def body(self) -> bytes:
        """Write the fields behind the header."""
        places = u64(self.first) + u64(self.head) + u64(self.ends)
        return u32(self.handle) + u64(self.epoch) + places

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, epoch = Handle(fields.number(4)), Epoch(fields.number(8))
        first, head, ends = (Sequence(fields.number(8)) for _ in range(3))
        return cls(handle, epoch, first, head, ends)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One append is on the relay's disk."""

    number: RequestNumber
    sequence: Sequence
    time_ms: int


@dataclass(frozen=True, slots=True)
class Appended:
    """Appends are on the relay's disk; the header's number is the first receipt's."""

    TYPE: ClassVar[int] = APPENDED

    receipts: tuple[Receipt, ...]

    def body(self) -> bytes:
        """Write the fields behind the type, beginning with the first number."""
        return b"".join(
            APPENDED_ENTRY.pack(one.number, one.sequence, one.time_ms)
            for one in self.receipts
        )

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the type, beginning with the first number."""
        data = fields.rest()
        if not data or len(data) % APPENDED_ENTRY.size:
            raise Malformed("A message of receipts has an impossible length.")
        return cls(tuple(Receipt(*one) for one in APPENDED_ENTRY.iter_unpack(data)))


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The session follows the stream; the backlog up to ``head`` comes next."""

    TYPE: ClassVar[int] = 0x84

    first: Sequence
    head: Sequence

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u64(self.first) + u64(self.head)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Sequence(fields.number(8)), Sequence(fields.number(8)))


@dataclass(frozen=True, slots=True)
class Envelopes:
    """One reply's worth of a stream, and where it ends."""

    TYPE: ClassVar[int] = 0x85

    head: Sequence
    envelopes: tuple[Envelope, ...]

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u64(self.head) + b"".join(one.pack() for one in self.envelopes)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        head, found = Sequence(fields.number(8)), []
        while not fields.is_done:
            found.append(Envelope.read(fields))
        return cls(head, tuple(found))


@dataclass(frozen=True, slots=True)
class ShelfState:
    """How many key packages are left to claim, the last resort not counted."""

    TYPE: ClassVar[int] = 0x86

    count: int
    has_last_resort: bool

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u16(self.count) + u8(self.has_last_resort)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(fields.number(2), read_flags(fields, 1) != 0)


@dataclass(frozen=True, slots=True)
class Package:
    """One key package, which nobody else gets unless it is the last resort."""

    TYPE: ClassVar[int] = 0x87

    is_last_resort: bool
    package: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u8(self.is_last_resort) + self.package

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(read_flags(fields, 1) != 0, read_data(fields))


@dataclass(frozen=True, slots=True)
class BlobState:
    """How much of a blob is on the relay's disk."""

    TYPE: ClassVar[int] = 0x88

    held: int
    size: int

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u64(self.held) + u64(self.size)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(fields.number(8), fields.number(8))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a complete blob; empty when it was asked for at the end."""

    TYPE: ClassVar[int] = 0x89

    offset: int
    size: int
    data: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u64(self.offset) + u64(self.size) + self.data

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(fields.number(8), fields.number(8), fields.rest())


class Mode(IntEnum):
    """Whom a relay serves."""

    OPEN = 0
    INVITE = 1
    CLOSED = 2


class PassState(IntEnum):
    """What a relay makes of the pass a session was opened with."""

    NONE = 0
    VALID = 1
    UNKNOWN = 2
    EXPIRED = 3


@dataclass(frozen=True, slots=True)
class Grants:
    """What the relay is, what it grants anyone, and what the session's pass leaves."""

    TYPE: ClassVar[int] = 0x8A

    mode: Mode
    max_envelope: int
    max_ephemeral: int
    max_blob: int
    max_package: int
    max_packages: int
    max_handles: int
    max_subscriptions: int
    retention_seconds: int
    max_retention_seconds: int
    pass_state: PassState = PassState.NONE
    pass_expires: int = 0
    streams_left: int = 0
    bytes_left: int = 0

    LAYOUT: ClassVar[Struct] = Struct(">BIIQIHIIIIBQIQ")

    def body(self) -> bytes:
        """Write the fields behind the header."""
        sizes = (self.max_envelope, self.max_ephemeral, self.max_blob)
        shelf = (self.max_package, self.max_packages)
        session = (self.max_handles, self.max_subscriptions)
        kept = (self.retention_seconds, self.max_retention_seconds)
        left = (self.pass_expires, self.streams_left, self.bytes_left)
        parts = (self.mode, *sizes, *shelf, *session, *kept, self.pass_state, *left)
        return self.LAYOUT.pack(*parts)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        mode, *limits = cls.LAYOUT.unpack(fields.take(cls.LAYOUT.size))
        if mode not in set(Mode) or limits[9] not in set(PassState):
            raise Malformed("A relay describes itself with an unknown word.")
        limits[9] = PassState(limits[9])
        return cls(Mode(mode), *limits)


@dataclass(frozen=True, slots=True)
class PushGrants:
    """Under which key the relay pushes, and for how long at a time (§9.1)."""

    TYPE: ClassVar[int] = 0x8B

    key: bytes
    max_seconds: int

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.key + u32(self.max_seconds)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(fields.take(PUSH_KEY_SIZE), fields.number(4))
