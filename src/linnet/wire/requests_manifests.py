"""How a client asks a relay for the manifest it carries (spec/manifest.md §5)."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from linnet.wire.fields import Fields
from linnet.wire.limits import HASH_SIZE


@dataclass(frozen=True, slots=True)
class ManifestGet:
    """Ask for the series that the relay carries, unless it is the one held."""

    TYPE: ClassVar[int] = 0x50

    held: bytes = bytes(HASH_SIZE)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.held

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(fields.take(HASH_SIZE))


@dataclass(frozen=True, slots=True)
class Series:
    """The series that the relay carries; empty: none, or the one held."""

    TYPE: ClassVar[int] = 0x8C

    data: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.data

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(fields.rest())
