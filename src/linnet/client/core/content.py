"""MIMI content: what a message says, in the form of draft-ietf-mimi-content.

Specified in ``spec/conversations.md`` §7. Bytes to values and back; what a value means
in a conversation is in ``meaning.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from linnet.client.core import cbor
from linnet.client.core.parts import NullPart, Part, read_part, write_part
from linnet.errors import Malformed
from linnet.ids import AccountKey, ConversationId, MessageId

LARGEST_CONTENT = 40_000
"""Bytes of one content; leaves room for MLS, padding and the envelope."""
LONGEST_TOPIC = 4096
SHA256_ID = 1
_U32 = 1 << 32


@dataclass(frozen=True, slots=True)
class Expiration:
    """When a message is to be deleted: seconds after reading, or a time."""

    relative: bool
    time: int


@dataclass(frozen=True, slots=True)
class Content:
    """One MIMI content message."""

    salt: bytes = field(repr=False)
    part: Part = field(default=NullPart(0), repr=False)
    replaces: bytes | None = field(default=None, repr=False)
    in_reply_to: bytes | None = field(default=None, repr=False)
    expires: Expiration | None = None
    topic: bytes = field(default=b"", repr=False)
    extensions: Mapping[int | str, cbor.Value] = field(default_factory=dict, repr=False)

    def encode(self) -> bytes:
        """Write the content."""
        expires = [self.expires.relative, self.expires.time] if self.expires else None
        return cbor.encode(
            [
                self.salt,
                self.replaces,
                self.topic,
                expires,
                self.in_reply_to,
                self.extensions,
                write_part(self.part),
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a content.

        Raises:
            Malformed: it is none, or too large.
        """
        if len(data) > LARGEST_CONTENT:
            raise Malformed("A message's content is too large.")
        match cbor.decode(data):
            case [
                bytes(salt),
                None | bytes() as replaces,
                bytes(topic),
                expires,
                None | bytes() as in_reply_to,
                dict(extensions),
                part,
            ] if len(salt) == 16 and len(topic) <= LONGEST_TOPIC:
                return cls(
                    salt=salt,
                    part=read_part(part),
                    replaces=_message_id(replaces),
                    in_reply_to=_message_id(in_reply_to),
                    expires=_expiration(expires),
                    topic=topic,
                    extensions=_bounded(extensions),
                )
        raise Malformed("A message's content has not the seven fields of MIMI.")


def mimi_id(
    sender: AccountKey, conversation: ConversationId, *, content: bytes, salt: bytes
) -> bytes:
    """Return the 32-byte MIMI message id (draft-ietf-mimi-content, Message ID)."""
    sender_uri, room_uri = account_uri(sender), conversation_uri(conversation)
    parts = (_sized(sender_uri), _sized(room_uri), content, salt)
    return bytes([SHA256_ID]) + sha256(b"".join(parts)).digest()[:31]


def message_id(mimi: bytes) -> MessageId:
    """Return the 16 bytes that name the message and its envelope."""
    return MessageId(mimi[1:17])


def account_uri(account: AccountKey) -> str:
    """Return the sender URI of an account."""
    return f"linnet:account:{account.hex()}"


def conversation_uri(conversation: ConversationId) -> str:
    """Return the room URI of a conversation."""
    return f"linnet:conversation:{conversation.hex()}"


def _sized(uri: str) -> bytes:
    data = uri.encode()
    return len(data).to_bytes(2) + data


def _message_id(value: bytes | None) -> bytes | None:
    if value is not None and (len(value) != 32 or value[0] != SHA256_ID):
        raise Malformed("A message names another one by something that is no id.")
    return value


def _expiration(value: cbor.Value) -> Expiration | None:
    match value:
        case None:
            return None
        case [bool(relative), int(time)] if 0 <= time < _U32 and not isinstance(
            time, bool
        ):
            return Expiration(relative, time)
    raise Malformed("A message has an impossible expiry.")


def _bounded(
    extensions: Mapping[int | str, cbor.Value],
) -> Mapping[int | str, cbor.Value]:
    for key, value in extensions.items():
        if isinstance(key, str) and not 1 <= len(key.encode()) <= 255:
            raise Malformed("A message has an extension with an impossible name.")
        if len(cbor.encode(value)) > 4096:
            raise Malformed("A message has an extension that is too large.")
    return extensions
