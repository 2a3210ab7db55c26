"""Keys, counters and the transcript: Noise's two inner objects (spec/session.md §3).

``CipherState`` and ``SymmetricState`` of the Noise Protocol Framework, revision 34,
for AES-256-GCM and SHA-256. Knows nothing of handshake patterns or sessions.
"""

from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
_REKEY_NONCE: Final = b"\0\0\0\0" + b"\xff" * 8


def derive(secret: bytes, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _hash(*parts: bytes) -> bytes:
    digest = Hash(SHA256())
    for part in parts:
        digest.update(part)
    return digest.finalize()


class CipherState:
    """A key and its counter (Noise §5.1); messages are sealed in their order.

    ``seal`` and ``open`` are the cipher's own methods, taking nonce, data and
    associated data, so that the hot path of a session pays for no call in between.
    """

    __slots__ = ("counter", "open", "seal")

    def __init__(self, key: bytes) -> None:
        self.counter = 0
        self._take(key)

    def _take(self, key: bytes) -> None:
        aead = AESGCM(key)
        self.seal, self.open = aead.encrypt, aead.decrypt

    def encrypt(self, plaintext: bytes, associated: bytes | None = None) -> bytes:
        """Seal the next message."""
        nonce = self.counter.to_bytes(12, "big")
        self.counter += 1
        return self.seal(nonce, plaintext, associated)

    def decrypt(self, ciphertext: bytes, associated: bytes | None = None) -> bytes:
        """Open the next message; the counter moves only when it is genuine.

        Raises:
            InvalidTag: it was not sealed with this key at this place.
        """
        nonce = self.counter.to_bytes(12, "big")
        plaintext = self.open(nonce, ciphertext, associated)
        self.counter += 1
        return plaintext

    def rekey(self) -> None:
        """Replace the key one-way (Noise §4.2 and §11.3); the counter goes on."""
        self._take(self.seal(_REKEY_NONCE, bytes(KEY_BYTES), None)[:KEY_BYTES])


class SymmetricState:
    """The chaining key, the transcript hash and the handshake cipher (Noise §5.2)."""

    def __init__(self, name: str, prologue: bytes) -> None:
        raw = name.encode()
        self.hash = raw.ljust(32, b"\0") if len(raw) <= 32 else _hash(raw)
        self._chaining_key = self.hash
        self._cipher: CipherState | None = None
        self.mix_hash(prologue)

    def mix_hash(self, data: bytes) -> None:
        """Take data into the transcript."""
        self.hash = _hash(self.hash, data)

    def mix_key(self, material: bytes) -> None:
        """Take a shared secret into the keys."""
        self._chaining_key, key = self._expand(material, 2)
        self._cipher = CipherState(key)

    def mix_key_and_hash(self, material: bytes) -> None:
        """Take a pre-shared key into keys and transcript."""
        self._chaining_key, transcript, key = self._expand(material, 3)
        self.mix_hash(transcript)
        self._cipher = CipherState(key)

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        """Seal under the transcript, once there is a key."""
        sealed = plaintext
        if self._cipher is not None:
            sealed = self._cipher.encrypt(plaintext, self.hash)
        self.mix_hash(sealed)
        return sealed

    def decrypt_and_hash(self, sealed: bytes) -> bytes:
        """Open what ``encrypt_and_hash`` sealed.

        Raises:
            InvalidTag: keys or transcripts differ.
        """
        plaintext = sealed
        if self._cipher is not None:
            plaintext = self._cipher.decrypt(sealed, self.hash)
        self.mix_hash(sealed)
        return plaintext

    def overhead(self) -> int:
        """How much longer a sealed field is now than the field."""
        return TAG_BYTES if self._cipher is not None else 0

    def split(self) -> tuple[CipherState, CipherState]:
        """The two transport ciphers: initiator's direction first."""
        first, second = self._expand(b"", 2)
        return CipherState(first), CipherState(second)

    def _expand(self, material: bytes, count: int) -> list[bytes]:
        # Noise's HKDF is RFC 5869 with the chaining key as salt and empty info.
        out = derive(material, salt=self._chaining_key, info=b"", length=32 * count)
        return [out[start : start + 32] for start in range(0, 32 * count, 32)]
