"""What a relay sees of a conversation: sealed, padded envelopes, and epoch tokens.

Specified in ``spec/conversations.md`` §3. Everything comes from the group's exporter,
so it changes with every epoch and ends for whoever is removed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linnet.client.core.identity import Entropy
from linnet.client.core.padding import pad, unpad
from linnet.errors import Forged, LocalError, Malformed
from linnet.ids import BlobId, EnvelopeId, Epoch, StreamId
from linnet.wire.limits import MAX_ENVELOPE

Export = Callable[[str, bytes, int], bytes]

OVERHEAD = 12 + 16
LARGEST_BODY = MAX_ENVELOPE - OVERHEAD - 5
"""What is larger travels as a blob that the envelope names."""

_MESSAGE = 1
_BLOB = 2


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A blob that holds what did not fit: its name, its key and its true length."""

    blob: BlobId = field(repr=False)
    key: bytes = field(repr=False)
    size: int

    def pack(self) -> bytes:
        """Write the reference."""
        return self.blob + self.key + self.size.to_bytes(8)

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read a reference.

        Raises:
            Malformed: it has another length.
        """
        if len(data) != 72:
            raise Malformed("A reference to a blob is malformed.")
        return cls(BlobId(data[:32]), data[32:64], int.from_bytes(data[64:]))


@dataclass(frozen=True, slots=True)
class EpochKeys:
    """What a member holds for one epoch of a conversation's stream."""

    epoch: Epoch
    append_token: bytes = field(repr=False)
    read_token: bytes = field(repr=False)
    envelope_key: bytes = field(repr=False)
    whisper_key: bytes = field(repr=False)

    @classmethod
    def derive(cls, epoch: int, export: Export) -> Self:
        """Derive them from a group's exporter (RFC 9420 §8.5)."""
        return cls(
            epoch=Epoch(epoch),
            append_token=export("Linnet append", b"", 32),
            read_token=export("Linnet read", b"", 32),
            envelope_key=export("Linnet envelope", b"", 32),
            whisper_key=export("Linnet whisper", b"", 32),
        )

    @property
    def hashes(self) -> tuple[bytes, bytes]:
        """What the relay stores: hashes of the append and the read token."""
        return sha256(self.append_token).digest(), sha256(self.read_token).digest()

    def pack(self) -> bytes:
        """Write them for the store."""
        keys = self.append_token + self.read_token + self.envelope_key
        return self.epoch.to_bytes(8) + keys + self.whisper_key

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read what `pack` wrote."""
        keys = (data[at : at + 32] for at in (8, 40, 72, 104))
        return cls(Epoch(int.from_bytes(data[:8])), *keys)


def seal(
    keys: EpochKeys,
    stream: StreamId,
    *,
    envelope: EnvelopeId,
    body: bytes | BlobRef,
    entropy: Entropy,
) -> bytes:
    """Encrypt what an envelope carries: an MLS message, or the blob that holds it."""
    kind = _BLOB if isinstance(body, BlobRef) else _MESSAGE
    inner = body.pack() if isinstance(body, BlobRef) else body
    if len(inner) > LARGEST_BODY:
        raise LocalError("This is too large for an envelope.")
    plain = pad(bytes([kind]) + inner, largest=MAX_ENVELOPE - OVERHEAD)
    nonce = entropy(12)
    context = _context(stream, keys.epoch, envelope)
    return nonce + AESGCM(keys.envelope_key).encrypt(nonce, plain, context)


def unseal(
    keys: EpochKeys, stream: StreamId, *, envelope: EnvelopeId, data: bytes
) -> bytes | BlobRef:
    """Decrypt an envelope.

    Raises:
        Forged: it was not made by a member of this epoch, for this place.
        Malformed: a member made it, but of nothing known.
    """
    if len(data) < OVERHEAD:
        raise Malformed("An envelope is too short.")
    context = _context(stream, keys.epoch, envelope)
    try:
        plain = AESGCM(keys.envelope_key).decrypt(data[:12], data[12:], context)
    except InvalidTag as error:
        raise Forged("An envelope was not made by a member.") from error
    match unpad(plain):
        case body if body[:1] == bytes([_MESSAGE]):
            return body[1:]
        case body if body[:1] == bytes([_BLOB]):
            return BlobRef.unpack(body[1:])
    raise Malformed("An envelope holds something unknown.")


def _context(stream: StreamId, epoch: Epoch, envelope: EnvelopeId) -> bytes:
    return b"Linnet envelope 1\x00" + stream + epoch.to_bytes(8) + envelope
