"""What is passed to members who are online and never stored: typing.

Specified in ``spec/conversations.md`` §9. Sealed under a key of the epoch, so it is
from a member; which one, a dishonest member could forge, and nothing hangs on it.
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linnet.client.core.envelope import EpochKeys
from linnet.client.core.identity import Entropy
from linnet.errors import Forged, Malformed
from linnet.ids import AccountKey, StreamId

_TYPING = 1


@dataclass(frozen=True, slots=True)
class TypingNote:
    """A member types, or has stopped."""

    account: AccountKey = field(repr=False)
    is_typing: bool


def seal_note(
    keys: EpochKeys, stream: StreamId, note: TypingNote, *, entropy: Entropy
) -> bytes:
    """Encrypt a note for the members who are online."""
    plain = bytes([_TYPING]) + note.account + bytes([note.is_typing])
    nonce = entropy(12)
    sealed = AESGCM(keys.whisper_key).encrypt(nonce, plain, _context(stream))
    return nonce + sealed


def unseal_note(keys: EpochKeys, stream: StreamId, data: bytes) -> TypingNote:
    """Decrypt a note.

    Raises:
        Forged: no member of this epoch made it.
        Malformed: it says nothing known.
    """
    try:
        plain = AESGCM(keys.whisper_key).decrypt(data[:12], data[12:], _context(stream))
    except (InvalidTag, ValueError) as error:
        raise Forged("A whisper was not made by a member.") from error
    if len(plain) != 34 or plain[0] != _TYPING or plain[33] > 1:
        raise Malformed("A whisper says something unknown.")
    return TypingNote(AccountKey(plain[1:33]), plain[33] == 1)


def _context(stream: StreamId) -> bytes:
    return b"Linnet whisper 1\x00" + stream
