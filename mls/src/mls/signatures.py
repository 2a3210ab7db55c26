"""Signature schemes of the cipher suites (RFC 9420 §5.1.2).

One of the few modules that import `cryptography`. Private keys are raw scalars or
seeds; ECDSA signatures are DER, its public keys uncompressed points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature as VerificationFailed
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mls.errors import InvalidKey, InvalidSignature
from mls.secrets import Secret

Entropy = Callable[[int], bytes]


class SigningKey(Protocol):
    """A loaded private key."""

    @property
    def public(self) -> bytes:
        """The public key, encoded."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign a message."""
        ...


class SignatureScheme(Protocol):
    """A signature scheme."""

    def generate(self, entropy: Entropy) -> Secret:
        """Make a private key."""
        ...

    def load(self, raw: bytes) -> SigningKey:
        """Load a private key.

        Raises:
            InvalidKey: the bytes are not a private key.
        """
        ...

    def verify(self, public: bytes, message: bytes, signature: bytes) -> None:
        """Make sure that a signature is one.

        Raises:
            InvalidSignature: it is not, or the public key is not a key.
        """
        ...


@dataclass(frozen=True, slots=True)
class _LoadedEdwards:
    key: ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


@dataclass(frozen=True, slots=True)
class Edwards:
    """Ed25519 or Ed448 (RFC 8032)."""

    is_448: bool

    def generate(self, entropy: Entropy) -> Secret:
        """Make a private key."""
        return Secret(entropy(57 if self.is_448 else 32))

    def load(self, raw: bytes) -> SigningKey:
        """Load a private key.

        Raises:
            InvalidKey: the bytes are not a private key.
        """
        try:
            if self.is_448:
                return _LoadedEdwards(ed448.Ed448PrivateKey.from_private_bytes(raw))
            return _LoadedEdwards(ed25519.Ed25519PrivateKey.from_private_bytes(raw))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidKey("not a private key") from error

    def verify(self, public: bytes, message: bytes, signature: bytes) -> None:
        """Make sure that a signature is one.

        Raises:
            InvalidSignature: it is not, or the public key is not a key.
        """
        try:
            if self.is_448:
                ed448.Ed448PublicKey.from_public_bytes(public).verify(
                    signature, message
                )
            else:
                key = ed25519.Ed25519PublicKey.from_public_bytes(public)
                key.verify(signature, message)
        except (VerificationFailed, ValueError, UnsupportedAlgorithm) as error:
            raise InvalidSignature("a signature does not verify") from error


@dataclass(frozen=True, slots=True)
class _LoadedEcdsa:
    key: ec.EllipticCurvePrivateKey
    hash: hashes.HashAlgorithm

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ec.ECDSA(self.hash))


@dataclass(frozen=True, slots=True)
class Ecdsa:
    """ECDSA over a NIST curve."""

    curve: ec.EllipticCurve
    hash: hashes.HashAlgorithm
    private_length: int

    def generate(self, entropy: Entropy) -> Secret:
        """Make a private key; eight extra bytes make the bias negligible."""
        number = int.from_bytes(entropy(self.private_length + 8), "big")
        scalar = number % (self.curve.group_order - 1) + 1
        return Secret(scalar.to_bytes(self.private_length, "big"))

    def load(self, raw: bytes) -> SigningKey:
        """Load a private key.

        Raises:
            InvalidKey: the bytes are not a private key.
        """
        try:
            key = ec.derive_private_key(int.from_bytes(raw, "big"), self.curve)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidKey("not a private key") from error
        return _LoadedEcdsa(key, self.hash)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> None:
        """Make sure that a signature is one.

        Raises:
            InvalidSignature: it is not, or the public key is not a key.
        """
        try:
            if public[:1] != b"\x04":
                raise ValueError("the point is compressed")
            key = ec.EllipticCurvePublicKey.from_encoded_point(self.curve, public)
            key.verify(signature, message, ec.ECDSA(self.hash))
        except (VerificationFailed, ValueError, UnsupportedAlgorithm) as error:
            raise InvalidSignature("a signature does not verify") from error


ED25519 = Edwards(is_448=False)
ED448 = Edwards(is_448=True)
ECDSA_P256 = Ecdsa(ec.SECP256R1(), hashes.SHA256(), 32)
ECDSA_P384 = Ecdsa(ec.SECP384R1(), hashes.SHA384(), 48)
ECDSA_P521 = Ecdsa(ec.SECP521R1(), hashes.SHA512(), 66)
