"""What is derived from an account's secrets: ids, tokens and keys for each relay.

Specified in ``spec/identity.md`` §5. The relay's key is part of every derivation, so
that two relays cannot tell that two inboxes are of one account.
"""

from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linnet.ids import DeviceId, EnvelopeId, ShelfId, StreamId

INVITE_SALT = b"Linnet invite 1"
OWNER_SALT = b"Linnet owner 1"
LINK_SALT = b"Linnet link 1"


@dataclass(frozen=True, slots=True)
class InviteKeys:
    """What whoever holds an invite link may do at one relay of its owner."""

    inbox: StreamId = field(repr=False)
    append_token: bytes = field(repr=False)
    inbox_key: bytes = field(repr=False)
    shelf: ShelfId = field(repr=False)
    claim_token: bytes = field(repr=False)
    shelf_key: bytes = field(repr=False)

    @classmethod
    def derive(cls, invite_secret: bytes, relay_key: bytes) -> Self:
        """Derive them from the link's secret and the relay's key."""

        def expand(label: bytes, length: int) -> bytes:
            return derive(
                invite_secret, salt=INVITE_SALT, info=label + relay_key, length=length
            )

        return cls(
            inbox=StreamId(expand(b"inbox id", 16)),
            append_token=expand(b"inbox append", 32),
            inbox_key=expand(b"inbox key", 32),
            shelf=ShelfId(expand(b"shelf id", 16)),
            claim_token=expand(b"shelf claim", 32),
            shelf_key=expand(b"shelf key", 32),
        )


@dataclass(frozen=True, slots=True)
class OwnerKeys:
    """What only the owner of an inbox and a shelf may do with them."""

    read_token: bytes = field(repr=False)
    control_token: bytes = field(repr=False)
    shelf_token: bytes = field(repr=False)

    @classmethod
    def derive(cls, owner_secret: bytes, relay_key: bytes, inbox: StreamId) -> Self:
        """Derive them from the account's owner secret, for one inbox."""

        def expand(label: bytes) -> bytes:
            return derive(
                owner_secret, salt=OWNER_SALT, info=label + relay_key + inbox, length=32
            )

        return cls(
            read_token=expand(b"inbox read"),
            control_token=expand(b"inbox control"),
            shelf_token=expand(b"shelf owner"),
        )


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """What devices of one account may do with each other's shelf (devices.md §6)."""

    shelf: ShelfId = field(repr=False)
    claim_token: bytes = field(repr=False)
    owner_token: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def derive(cls, owner_secret: bytes, relay_key: bytes, device: DeviceId) -> Self:
        """Derive them from the account's owner secret, for one device."""

        def expand(label: bytes, length: int = 32) -> bytes:
            info = label + relay_key + device
            return derive(owner_secret, salt=OWNER_SALT, info=info, length=length)

        return cls(
            shelf=ShelfId(expand(b"device shelf", 16)),
            claim_token=expand(b"device claim"),
            owner_token=expand(b"device owner"),
            key=expand(b"device key"),
        )


@dataclass(frozen=True, slots=True)
class MailboxKeys:
    """What whoever sees a device link may do in its mailbox (devices.md §2)."""

    secret: bytes = field(repr=False)
    psk: bytes = field(repr=False)
    append_token: bytes = field(repr=False)
    read_token: bytes = field(repr=False)
    control_token: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes) -> Self:
        """Derive them from the link's secret."""
        return cls(
            secret,
            psk=_link(secret, b"psk"),
            append_token=_link(secret, b"append"),
            read_token=_link(secret, b"read"),
            control_token=_link(secret, b"control"),
        )

    def envelope(self, place: int) -> EnvelopeId:
        """Return the id of the envelope at a place, from 1."""
        return EnvelopeId(_link(self.secret, b"envelope" + bytes([place]), 16))


def _link(secret: bytes, label: bytes, length: int = 32) -> bytes:
    return derive(secret, salt=LINK_SALT, info=label, length=length)


def stream_control_token(
    owner_secret: bytes, relay_key: bytes, stream: StreamId
) -> bytes:
    """Return the control token of a conversation's stream that this account made."""
    info = b"stream control" + relay_key + stream
    return derive(owner_secret, salt=OWNER_SALT, info=info, length=32)


def derive(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
