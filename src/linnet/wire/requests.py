"""What a client asks of a relay about streams, and how any request is read.

Bytes to values and back, nothing else (spec/wire.md §3-4). The two hottest messages,
APPEND and DELIVER, also have their layout as a ``Struct`` for direct use.
"""

from dataclasses import dataclass, field
from struct import Struct
from typing import ClassVar, Self

from linnet.errors import Malformed
from linnet.ids import EnvelopeId, Epoch, Handle, RequestNumber, Sequence, StreamId
from linnet.wire.fields import Bodiless, Fields, u8, u16, u32, u64
from linnet.wire.limits import MAX_MESSAGE

HEADER = Struct(">BI")
"""Type and number, in front of every message."""

APPEND_HEAD = Struct(">BII16s")
"""Type, number, handle and envelope id; the data follows to the end."""

APPEND = 0x13
APPEND_MIN = APPEND_HEAD.size + 1

LAST_EPOCH = 2**62
"""No stream begins here or later, so that epochs fit any store's numbers."""

NO_ENVELOPE = EnvelopeId(bytes(16))
"""Stands for "no envelope yet" where a cursor is at 0."""

BEFORE_FIRST = Sequence(0)
FIRST_EPOCH = Epoch(0)

RIGHT_APPEND = 1
RIGHT_READ = 2
RIGHT_CONTROL = 4
ALL_RIGHTS = RIGHT_APPEND | RIGHT_READ | RIGHT_CONTROL

_FLAG_FENCED = 1
_FLAG_SKIP_OWN = 1


@dataclass(frozen=True, slots=True)
class About(Bodiless):
    """Ask what the relay is and what it grants."""

    TYPE: ClassVar[int] = 0x01


@dataclass(frozen=True, slots=True)
class Create:
    """Create a stream; the same request again changes nothing."""

    TYPE: ClassVar[int] = 0x10

    stream: StreamId
    append_hash: bytes = field(repr=False)
    read_hash: bytes = field(repr=False)
    control_hash: bytes = field(repr=False)
    is_fenced: bool = False
    epoch: Epoch = FIRST_EPOCH
    retention_seconds: int = 0

    def body(self) -> bytes:
        """Write the fields behind the header."""
        head = self.stream + u8(_FLAG_FENCED if self.is_fenced else 0)
        hashes = self.append_hash + self.read_hash + self.control_hash
        return head + u64(self.epoch) + u32(self.retention_seconds) + hashes

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        stream = StreamId(fields.take(16))
        is_fenced = read_flags(fields, _FLAG_FENCED) != 0
        epoch = Epoch(fields.number(8))
        retention = fields.number(4)
        if epoch and not is_fenced:
            raise Malformed("A stream without a fence begins in an epoch.")
        if epoch >= LAST_EPOCH:
            raise Malformed("A stream begins in an epoch that no group reaches.")
        return cls(
            stream=stream,
            append_hash=fields.take(32),
            read_hash=fields.take(32),
            control_hash=fields.take(32),
            is_fenced=is_fenced,
            epoch=epoch,
            retention_seconds=retention,
        )


@dataclass(frozen=True, slots=True)
class Open:
    """Open a stream with the tokens of one epoch; each token given asks its right."""

    TYPE: ClassVar[int] = 0x11

    stream: StreamId
    epoch: Epoch = FIRST_EPOCH
    append_token: bytes | None = field(default=None, repr=False)
    read_token: bytes | None = field(default=None, repr=False)
    control_token: bytes | None = field(default=None, repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        tokens = (self.append_token, self.read_token, self.control_token)
        rights = sum(1 << bit for bit, token in enumerate(tokens) if token is not None)
        given = b"".join(token for token in tokens if token is not None)
        return self.stream + u64(self.epoch) + u8(rights) + given

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        stream, epoch = StreamId(fields.take(16)), Epoch(fields.number(8))
        rights = read_flags(fields, ALL_RIGHTS)
        if not rights:
            raise Malformed("A stream is opened without any token.")
        return cls(
            stream=stream,
            epoch=epoch,
            append_token=fields.take(32) if rights & RIGHT_APPEND else None,
            read_token=fields.take(32) if rights & RIGHT_READ else None,
            control_token=fields.take(32) if rights & RIGHT_CONTROL else None,
        )


@dataclass(frozen=True, slots=True)
class Close:
    """Forget a handle and the subscription on it."""

    TYPE: ClassVar[int] = 0x12

    handle: Handle

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Handle(fields.number(4)))


@dataclass(frozen=True, slots=True)
class Append:
    """Append an envelope in the epoch of the handle."""

    TYPE: ClassVar[int] = APPEND

    handle: Handle
    envelope: EnvelopeId
    data: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + self.envelope + self.data

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, envelope = Handle(fields.number(4)), EnvelopeId(fields.take(16))
        return cls(handle, envelope, read_data(fields))


@dataclass(frozen=True, slots=True)
class Commit:
    """Append the envelope that ends the handle's epoch, with the next one's hashes."""

    TYPE: ClassVar[int] = 0x14

    handle: Handle
    envelope: EnvelopeId
    append_hash: bytes = field(repr=False)
    read_hash: bytes = field(repr=False)
    data: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        head = u32(self.handle) + self.envelope
        return head + self.append_hash + self.read_hash + self.data

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, envelope = Handle(fields.number(4)), EnvelopeId(fields.take(16))
        append_hash, read_hash = fields.take(32), fields.take(32)
        return cls(handle, envelope, append_hash, read_hash, read_data(fields))


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Follow a stream from a cursor: what is there, then what comes."""

    TYPE: ClassVar[int] = 0x15

    handle: Handle
    after: Sequence = BEFORE_FIRST
    envelope: EnvelopeId = NO_ENVELOPE
    skip_own: bool = False

    def body(self) -> bytes:
        """Write the fields behind the header."""
        flags = u8(_FLAG_SKIP_OWN if self.skip_own else 0)
        return u32(self.handle) + u64(self.after) + self.envelope + flags

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, after = Handle(fields.number(4)), Sequence(fields.number(8))
        envelope = EnvelopeId(fields.take(16))
        return cls(handle, after, envelope, read_flags(fields, _FLAG_SKIP_OWN) != 0)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Stop following; the handle stays open."""

    TYPE: ClassVar[int] = 0x16

    handle: Handle

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Handle(fields.number(4)))


@dataclass(frozen=True, slots=True)
class Read:
    """Read one reply's worth of envelopes after a cursor."""

    TYPE: ClassVar[int] = 0x17

    handle: Handle
    after: Sequence = BEFORE_FIRST
    envelope: EnvelopeId = NO_ENVELOPE
    limit: int = 0xFFFF

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + u64(self.after) + self.envelope + u16(self.limit)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, after = Handle(fields.number(4)), Sequence(fields.number(8))
        return cls(handle, after, EnvelopeId(fields.take(16)), fields.number(2))


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """Pass something to who follows the stream now; never stored, never answered."""

    TYPE: ClassVar[int] = 0x18

    handle: Handle
    data: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + self.data

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Handle(fields.number(4)), read_data(fields))


@dataclass(frozen=True, slots=True)
class Trim:
    """Forget every envelope up to and including one."""

    TYPE: ClassVar[int] = 0x19

    handle: Handle
    upto: Sequence

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + u64(self.upto)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Handle(fields.number(4)), Sequence(fields.number(8)))


@dataclass(frozen=True, slots=True)
class Erase:
    """Forget the data of one envelope; its place and id stay."""

    TYPE: ClassVar[int] = 0x1A

    handle: Handle
    sequence: Sequence
    envelope: EnvelopeId

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + u64(self.sequence) + self.envelope

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, sequence = Handle(fields.number(4)), Sequence(fields.number(8))
        return cls(handle, sequence, EnvelopeId(fields.take(16)))


@dataclass(frozen=True, slots=True)
class Destroy:
    """Forget the stream and all that is in it."""

    TYPE: ClassVar[int] = 0x1B

    handle: Handle

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Handle(fields.number(4)))


def read_flags(fields: Fields, known: int) -> int:
    """Read a byte of flags.

    Raises:
        Malformed: a flag is set that this version does not know.
    """
    flags = fields.number(1)
    if flags & ~known:
        raise Malformed("A message sets a flag that does not exist.")
    return flags


def read_data(fields: Fields) -> bytes:
    """Read the data that ends a message.

    Raises:
        Malformed: there is none.
    """
    data = fields.rest()
    if not data:
        raise Malformed("An envelope is empty.")
    return data


def header(message: bytes) -> tuple[int, RequestNumber]:
    """Read type and number of any message.

    Raises:
        Malformed: the message is shorter than its header or longer than any may be.
    """
    if not HEADER.size <= len(message) <= MAX_MESSAGE:
        raise Malformed("A message has an impossible length.")
    kind, number = HEADER.unpack_from(message)
    return kind, number
