"""What a client asks of a relay about shelves of key packages (spec/wire.md §5)."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from linnet.errors import Malformed
from linnet.ids import ShelfId
from linnet.wire.fields import Fields, u8, u16, u32
from linnet.wire.requests import read_flags

_FLAG_REPLACE = 1


@dataclass(frozen=True, slots=True)
class ShelfPut:
    """Lay key packages on a shelf, which the first PUT creates."""

    TYPE: ClassVar[int] = 0x20

    shelf: ShelfId
    owner_token: bytes = field(repr=False)
    claim_hash: bytes = field(repr=False)
    packages: tuple[bytes, ...] = field(default=(), repr=False)
    last_resort: bytes = field(default=b"", repr=False)
    replace: bool = False

    def body(self) -> bytes:
        """Write the fields behind the header."""
        flags = u8(_FLAG_REPLACE if self.replace else 0)
        head = self.shelf + self.owner_token + self.claim_hash + flags
        last = u32(len(self.last_resort)) + self.last_resort
        items = b"".join(u32(len(item)) + item for item in self.packages)
        return head + last + u16(len(self.packages)) + items

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        shelf = ShelfId(fields.take(16))
        owner_token, claim_hash = fields.take(32), fields.take(32)
        replace = read_flags(fields, _FLAG_REPLACE) != 0
        last_resort = fields.sized(4)
        count = fields.number(2)
        # A package takes at least five bytes, so a giant count ends at the first lack.
        packages = tuple(fields.sized(4) for _ in range(count))
        if not all(packages):
            raise Malformed("A key package is empty.")
        return cls(shelf, owner_token, claim_hash, packages, last_resort, replace)


@dataclass(frozen=True, slots=True)
class ShelfClaim:
    """Take one key package; nobody else gets the same, except the last resort."""

    TYPE: ClassVar[int] = 0x21

    shelf: ShelfId
    claim_token: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.shelf + self.claim_token

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(ShelfId(fields.take(16)), fields.take(32))


@dataclass(frozen=True, slots=True)
class ShelfCount:
    """Ask how many key packages are left."""

    TYPE: ClassVar[int] = 0x22

    shelf: ShelfId
    owner_token: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.shelf + self.owner_token

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(ShelfId(fields.take(16)), fields.take(32))


@dataclass(frozen=True, slots=True)
class ShelfDestroy:
    """Forget the shelf and all that lies on it."""

    TYPE: ClassVar[int] = 0x23

    shelf: ShelfId
    owner_token: bytes = field(repr=False)

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return self.shelf + self.owner_token

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls(ShelfId(fields.take(16)), fields.take(32))
