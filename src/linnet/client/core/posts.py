"""What lies in an inbox or on a shelf: sealed under the invite's keys.

Specified in ``spec/identity.md`` §5.3 and §5.4. Whoever holds the link can write it, so
what is inside proves itself: a Welcome by MLS, a key package by its credential.
"""

from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linnet.client.core import cbor
from linnet.client.core.envelope import BlobRef
from linnet.client.core.identity import Entropy
from linnet.client.core.padding import pad, unpad
from linnet.errors import Forged, LocalError, Malformed
from linnet.ids import AccountKey, EnvelopeId, Sequence, ShelfId, StreamId
from linnet.wire.limits import MAX_ENVELOPE, MAX_PACKAGE

OVERHEAD = 28
LONGEST_NOTE = 280
_WELCOME = 1


@dataclass(frozen=True, slots=True)
class WelcomePost:
    """An invitation into a conversation: who sends it, and the MLS Welcome.

    Attributes:
        sender: who says they sent it; believed only once the group shows it.
        sequence: the place of the commit that added them; they read from there.
        envelope: the id of that commit's envelope.
        welcome: the MLS Welcome without the tree, or the blob that holds it.
        tree: the ratchet tree, or the blob that holds it.
    """

    sender: AccountKey = field(repr=False)
    note: str = field(repr=False)
    sequence: Sequence
    envelope: EnvelopeId
    welcome: bytes | BlobRef = field(repr=False)
    tree: bytes | BlobRef = field(repr=False)

    def encode(self) -> bytes:
        """Write the post."""
        parts = [_wrapped(self.welcome), _wrapped(self.tree)]
        place: list[cbor.Value] = [self.sequence, self.envelope]
        return cbor.encode([_WELCOME, self.sender, self.note, *place, *parts])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a post.

        Raises:
            Malformed: it is none.
        """
        match cbor.decode(data):
            case [
                1,
                bytes(sender),
                str(note),
                int(sequence),
                bytes(envelope),
                welcome,
                tree,
            ] if (
                len(sender) == 32
                and len(note.encode()) <= LONGEST_NOTE
                and 0 <= sequence < 1 << 63
                and len(envelope) == 16
            ):
                return cls(
                    sender=AccountKey(sender),
                    note=_printable(note),
                    sequence=Sequence(sequence),
                    envelope=EnvelopeId(envelope),
                    welcome=_unwrapped(welcome),
                    tree=_unwrapped(tree),
                )
            case _:
                raise Malformed("Something in the inbox is no invitation.")


def seal_post(
    key: bytes,
    inbox: StreamId,
    *,
    envelope: EnvelopeId,
    body: bytes,
    entropy: Entropy,
) -> bytes:
    """Encrypt a post for an inbox."""
    if len(body) + 4 > MAX_ENVELOPE - OVERHEAD:
        raise LocalError("This is too large for an inbox.")
    plain, nonce = pad(body, largest=MAX_ENVELOPE - OVERHEAD), entropy(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, _inbox_context(inbox, envelope))


def unseal_post(
    key: bytes, inbox: StreamId, *, envelope: EnvelopeId, data: bytes
) -> bytes:
    """Decrypt a post.

    Raises:
        Forged: it was made without the link, or for another place.
        Malformed: its padding is wrong.
    """
    try:
        context = _inbox_context(inbox, envelope)
        return unpad(AESGCM(key).decrypt(data[:12], data[12:], context))
    except (InvalidTag, ValueError) as error:
        raise Forged("Something in the inbox was made without the link.") from error


def seal_package(key: bytes, shelf: ShelfId, package: bytes, entropy: Entropy) -> bytes:
    """Encrypt a key package for a shelf."""
    plain, nonce = pad(package, largest=MAX_PACKAGE - OVERHEAD), entropy(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, _shelf_context(shelf))


def unseal_package(key: bytes, shelf: ShelfId, data: bytes) -> bytes:
    """Decrypt a key package from a shelf.

    Raises:
        Forged: it was made without the link.
        Malformed: its padding is wrong.
    """
    try:
        return unpad(AESGCM(key).decrypt(data[:12], data[12:], _shelf_context(shelf)))
    except (InvalidTag, ValueError) as error:
        raise Forged("A key package on the shelf was made without the link.") from error


def _printable(note: str) -> str:
    """Return a stranger's note without what could play tricks on a screen."""
    return "".join(c if c.isprintable() else " " for c in note).strip()


def _inbox_context(inbox: StreamId, envelope: EnvelopeId) -> bytes:
    return b"Linnet inbox 1\x00" + inbox + envelope


def _shelf_context(shelf: ShelfId) -> bytes:
    return b"Linnet shelf 1\x00" + shelf


def _wrapped(part: bytes | BlobRef) -> cbor.Value:
    return [2, part.pack()] if isinstance(part, BlobRef) else [1, part]


def _unwrapped(value: cbor.Value) -> bytes | BlobRef:
    match value:
        case [1, bytes(part)]:
            return part
        case [2, bytes(part)]:
            return BlobRef.unpack(part)
        case _:
            raise Malformed("An invitation is malformed.")
