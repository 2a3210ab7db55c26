"""What every member agrees a conversation is: an extension of its GroupContext.

Specified in ``spec/conversations.md`` §4.
"""

from dataclasses import dataclass, field, replace
from typing import Self

from linnet.client.core import cbor
from linnet.errors import LocalError, Malformed
from linnet.ids import AccountKey, StreamId
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor

INFO_EXTENSION = 0xF101
"""GroupContext extension, private use (RFC 9420 §17.3)."""
NAME_EXTENSION = 0xF100
"""LeafNode extension that holds a display name."""

VERSION = 1
DIRECT = 0
GROUP = 1
DEVICES = 2
LONGEST_TITLE = 128
MOST_ADMINS = 64


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """Kind, title, admins, and where the conversation lives."""

    kind: int
    title: str = field(repr=False)
    admins: frozenset[AccountKey] = field(repr=False)
    stream: StreamId
    relay: RelayDescriptor = field(repr=False)

    def encode(self) -> bytes:
        """Write the extension's data.

        Raises:
            LocalError: a field is out of bounds.
        """
        admins = sorted(self.admins)
        relay = self.relay.pack()
        data = cbor.encode([VERSION, self.kind, self.title, admins, self.stream, relay])
        try:
            self.decode(data)
        except Malformed as error:
            raise LocalError(str(error)) from error
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read the extension's data.

        Raises:
            Malformed: it is none.
        """
        match value := cbor.decode(data):
            case [
                1,
                0 | 1 | 2 as kind,
                str(title),
                [*admins],
                bytes(stream),
                bytes(relay),
            ]:
                pass
            case _:
                raise Malformed("A conversation does not say what it is.")
        keys = [AccountKey(one) for one in admins if isinstance(one, bytes)]
        is_sound = (
            all(len(key) == 32 for key in keys)
            and len(keys) == len(admins) <= MOST_ADMINS
            and keys == sorted(set(keys))
            and len(stream) == 16
            and (bool(keys) and bool(title) if kind == GROUP else not (keys or title))
        )
        if cbor.has_bool(value) or not is_sound or len(title.encode()) > LONGEST_TITLE:
            raise Malformed("A conversation describes itself impossibly.")
        if not title.isprintable() or title != title.strip():
            raise Malformed("A conversation has a title that cannot be shown.")
        fields = Fields(relay)
        descriptor = RelayDescriptor.read(fields)
        fields.finish()
        return cls(kind, title, frozenset(keys), StreamId(stream), descriptor)

    def renamed(self, title: str) -> Self:
        """Return the same with another title."""
        return replace(self, title=title)

    def with_admin(self, account: AccountKey, *, is_admin: bool) -> Self:
        """Return the same with one admin more or fewer."""
        admins = self.admins | {account} if is_admin else self.admins - {account}
        return replace(self, admins=admins)

    def moved(self, relay: RelayDescriptor, stream: StreamId) -> Self:
        """Return the same on another relay."""
        return replace(self, relay=relay, stream=stream)
