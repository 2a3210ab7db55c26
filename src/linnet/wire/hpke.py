"""HPKE in base mode, once, with an exporter (RFC 9180; spec/bags.md §2).

DHKEM(X25519, HKDF-SHA256) or X-Wing, HKDF-SHA256, AES-256-GCM. ``cryptography`` has
this mode without the exporter, under which answers are sealed; the tests hold this
against it. A context encrypts one text: its sequence number never leaves zero.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from linnet.errors import Forged, Malformed
from linnet.wire import xwing

SUITE: Final = b"\x00\x20\x00\x01\x00\x02"
ENC_BYTES: Final = 32
_KEM: Final = b"KEM" + SUITE[:2]
HYBRID_SUITE: Final = b"\x64\x7a\x00\x01\x00\x02"
"""The same with X-Wing, which a quantum computer does not open (draft-ietf-hpke-pq)."""
_BASE: Final = b"\x00"


@dataclass(frozen=True, slots=True)
class Context:
    """What both sides share: seals or opens one text, and exports secrets."""

    key: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    exporter: bytes = field(repr=False)
    suite: bytes = SUITE

    def seal(self, plaintext: bytes) -> bytes:
        """Encrypt the one text."""
        return AESGCM(self.key).encrypt(self.nonce, plaintext, None)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt the one text.

        Raises:
            Forged: it was not sealed so, or not to this key.
        """
        try:
            return AESGCM(self.key).decrypt(self.nonce, sealed, None)
        except InvalidTag:
            raise Forged("What was sealed does not open with this key.") from None

    def export(self, label: bytes, length: int = 32) -> bytes:
        """Derive a secret (RFC 9180 §5.3)."""
        named = b"HPKE" + self.suite
        return _expand(self.exporter, b"sec", label, length=length, suite=named)


def send(public: bytes, info: bytes, ephemeral: bytes) -> tuple[bytes, Context]:
    """Begin to seal to a public key; ``ephemeral`` is 32 random bytes.

    Raises:
        Malformed: nobody can have that key.
    """
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = own.public_key().public_bytes_raw()
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Malformed("There is a key to seal to that nobody can have.") from None
    return enc, _context(shared, enc, public, info)


def receive(private: bytes, enc: bytes, info: bytes) -> Context:
    """Begin to open what was sealed to a private key's public half.

    Raises:
        Malformed: ``enc`` is no key anyone seals with.
    """
    own = X25519PrivateKey.from_private_bytes(private)
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(enc))
    except ValueError:
        raise Malformed("What was sealed begins with a key that cannot be.") from None
    return _context(shared, enc, own.public_key().public_bytes_raw(), info)


def send_hybrid(public: bytes, info: bytes, ephemeral: bytes) -> tuple[bytes, Context]:
    """Begin to seal to a public key of X-Wing; ``ephemeral`` is 32 random bytes.

    Raises:
        Malformed: nobody can have that key.
    """
    secret, enc = xwing.encapsulate(public, ephemeral)
    return enc, _schedule(secret, info, HYBRID_SUITE)


def receive_hybrid(seed: bytes, enc: bytes, info: bytes) -> Context:
    """Begin to open what was sealed to the public half of a seed of X-Wing's.

    Raises:
        Malformed: ``enc`` is nothing anyone seals with.
    """
    return _schedule(xwing.decapsulate(seed, enc), info, HYBRID_SUITE)


def extract(salt: bytes, material: bytes) -> bytes:
    """HKDF-Extract (RFC 5869 §2.2)."""
    return digest(salt or bytes(32), material, sha256)


def expand(secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand (RFC 5869 §2.3)."""
    return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(secret)


def _context(shared: bytes, enc: bytes, public: bytes, info: bytes) -> Context:
    prk = _extract(b"", b"eae_prk", shared, suite=_KEM)
    agreed = _expand(prk, b"shared_secret", enc + public, length=32, suite=_KEM)
    return _schedule(agreed, info, SUITE)


def _schedule(agreed: bytes, info: bytes, suite: bytes) -> Context:
    """Derive what both sides share (RFC 9180 §5.1)."""
    named = b"HPKE" + suite
    no_psk = _extract(b"", b"psk_id_hash", b"", suite=named)
    bound = _BASE + no_psk + _extract(b"", b"info_hash", info, suite=named)
    secret = _extract(agreed, b"secret", b"", suite=named)
    return Context(
        key=_expand(secret, b"key", bound, length=32, suite=named),
        nonce=_expand(secret, b"base_nonce", bound, length=12, suite=named),
        exporter=_expand(secret, b"exp", bound, length=32, suite=named),
        suite=suite,
    )


def _extract(salt: bytes, label: bytes, material: bytes, *, suite: bytes) -> bytes:
    return extract(salt, b"HPKE-v1" + suite + label + material)


def _expand(
    secret: bytes, label: bytes, info: bytes, *, length: int, suite: bytes
) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return expand(secret, labelled, length)
