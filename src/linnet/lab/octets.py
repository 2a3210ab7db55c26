"""Octets that a reader of somebody's message takes from the front."""

from collections.abc import Iterable

from linnet.errors import Malformed


class Octets:
    """A message, and how far it has been read."""

    __slots__ = ("_data", "at")

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    @property
    def left(self) -> int:
        """How many octets have not been read."""
        return len(self._data) - self.at

    def take(self, count: int) -> bytes:
        """Read so many octets.

        Raises:
            Malformed: there are fewer; so for all that follows.
        """
        if count > self.left:
            raise Malformed("A message is cut short.")
        self.at += count
        return self._data[self.at - count : self.at]

    def number(self, octets: int) -> int:
        """Read a number of so many octets."""
        return int.from_bytes(self.take(octets))

    def vector(self, prefix: int) -> bytes:
        """Read octets behind their length, which has `prefix` octets itself."""
        return self.take(self.number(prefix))

    def variable(self) -> int:
        """Read a number of QUIC, which says its own length (RFC 9000 §16)."""
        first = self.number(1)
        more = (1 << (first >> 6)) - 1
        return (first & 0x3F) << 8 * more | self.number(more)


def join(pieces: Iterable[tuple[int, bytes]]) -> bytes:
    """Put pieces together, each with its offset, as far as they follow each other."""
    data = bytearray()
    for offset, piece in sorted(pieces):
        if offset > len(data):
            break
        data += piece[len(data) - offset :]
    return bytes(data)
