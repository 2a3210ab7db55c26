"""Hybrid public key encryption, base mode, as MLS uses it (RFC 9180).

Our own over the primitives, because MLS needs what `cryptography`'s HPKE leaves out:
exported secrets (external init, §8.3), X448, and private keys that are derived.
Every context encrypts once: sequence numbers never leave zero.
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag as OpeningFailed
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from mls.errors import UndecryptableMessage
from mls.kems import DecapsulationKey, Kem, LabeledKdf
from mls.secrets import Secret


@dataclass(frozen=True, slots=True)
class Aead:
    """An authenticated cipher; nonces have 12 bytes and tags 16."""

    id: int
    key_length: int
    is_chacha: bool = False
    nonce_length: int = 12

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, data: bytes) -> bytes:
        """Encrypt and authenticate."""
        return self._cipher(key).encrypt(nonce, plaintext, data)

    def open(self, key: bytes, nonce: bytes, ciphertext: bytes, data: bytes) -> bytes:
        """Decrypt what is authentic.

        Raises:
            UndecryptableMessage: it is not.
        """
        try:
            return self._cipher(key).decrypt(nonce, ciphertext, data)
        except (OpeningFailed, ValueError) as error:
            raise UndecryptableMessage("a ciphertext does not open") from error

    def _cipher(self, key: bytes) -> AESGCM | ChaCha20Poly1305:
        return ChaCha20Poly1305(key) if self.is_chacha else AESGCM(key)


AES_128_GCM = Aead(id=1, key_length=16)
AES_256_GCM = Aead(id=2, key_length=32)
CHACHA20_POLY1305 = Aead(id=3, key_length=32, is_chacha=True)

_KDF_IDS = {"sha256": 1, "sha384": 2, "sha512": 3}
_BASE_MODE = b"\x00"


@dataclass(frozen=True, slots=True)
class _Context:
    kdf: LabeledKdf
    secret: Secret
    bound: bytes

    def key(self, length: int) -> Secret:
        return self.kdf.expand(self.secret, b"key", self.bound, length)

    def nonce(self, length: int) -> Secret:
        return self.kdf.expand(self.secret, b"base_nonce", self.bound, length)

    def export(self, context: bytes, length: int, exporter_length: int) -> Secret:
        key = self.kdf.expand(self.secret, b"exp", self.bound, exporter_length)
        return self.kdf.expand(key, b"sec", context, length)


@dataclass(frozen=True, slots=True)
class Hpke:
    """One combination of KEM, KDF and AEAD."""

    kem: Kem
    hash_name: str
    hash_length: int
    aead: Aead
    _kdf: LabeledKdf = field(init=False)
    _no_psk: Secret = field(init=False)

    def __post_init__(self) -> None:
        numbers = (self.kem.id, _KDF_IDS[self.hash_name], self.aead.id)
        suite_id = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in numbers)
        kdf = LabeledKdf(self.hash_name, suite_id)
        object.__setattr__(self, "_kdf", kdf)
        object.__setattr__(self, "_no_psk", kdf.extract(b"", b"psk_id_hash", b""))

    def seal(self, public: bytes, info: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
        """Encrypt to a public key; gives the KEM output and the ciphertext.

        Raises:
            InvalidKey: nothing can be encrypted to this key.
        """
        shared, kem_output = self.kem.load_public(public).encapsulate()
        context = self._schedule(shared, info)
        key, nonce = context.key(self.aead.key_length), context.nonce(12)
        return kem_output, self.aead.seal(key, nonce, plaintext, b"")

    def open(
        self, private: DecapsulationKey, info: bytes, kem_output: bytes, sealed: bytes
    ) -> bytes:
        """Decrypt what was sealed to this key's public half.

        Raises:
            InvalidKey: the KEM output is not valid.
            UndecryptableMessage: the ciphertext does not open.
        """
        context = self._schedule(private.decapsulate(kem_output), info)
        key, nonce = context.key(self.aead.key_length), context.nonce(12)
        return self.aead.open(key, nonce, sealed, b"")

    def export_to(
        self, public: bytes, label: bytes, length: int
    ) -> tuple[bytes, Secret]:
        """Agree on a secret with the owner of a key; gives KEM output and secret.

        Raises:
            InvalidKey: nothing can be encrypted to this key.
        """
        shared, kem_output = self.kem.load_public(public).encapsulate()
        context = self._schedule(shared, b"")
        return kem_output, context.export(label, length, self.hash_length)

    def export_from(
        self, private: DecapsulationKey, kem_output: bytes, label: bytes, length: int
    ) -> Secret:
        """The receiving side of `export_to`.

        Raises:
            InvalidKey: the KEM output is not valid.
        """
        context = self._schedule(private.decapsulate(kem_output), b"")
        return context.export(label, length, self.hash_length)

    def _schedule(self, shared: bytes, info: bytes) -> _Context:
        info_hash = self._kdf.extract(b"", b"info_hash", info)
        secret = self._kdf.extract(shared, b"secret", b"")
        return _Context(self._kdf, secret, _BASE_MODE + self._no_psk + info_hash)
