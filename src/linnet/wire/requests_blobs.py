"""What a client asks of a relay about blobs (spec/wire.md §6)."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from linnet.ids import BlobId, Handle
from linnet.wire.fields import Fields, u32, u64
from linnet.wire.requests import read_data

BY_PASS = Handle(0)
"""Names no stream: the session's own pass pays for the blob."""


@dataclass(frozen=True, slots=True)
class BlobCreate:
    """Announce a blob of a known size; the same request again changes nothing."""

    TYPE: ClassVar[int] = 0x30

    blob: BlobId = field(repr=False)
    size: int
    delete_hash: bytes = field(repr=False)
    handle: Handle = BY_PASS

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.blob + u64(self.size) + self.delete_hash + u32(self.handle)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        blob, size = BlobId(fields.take(32)), fields.number(8)
        return cls(blob, size, fields.take(32), Handle(fields.number(4)))


@dataclass(frozen=True, slots=True)
class BlobPut:
    """Add the piece that begins where the relay's bytes end."""

    TYPE: ClassVar[int] = 0x31

    blob: BlobId = field(repr=False)
    offset: int
    data: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.blob + u64(self.offset) + self.data

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(BlobId(fields.take(32)), fields.number(8), read_data(fields))


@dataclass(frozen=True, slots=True)
class BlobStat:
    """Ask how much of a blob the relay holds."""

    TYPE: ClassVar[int] = 0x32

    blob: BlobId = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.blob

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(BlobId(fields.take(32)))


@dataclass(frozen=True, slots=True)
class BlobGet:
    """Read a piece of a complete blob."""

    TYPE: ClassVar[int] = 0x33

    blob: BlobId = field(repr=False)
    offset: int
    length: int

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.blob + u64(self.offset) + u32(self.length)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(BlobId(fields.take(32)), fields.number(8), fields.number(4))


@dataclass(frozen=True, slots=True)
class BlobDelete:
    """Forget a blob."""

    TYPE: ClassVar[int] = 0x34

    blob: BlobId = field(repr=False)
    delete_token: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.blob + self.delete_token

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(BlobId(fields.take(32)), fields.take(32))
