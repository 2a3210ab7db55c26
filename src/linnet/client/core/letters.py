"""Letters: envelopes for the members who are met, past any relay (spec/bags.md §8)."""

from collections.abc import Iterable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linnet.client.core.envelope import EpochKeys
from linnet.client.core.identity import Entropy
from linnet.client.core.keys import derive
from linnet.client.core.padding import pad, unpad
from linnet.errors import Forged, Malformed
from linnet.ids import EnvelopeId, StreamId
from linnet.wire.fields import Fields, u8, u16

VERSION: Final = 1
LARGEST: Final = 60_000
NONCE: Final = 12
_INFO: Final = b"Linnet letter 1"

Sealed = tuple[EnvelopeId, bytes]
"""An envelope's id and its data, as the stream would have it."""


def seal(
    keys: EpochKeys, stream: StreamId, envelopes: Iterable[Sealed], entropy: Entropy
) -> Iterator[bytes]:
    """Put envelopes of one epoch, in their order, into as few letters as hold them."""
    body = u8(VERSION)
    for envelope, data in envelopes:
        packed = envelope + u16(len(data)) + data
        if len(body) + len(packed) > LARGEST:
            yield _seal(keys, stream, body, entropy)
            body = u8(VERSION)
        body += packed
    if len(body) > 1:
        yield _seal(keys, stream, body, entropy)


def unseal(keys: EpochKeys, stream: StreamId, letter: bytes) -> list[Sealed]:
    """Open a letter of one conversation and epoch.

    Raises:
        Forged: it is of another one, or was changed.
        Malformed: a member made it, but not as this page says.
    """
    try:
        plain = _cipher(keys, stream).decrypt(letter[:NONCE], letter[NONCE:], None)
    except (InvalidTag, ValueError):
        raise Forged("A letter is not of this conversation.") from None
    fields = Fields(unpad(plain))
    if fields.number(1) != VERSION:
        raise Malformed("A letter was made by a newer version of Linnet.")
    found = []
    while not fields.is_done:
        found.append((EnvelopeId(fields.take(16)), fields.sized(2)))
    return found


def _seal(keys: EpochKeys, stream: StreamId, body: bytes, entropy: Entropy) -> bytes:
    nonce = entropy(NONCE)
    plain = pad(body, largest=LARGEST + 4)
    return nonce + _cipher(keys, stream).encrypt(nonce, plain, None)


def _cipher(keys: EpochKeys, stream: StreamId) -> AESGCM:
    return AESGCM(derive(keys.envelope_key, salt=stream, info=_INFO, length=32))
