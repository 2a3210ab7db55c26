"""What is said first in DTLS, as a censor reads it (RFC 6347, 9147).

A handshake message may be cut over several datagrams; this reader joins what is in one.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from linnet.errors import Malformed
from linnet.lab.hellos import ClientHello
from linnet.lab.octets import Octets, join

_HANDSHAKE = 22
_VERSIONS = (0xFEFF, 0xFEFD)
"""What a record in clear may say: 1.0, and 1.2 for all that is newer."""

_RANDOM_END = 34


class _Kind(IntEnum):
    CLIENT_HELLO = 1
    HELLO_VERIFY_REQUEST = 3


@dataclass(frozen=True, slots=True)
class Flight:
    """What a datagram of a DTLS handshake holds in clear.

    Attributes:
        hello: its ClientHello, if that is whole.
        verifies: whether it holds a HelloVerifyRequest, which asks a client to show
            that it is where it says (RFC 6347 §4.2.1).
    """

    hello: ClientHello | None = None
    verifies: bool = False


@dataclass(slots=True)
class _Message:
    kind: int
    length: int
    pieces: list[tuple[int, bytes]] = field(default_factory=list)


def read_flight(datagram: bytes) -> Flight:
    """Read the handshake messages in a datagram's records.

    Raises:
        Malformed: it does not begin with a handshake of DTLS that can be read.
    """
    messages: dict[int, _Message] = {}
    records = Octets(datagram)
    while records.left:
        kind, version, epoch = (records.number(size) for size in (1, 2, 2))
        records.take(6)
        body = records.vector(2)
        if kind != _HANDSHAKE or version not in _VERSIONS or epoch:
            break
        _take_fragments(Octets(body), messages)
    if not messages:
        raise Malformed("This is no handshake of DTLS in clear.")
    kinds = {message.kind for message in messages.values()}
    return Flight(_find_hello(messages), _Kind.HELLO_VERIFY_REQUEST in kinds)


def _take_fragments(body: Octets, messages: dict[int, _Message]) -> None:
    """Sort what a record holds by message (RFC 6347 §4.2.2)."""
    while body.left:
        kind, length, number, offset = (body.number(size) for size in (1, 3, 2, 3))
        message = messages.setdefault(number, _Message(kind, length))
        if (message.kind, message.length) != (kind, length):
            raise Malformed("Fragments of a DTLS message do not belong together.")
        message.pieces.append((offset, body.vector(3)))


def _find_hello(messages: dict[int, _Message]) -> ClientHello | None:
    for message in messages.values():
        if message.kind == _Kind.CLIENT_HELLO:
            body = join(message.pieces)[: message.length]
            whole = len(body) == message.length
            return ClientHello.read(_without_cookie(body)) if whole else None
    return None


def _without_cookie(body: bytes) -> bytes:
    """Take out what TLS does not have in a ClientHello (RFC 6347 §4.2.1)."""
    front = Octets(body)
    front.take(_RANDOM_END)
    front.vector(1)
    session_end = front.at
    front.vector(1)
    return body[:session_end] + body[front.at :]
