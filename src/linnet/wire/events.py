"""What a relay tells without being asked, to bytes and back (spec/wire.md §4)."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar, Self

from linnet.errors import Malformed
from linnet.ids import Epoch, Handle, Sequence
from linnet.wire.fields import Fields, u32, u64
from linnet.wire.replies import DELIVER, Envelope
from linnet.wire.requests import read_data


@dataclass(frozen=True, slots=True)
class Deliver:
    """Envelopes of followed streams, each with the handle it comes by."""

    TYPE: ClassVar[int] = DELIVER

    entries: tuple[tuple[Handle, Envelope], ...]

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return b"".join(u32(handle) + one.pack() for handle, one in self.entries)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        entries = []
        while not fields.is_done:
            handle = Handle(fields.number(4))
            entries.append((handle, Envelope.read(fields)))
        if not entries:
            raise Malformed("A delivery is empty.")
        return cls(tuple(entries))


@dataclass(frozen=True, slots=True)
class Whisper:
    """Something ephemeral from a followed stream."""

    TYPE: ClassVar[int] = 0xC1

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
class Ended:
    """The handle's epoch ended with the commit at ``sequence``; nothing more comes."""

    TYPE: ClassVar[int] = 0xC2

    handle: Handle
    epoch: Epoch
    sequence: Sequence

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle) + u64(self.epoch) + u64(self.sequence)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        handle, epoch = Handle(fields.number(4)), Epoch(fields.number(8))
        return cls(handle, epoch, Sequence(fields.number(8)))


@dataclass(frozen=True, slots=True)
class Gone:
    """The stream was destroyed; the handle is forgotten."""

    TYPE: ClassVar[int] = 0xC3

    handle: Handle

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return u32(self.handle)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(Handle(fields.number(4)))


class ClosingReason(IntEnum):
    """Why a relay ends a session."""

    STOPPING = 1
    UNREADABLE = 2
    NOT_READING = 3


@dataclass(frozen=True, slots=True)
class Closing:
    """The relay ends the session; what was not answered must be asked again."""

    TYPE: ClassVar[int] = 0xC4

    reason: ClosingReason

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return bytes((self.reason,))

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        reason = fields.number(1)
        if reason not in set(ClosingReason):
            raise Malformed("A relay ends a session for an unknown reason.")
        return cls(ClosingReason(reason))
