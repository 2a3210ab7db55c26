"""The TLS presentation language as MLS uses it (RFC 9420 §2.1): bytes in, values out.

Knows integers, vectors and optionals; knows nothing of what they mean. Encoding is
canonical: whatever decodes re-encodes to the same bytes, so a decoded value may keep
the slice it came from. Time and memory are bounded by the length of the input.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from mls.errors import MalformedMessage, UsageError

Value = TypeVar("Value")

_ONE_BYTE, _TWO_BYTES, _FOUR_BYTES = 1 << 6, 1 << 14, 1 << 30
_SHORT = tuple(bytes((size,)) for size in range(_ONE_BYTE))


class Reader:
    """Reads values from the front of some bytes, strictly."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data)

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return self._at

    @property
    def is_empty(self) -> bool:
        """Whether everything has been read."""
        return self._at >= self._end

    def since(self, start: int) -> bytes:
        """The bytes read since `start`, an earlier `position`."""
        return self._data[start : self._at]

    def fixed(self, length: int) -> bytes:
        """Read exactly `length` bytes.

        Raises:
            MalformedMessage: fewer bytes are left.
        """
        start, self._at = self._at, self._at + length
        if self._at > self._end:
            raise MalformedMessage("the input ends too early")
        return self._data[start : self._at]

    def uint8(self) -> int:
        """Read one byte as a number."""
        at = self._at
        if at >= self._end:
            raise MalformedMessage("the input ends too early")
        self._at = at + 1
        return self._data[at]

    def uint16(self) -> int:
        """Read a two-byte number."""
        return int.from_bytes(self.fixed(2), "big")

    def uint32(self) -> int:
        """Read a four-byte number."""
        return int.from_bytes(self.fixed(4), "big")

    def uint64(self) -> int:
        """Read an eight-byte number."""
        return int.from_bytes(self.fixed(8), "big")

    def length(self) -> int:
        """Read the length of a vector (RFC 9420 §2.1.2).

        Raises:
            MalformedMessage: the prefix is reserved or longer than necessary.
        """
        first = self.uint8()
        if first < 0x40:
            return first
        if first < 0x80:
            value, least = (first & 0x3F) << 8 | self.uint8(), _ONE_BYTE
        elif first < 0xC0:
            rest = int.from_bytes(self.fixed(3), "big")
            value, least = (first & 0x3F) << 24 | rest, _TWO_BYTES
        else:
            raise MalformedMessage("a length has the reserved prefix")
        if value < least:
            raise MalformedMessage("a length is not in its shortest form")
        return value

    def opaque(self) -> bytes:
        """Read `opaque <V>`."""
        at = self._at
        if at < self._end and self._data[at] < _ONE_BYTE:
            # Most vectors are short: no calls for them.
            end = at + 1 + self._data[at]
            if end <= self._end:
                self._at = end
                return self._data[at + 1 : end]
        return self.fixed(self.length())

    def vector(self, element: Callable[["Reader"], Value]) -> tuple[Value, ...]:
        """Read a vector whose elements `element` reads.

        Raises:
            MalformedMessage: an element crosses the end of the vector.
        """
        end = self.length() + self._at
        if end > self._end:
            raise MalformedMessage("the input ends too early")
        outer, self._end = self._end, end
        values = []
        while self._at < end:
            values.append(element(self))
        self._end = outer
        return tuple(values)

    def optional(self, value: Callable[["Reader"], Value]) -> Value | None:
        """Read `optional<T>`.

        Raises:
            MalformedMessage: the presence byte is neither 0 nor 1.
        """
        present = self.uint8()
        if present > 1:
            raise MalformedMessage("a presence byte is neither 0 nor 1")
        return value(self) if present else None

    def finish(self) -> None:
        """Make sure that nothing is left.

        Raises:
            MalformedMessage: there are trailing bytes.
        """
        if self._at != self._end:
            raise MalformedMessage("bytes follow the end of a value")


def decode(data: bytes, value: Callable[[Reader], Value]) -> Value:
    """Read all of `data` as one value.

    Raises:
        MalformedMessage: `data` is not exactly one such value.
    """
    reader = Reader(bytes(data))
    result = value(reader)
    reader.finish()
    return result


def uint8(value: int) -> bytes:
    """Encode a one-byte number."""
    return value.to_bytes(1, "big")


def uint16(value: int) -> bytes:
    """Encode a two-byte number."""
    return value.to_bytes(2, "big")


def uint32(value: int) -> bytes:
    """Encode a four-byte number."""
    return value.to_bytes(4, "big")


def uint64(value: int) -> bytes:
    """Encode an eight-byte number."""
    return value.to_bytes(8, "big")


def length(value: int) -> bytes:
    """Encode the length of a vector (RFC 9420 §2.1.2).

    Raises:
        UsageError: vectors of 2**30 bytes and more do not exist.
    """
    if value < _ONE_BYTE:
        return value.to_bytes(1, "big")
    if value < _TWO_BYTES:
        return (value | 0x4000).to_bytes(2, "big")
    if value < _FOUR_BYTES:
        return (value | 0x8000_0000).to_bytes(4, "big")
    raise UsageError("a vector of MLS is shorter than 2**30 bytes")


def opaque(value: bytes) -> bytes:
    """Encode `opaque <V>`."""
    size = len(value)
    return _SHORT[size] + value if size < _ONE_BYTE else length(size) + value


def vector(elements: Iterable[bytes]) -> bytes:
    """Encode a vector of elements that are encoded already."""
    return opaque(b"".join(elements))


def optional(encoded: bytes | None) -> bytes:
    """Encode `optional<T>`, its value encoded already."""
    return b"\x00" if encoded is None else b"\x01" + encoded
