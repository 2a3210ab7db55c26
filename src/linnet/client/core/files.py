"""Files as encrypted blobs: cut into chunks that are sealed one by one.

Specified in ``spec/conversations.md`` §8. The construction is STREAM (Hoang,
Reyhanitabar, Rogaway, Vizár 2015) with AES-256-GCM, as in age and Tink: the nonce of a
chunk is a 7-byte prefix, its number, and whether it is the last. Order, length and end
are authentic, and any chunk can be fetched and opened again after an interruption.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from linnet.client.core.identity import Entropy
from linnet.client.core.padding import padded_size
from linnet.errors import Forged, LocalError, Malformed

CHUNK = 32_768
TAG = 16
SEALED_CHUNK = CHUNK + TAG
PREFIX = 7
ALGORITHM = 0x8001
"""Private-use number in the IANA registry of AEADs, for the construction above."""
_LAST_NUMBER = (1 << 32) - 1
LARGEST = 1 << 46
"""Bytes of one file: 64 TiB, so that no number of a chunk comes twice."""


@dataclass(frozen=True, slots=True)
class FileKey:
    """A key for one file and the prefix of its nonces; never used for another."""

    key: bytes = field(repr=False)
    prefix: bytes = field(repr=False)

    @classmethod
    def generate(cls, entropy: Entropy) -> Self:
        """Make a key."""
        return cls(entropy(32), entropy(PREFIX))

    def nonce(self, number: int, *, is_last: bool) -> bytes:
        """Return the nonce of a chunk."""
        return self.prefix + number.to_bytes(4) + bytes([is_last])


def sealed_size(size: int) -> int:
    """Return how large the blob of a file of ``size`` bytes is, padding included."""
    padded = padded_size(size)
    return padded + TAG * chunk_count(size)


def chunk_count(size: int) -> int:
    """Return how many chunks a file of ``size`` bytes has, padding included."""
    return -(-padded_size(size) // CHUNK)


def seal_file(file: FileKey, pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Encrypt a file of exactly ``size`` bytes that comes in pieces of any length.

    Raises:
        LocalError: it is longer or shorter than ``size``.
    """
    count, aead = chunk_count(size), AESGCM(file.key)
    if count > _LAST_NUMBER:
        raise LocalError("The file is too large.")
    chunks = _chunks(_padded(pieces, size))
    for number, chunk in enumerate(chunks):
        nonce = file.nonce(number, is_last=number == count - 1)
        yield aead.encrypt(nonce, chunk, None)


def unseal_chunk(file: FileKey, size: int, *, number: int, sealed: bytes) -> bytes:
    """Decrypt chunk ``number`` of a file of ``size`` bytes and drop its padding.

    Raises:
        Forged: it is not that chunk of that file.
        Malformed: something hides in the padding.
    """
    nonce = file.nonce(number, is_last=number == chunk_count(size) - 1)
    try:
        plain = AESGCM(file.key).decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError) as error:
        raise Forged("A piece of a file is not what was sent.") from error
    true_length = max(0, min(len(plain), size - number * CHUNK))
    if any(plain[true_length:]):
        raise Malformed("The padding of a file is malformed.")
    return plain[:true_length]


def _padded(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    left = size
    for piece in pieces:
        left -= len(piece)
        yield piece
    if left != 0:
        raise LocalError("The file changed while it was read.")
    filler = padded_size(size) - size
    while filler:
        yield bytes(min(filler, CHUNK))
        filler -= min(filler, CHUNK)


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)
