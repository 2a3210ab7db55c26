"""Cipher suites, and the labelled operations every one offers (RFC 9420 §5.1, §5.2).

The rest of the package does all its cryptography through a `Suite`.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache

from mls.codec import opaque, uint16, uint32
from mls.errors import InvalidTag, UnknownSuite
from mls.hpke import AES_128_GCM, AES_256_GCM, CHACHA20_POLY1305, Aead, Hpke
from mls.kems import (
    DHKEM_P256,
    DHKEM_P384,
    DHKEM_P521,
    DHKEM_X448,
    DHKEM_X25519,
    DecapsulationKey,
    Kem,
    expand,
)
from mls.secrets import Secret
from mls.signatures import (
    ECDSA_P256,
    ECDSA_P384,
    ECDSA_P521,
    ED448,
    ED25519,
    Entropy,
    SignatureScheme,
    SigningKey,
)
from mls.xwing import X_WING

__all__ = ["HYBRID", "Entropy", "PrivateKey", "SigningKey", "Suite"]


# A few labels, each used for every message.
@lru_cache(maxsize=128)
def _label_prefix(length: int, label: bytes) -> bytes:
    return uint16(length) + opaque(b"MLS 1.0 " + label)


class PrivateKey:
    """An HPKE private key that is loaded when it is first used.

    Expanding an X-Wing seed costs three times as much as decrypting with the result, so
    a key once loaded stays loaded as long as it lives.
    """

    __slots__ = ("_kem", "_loaded", "_public", "raw")

    def __init__(self, kem: Kem, raw: bytes) -> None:
        self.raw = Secret(raw)
        self._kem = kem
        self._loaded: DecapsulationKey | None = None
        self._public: bytes | None = None

    def __repr__(self) -> str:
        return "<private key>"

    @property
    def loaded(self) -> DecapsulationKey:
        """The key, ready to use.

        Raises:
            InvalidKey: the bytes are not a private key.
        """
        if self._loaded is None:
            self._loaded = self._kem.load_private(self.raw)
        return self._loaded

    @property
    def public(self) -> bytes:
        """The public key, encoded."""
        if self._public is None:
            self._public = self.loaded.public
        return self._public


@dataclass(frozen=True, slots=True)
class Suite:
    """A cipher suite (§5.1): a number, and the algorithms it stands for."""

    id: int
    name: str = field(compare=False)
    hash_name: str = field(compare=False, repr=False)
    hpke: Hpke = field(compare=False, repr=False)
    signature: SignatureScheme = field(compare=False, repr=False)

    @staticmethod
    def from_id(number: int) -> "Suite":
        """The suite with a number.

        Raises:
            UnknownSuite: there is none, or this package does not implement it.
        """
        suite = _SUITES.get(number)
        if suite is None:
            raise UnknownSuite(f"cipher suite {number:#06x}")
        return suite

    @staticmethod
    def supported() -> tuple[int, ...]:
        """The numbers of all suites of this package."""
        return tuple(_SUITES)

    @property
    def hash_length(self) -> int:
        """KDF.Nh: also the length of every secret of the key schedule."""
        return self.hpke.hash_length

    @property
    def aead(self) -> Aead:
        """The cipher that protects messages."""
        return self.hpke.aead

    @property
    def no_secret(self) -> Secret:
        """A secret of zeros, where the key schedule needs one and there is none."""
        return Secret(self.hash_length)

    def hash(self, data: bytes) -> bytes:
        """Hash some bytes."""
        return hashlib.new(self.hash_name, data).digest()

    def reference(self, label: bytes, value: bytes) -> bytes:
        """RefHash (§5.2)."""
        return self.hash(opaque(b"MLS 1.0 " + label) + opaque(value))

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Authenticate some bytes."""
        return hmac.digest(key, data, self.hash_name)

    def verify_mac(self, key: bytes, data: bytes, tag: bytes) -> None:
        """Make sure, in constant time, that a tag is the one of some bytes.

        Raises:
            InvalidTag: it is not.
        """
        if not hmac.compare_digest(self.mac(key, data), tag):
            raise InvalidTag("a tag is wrong")

    def extract(self, salt: bytes, material: bytes) -> Secret:
        """KDF.Extract."""
        return Secret(hmac.digest(salt, material, self.hash_name))

    def expand_with_label(
        self, secret: bytes, label: bytes, context: bytes, length: int
    ) -> Secret:
        """ExpandWithLabel (§8)."""
        info = _label_prefix(length, label) + opaque(context)
        return expand(self.hash_name, secret, info, length)

    def derive_secret(self, secret: bytes, label: bytes) -> Secret:
        """DeriveSecret (§8)."""
        return self.expand_with_label(secret, label, b"", self.hash_length)

    def derive_tree_secret(
        self, secret: bytes, label: bytes, generation: int, length: int
    ) -> Secret:
        """DeriveTreeSecret (§9.1)."""
        return self.expand_with_label(secret, label, uint32(generation), length)

    def sign(self, key: SigningKey, label: bytes, content: bytes) -> bytes:
        """SignWithLabel (§5.1.2)."""
        return key.sign(opaque(b"MLS 1.0 " + label) + opaque(content))

    def verify(
        self, public: bytes, label: bytes, content: bytes, signature: bytes
    ) -> None:
        """VerifyWithLabel (§5.1.2).

        Raises:
            InvalidSignature: the signature does not verify.
        """
        message = opaque(b"MLS 1.0 " + label) + opaque(content)
        self.signature.verify(public, message, signature)

    def encrypt(
        self, public: bytes, label: bytes, context: bytes, plaintext: bytes
    ) -> tuple[bytes, bytes]:
        """EncryptWithLabel (§5.1.3); gives KEM output and ciphertext.

        Raises:
            InvalidKey: nothing can be encrypted to this key.
        """
        info = opaque(b"MLS 1.0 " + label) + opaque(context)
        return self.hpke.seal(public, info, plaintext)

    def decrypt(
        self, key: PrivateKey, label: bytes, context: bytes, sealed: tuple[bytes, bytes]
    ) -> Secret:
        """DecryptWithLabel (§5.1.3), from KEM output and ciphertext.

        Raises:
            InvalidKey: the KEM output is not valid.
            UndecryptableMessage: the ciphertext does not open.
        """
        info = opaque(b"MLS 1.0 " + label) + opaque(context)
        return Secret(self.hpke.open(key.loaded, info, *sealed))

    def private_key(self, raw: bytes) -> PrivateKey:
        """An HPKE private key from its bytes."""
        return PrivateKey(self.hpke.kem, raw)

    def derive_key(self, material: bytes) -> PrivateKey:
        """DeriveKeyPair of the suite's KEM."""
        return PrivateKey(self.hpke.kem, self.hpke.kem.derive_private(material))

    def generate_key(self, entropy: Entropy) -> PrivateKey:
        """Make a fresh HPKE key."""
        return self.derive_key(entropy(self.hpke.kem.private_length))

    def check_public(self, raw: bytes) -> None:
        """Make sure that some bytes are an HPKE public key of this suite.

        Raises:
            InvalidKey: they are not.
        """
        self.hpke.kem.load_public(raw)


def _suite(
    number: int, name: str, kem: Kem, aead: Aead, scheme: SignatureScheme
) -> Suite:
    hash_name = name.split("_")[-2].lower()
    length = hashlib.new(hash_name).digest_size
    hpke = Hpke(kem, hash_name, length, aead)
    return Suite(number, f"MLS_{name}", hash_name, hpke, scheme)


# Not assigned yet: draft-ietf-mls-pq-ciphersuites leaves its numbers to IANA. A group
# moves to the assigned one by a ReInit.
HYBRID = _suite(
    0xF04E,
    "128_MLKEM768X25519_AES256GCM_SHA384_Ed25519",
    X_WING,
    AES_256_GCM,
    ED25519,
)

_SUITES = {
    suite.id: suite
    for suite in (
        _suite(
            1,
            "128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
            DHKEM_X25519,
            AES_128_GCM,
            ED25519,
        ),
        _suite(
            2,
            "128_DHKEMP256_AES128GCM_SHA256_P256",
            DHKEM_P256,
            AES_128_GCM,
            ECDSA_P256,
        ),
        _suite(
            3,
            "128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
            DHKEM_X25519,
            CHACHA20_POLY1305,
            ED25519,
        ),
        _suite(
            4,
            "256_DHKEMX448_AES256GCM_SHA512_Ed448",
            DHKEM_X448,
            AES_256_GCM,
            ED448,
        ),
        _suite(
            5,
            "256_DHKEMP521_AES256GCM_SHA512_P521",
            DHKEM_P521,
            AES_256_GCM,
            ECDSA_P521,
        ),
        _suite(
            6,
            "256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448",
            DHKEM_X448,
            CHACHA20_POLY1305,
            ED448,
        ),
        _suite(
            7,
            "256_DHKEMP384_AES256GCM_SHA384_P384",
            DHKEM_P384,
            AES_256_GCM,
            ECDSA_P384,
        ),
        HYBRID,
    )
}
