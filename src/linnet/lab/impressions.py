"""What a server's answer to a probe says of it, freed of what differs every time."""

from dataclasses import dataclass
from enum import Enum, auto

from linnet.errors import Malformed
from linnet.lab.hellos import RECORD_HEADER
from linnet.lab.octets import Octets

_ALERT, _HANDSHAKE, _SERVER_HELLO = 21, 22, 2
_RECORDS = range(20, 24)
MOST_READ = 16_384
"""Octets of an answer that are compared."""

_VARYING = frozenset(
    {b"date", b"expires", b"age", b"set-cookie", b"last-modified", b"etag"}
)
"""Fields of HTTP that one and the same site may answer differently each time."""


class Manner(Enum):
    """What kind of answer it is."""

    SILENT = auto()
    HTTP = auto()
    TLS = auto()
    TEXT = auto()
    STRANGE = auto()
    """Octets of no protocol that everyone knows."""


@dataclass(frozen=True, slots=True)
class Impression:
    """An answer as a prober compares it with another server's to the same octets.

    Attributes:
        manner: what kind it is.
        shape: what of it should be the same from the same server.
        closes: whether the server closed before the prober lost patience.
    """

    manner: Manner
    shape: tuple[bytes, ...]
    closes: bool

    @classmethod
    def read(cls, data: bytes, *, closes: bool) -> "Impression":
        """Read an answer, whatever it is and however long."""
        data = data[:MOST_READ]
        if not data:
            return cls(Manner.SILENT, (), closes)
        if data.startswith(b"HTTP/"):
            return cls(Manner.HTTP, _http(data), closes)
        if data[0] in _RECORDS and data[1:2] == b"\3":
            return cls(Manner.TLS, _tls(data), closes)
        is_text = all(0x20 <= octet <= 0x7E or octet in b"\t\r\n" for octet in data)
        return cls(Manner.TEXT if is_text else Manner.STRANGE, (data,), closes)


def _http(data: bytes) -> tuple[bytes, ...]:
    """The status, the fields and the body of an answer."""
    head, _, body = data.partition(b"\r\n\r\n")
    status, *fields = head.split(b"\r\n")
    kept = (one for one in fields if one.partition(b":")[0].lower() not in _VARYING)
    return status, *kept, body


def _tls(data: bytes) -> tuple[bytes, ...]:
    """The records of an answer, and what they say in clear (RFC 8446 §5.1)."""
    shape: list[bytes] = []
    records = Octets(data)
    while records.left >= RECORD_HEADER:
        kind, version = records.take(1), records.take(2)
        body = records.take(min(records.number(2), records.left))
        shape.append(kind + version + _clear(kind[0], body))
    return tuple(shape)


def _clear(kind: int, body: bytes) -> bytes:
    if kind == _ALERT and len(body) == 2:
        return body
    if kind != _HANDSHAKE or body[:1] != bytes((_SERVER_HELLO,)):
        return body[:1] if kind == _HANDSHAKE else b""
    try:
        return _server_hello(Octets(body))
    except Malformed:
        return body[:1]


def _server_hello(message: Octets) -> bytes:
    """What a ServerHello chose: version, cipher and extensions, without chance."""
    message.take(4)
    version = message.take(2)
    message.take(32)
    message.vector(1)
    chosen = message.take(3)
    kinds = b""
    extensions = Octets(message.vector(2) if message.left else b"")
    while extensions.left:
        kinds += extensions.take(2)
        extensions.vector(2)
    return version + chosen + kinds
