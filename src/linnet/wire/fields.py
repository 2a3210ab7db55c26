"""Reads fixed big-endian fields out of bytes that a stranger sent.

Knows lengths and bounds; knows no message (spec/wire.md §1).
"""

from typing import Self

from linnet.errors import Malformed


class Fields:
    """A cursor over one message; every read is checked against its end."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self._at = at

    def take(self, length: int) -> bytes:
        """Read exactly ``length`` bytes.

        Raises:
            Malformed: fewer bytes are left.
        """
        end = self._at + length
        if end > len(self._data):
            raise Malformed("A message is shorter than its fields say.")
        piece = self._data[self._at : end]
        self._at = end
        return piece

    def number(self, length: int) -> int:
        """Read an unsigned number of ``length`` bytes."""
        return int.from_bytes(self.take(length), "big")

    def sized(self, prefix: int) -> bytes:
        """Read bytes behind a length of ``prefix`` bytes."""
        return self.take(self.number(prefix))

    def rest(self) -> bytes:
        """Read all that is left."""
        return self.take(len(self._data) - self._at)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self._at == len(self._data)

    def finish(self) -> None:
        """Require that nothing is left.

        Raises:
            Malformed: bytes follow the last field.
        """
        if not self.is_done:
            raise Malformed("Bytes follow the last field of a message.")


class Bodiless:
    """A message with nothing behind its header: its type says it all."""

    __slots__ = ()

    def body(self) -> bytes:
        """Write the fields behind the header."""
        return b""

    @classmethod
    def read(cls, _fields: Fields) -> Self:
        """Read the fields behind the header."""
        return cls()


def u8(value: int) -> bytes:
    """Write one byte."""
    return value.to_bytes(1, "big")


def u16(value: int) -> bytes:
    """Write two bytes, big-endian."""
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    """Write four bytes, big-endian."""
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    """Write eight bytes, big-endian."""
    return value.to_bytes(8, "big")
