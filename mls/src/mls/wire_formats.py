"""The outermost envelope of everything MLS sends: MLSMessage (RFC 9420 §6)."""

from enum import IntEnum

from mls.codec import Reader, uint16
from mls.errors import MalformedMessage, UnsupportedVersion

_MLS_10 = 1


class WireFormat(IntEnum):
    """What an MLSMessage holds."""

    PUBLIC_MESSAGE = 1
    PRIVATE_MESSAGE = 2
    WELCOME = 3
    GROUP_INFO = 4
    KEY_PACKAGE = 5


def encode_message(kind: WireFormat, body: bytes) -> bytes:
    """Wrap a body."""
    return uint16(_MLS_10) + uint16(kind) + body


def unwrap_message(message: bytes) -> tuple[WireFormat, bytes]:
    """The kind of a message, and its body.

    Raises:
        MalformedMessage: there is no such kind.
        UnsupportedVersion: the message is not of MLS 1.0.
    """
    reader = Reader(bytes(message))
    if reader.uint16() != _MLS_10:
        raise UnsupportedVersion("a message is not of MLS 1.0")
    try:
        kind = WireFormat(reader.uint16())
    except ValueError as error:
        raise MalformedMessage("a message has no known wire format") from error
    return kind, message[reader.position :]


def open_message(message: bytes, kind: WireFormat) -> bytes:
    """The body of a message that must be of one kind.

    Raises:
        MalformedMessage: it is of another.
        UnsupportedVersion: the message is not of MLS 1.0.
    """
    found, body = unwrap_message(message)
    if found != kind:
        raise MalformedMessage(f"a message is not a {kind.name.lower()}")
    return body
