"""The invite link: who somebody is and where they can be reached, as text.

Specified in ``spec/identity.md`` §4; the form of every link is in ``spec/wire.md`` §8.
"""

from dataclasses import dataclass, field
from typing import Self

from linnet.errors import LocalError, Malformed
from linnet.ids import AccountKey
from linnet.wire.fields import Fields, u8
from linnet.wire.links import LinkKind, RelayDescriptor, decode_link, encode_link

SECRET_SIZE = 32
LONGEST_NAME = 64
MOST_RELAYS = 4


@dataclass(frozen=True, slots=True)
class InviteLink:
    """An account's key, the secret that opens its inboxes, its name and its relays."""

    account: AccountKey = field(repr=False)
    secret: bytes = field(repr=False)
    name: str = field(repr=False)
    relays: tuple[RelayDescriptor, ...]

    def pack(self) -> bytes:
        """Write the body of the link; this is also how a card travels.

        Raises:
            LocalError: it names no relay, or more than a link can.
        """
        if not 1 <= len(self.relays) <= MOST_RELAYS:
            raise LocalError("An invite link names one to four relays.")
        name = self.name.encode()
        relays = b"".join(relay.pack() for relay in self.relays)
        head = self.account + self.secret + u8(len(name)) + name
        return head + u8(len(self.relays)) + relays

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        """Read the body of a link.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(body)
        account, secret = AccountKey(fields.take(32)), fields.take(SECRET_SIZE)
        name = _name(fields.sized(1))
        count = fields.number(1)
        if not 1 <= count <= MOST_RELAYS:
            raise Malformed("The invite names no relay, or too many.")
        relays = tuple(RelayDescriptor.read(fields) for _ in range(count))
        fields.finish()
        return cls(account, secret, name, relays)

    def text(self) -> str:
        """Write the link."""
        return encode_link(LinkKind.INVITE, self.pack())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a link that someone typed, pasted or scanned.

        Raises:
            Malformed: it is no link, damaged, of another kind or version.
        """
        return cls.unpack(decode_link(text, LinkKind.INVITE))


def _name(data: bytes) -> str:
    try:
        name = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("The invite has a name that is not UTF-8.") from error
    if len(data) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise Malformed("The invite has a name that cannot be shown.")
    return name
