"""Key encapsulation mechanisms of the cipher suites (RFC 9180 §4.1, §7.1).

One of the few modules that import `cryptography`. A raw key is bytes; a loaded key is
an object that can encapsulate or decapsulate. Knows nothing of MLS.
"""

import hmac
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mls.errors import InvalidKey
from mls.secrets import Secret


class EncapsulationKey(Protocol):
    """A loaded public key."""

    def encapsulate(self) -> tuple[Secret, bytes]:
        """Make a shared secret and the bytes that let the private key find it.

        Raises:
            InvalidKey: the public key leads to no acceptable secret.
        """
        ...


class DecapsulationKey(Protocol):
    """A loaded private key."""

    @property
    def public(self) -> bytes:
        """The public key, encoded."""
        ...

    def decapsulate(self, encapsulated: bytes) -> Secret:
        """Find the shared secret.

        Raises:
            InvalidKey: the encapsulation is not a valid one.
        """
        ...


class Kem(Protocol):
    """A key encapsulation mechanism."""

    @property
    def id(self) -> int:
        """Its number in the HPKE registry."""
        ...

    @property
    def private_length(self) -> int:
        """How many bytes of entropy a fresh private key takes."""
        ...

    def derive_private(self, material: bytes) -> Secret:
        """Derive a private key from key material: the first half of DeriveKeyPair."""
        ...

    def load_private(self, raw: bytes) -> DecapsulationKey:
        """Load a private key.

        Raises:
            InvalidKey: the bytes are not a private key.
        """
        ...

    def load_public(self, raw: bytes) -> EncapsulationKey:
        """Load a public key.

        Raises:
            InvalidKey: the bytes are not a public key.
        """
        ...


@dataclass(frozen=True, slots=True)
class LabeledKdf:
    """HKDF with the labels of one HPKE algorithm (RFC 9180 §4)."""

    hash_name: str
    suite_id: bytes

    def extract(self, salt: bytes, label: bytes, material: bytes) -> Secret:
        """LabeledExtract."""
        labeled = b"HPKE-v1" + self.suite_id + label + material
        return Secret(hmac.digest(salt, labeled, self.hash_name))

    def expand(self, key: bytes, label: bytes, info: bytes, length: int) -> Secret:
        """LabeledExpand."""
        prefix = length.to_bytes(2, "big") + b"HPKE-v1" + self.suite_id
        return expand(self.hash_name, key, prefix + label + info, length)


def expand(hash_name: str, key: bytes, info: bytes, length: int) -> Secret:
    """HKDF-Expand (RFC 5869 §2.3)."""
    block = output = hmac.digest(key, info + b"\x01", hash_name)
    counter = 2
    while len(output) < length:
        block = hmac.digest(key, block + info + counter.to_bytes(1, "big"), hash_name)
        output += block
        counter += 1
    return Secret(output[:length])


class Curve(Protocol):
    """A Diffie-Hellman group as DHKEM needs it."""

    @property
    def private_length(self) -> int:
        """Nsk."""
        ...

    def derive_private(self, kdf: LabeledKdf, key: bytes) -> Secret:
        """Make a private key out of the `dkp_prk` of DeriveKeyPair."""
        ...

    def fresh_private(self) -> "PrivatePoint":
        """Generate an ephemeral key with the library's own randomness."""
        ...

    def load_private(self, raw: bytes) -> "PrivatePoint":
        """Load a private key."""
        ...

    def check_public(self, raw: bytes) -> None:
        """Make sure that some bytes are a public key."""
        ...


class PrivatePoint(Protocol):
    """A private key of a Diffie-Hellman group."""

    @property
    def public(self) -> bytes:
        """Its public key, encoded."""
        ...

    def agree(self, public: bytes) -> bytes:
        """The Diffie-Hellman result with another's public key."""
        ...


@dataclass(frozen=True, slots=True)
class _MontgomeryPrivate:
    key: x25519.X25519PrivateKey | x448.X448PrivateKey
    public: bytes

    def agree(self, public: bytes) -> bytes:
        if isinstance(self.key, x25519.X25519PrivateKey):
            return self.key.exchange(x25519.X25519PublicKey.from_public_bytes(public))
        return self.key.exchange(x448.X448PublicKey.from_public_bytes(public))


@dataclass(frozen=True, slots=True)
class Montgomery:
    """X25519 or X448 (RFC 7748); an all-zero result is refused by the library."""

    is_448: bool
    private_length: int

    def derive_private(self, kdf: LabeledKdf, key: bytes) -> Secret:
        """Make a private key (RFC 9180 §7.1.3)."""
        return kdf.expand(key, b"sk", b"", self.private_length)

    def fresh_private(self) -> PrivatePoint:
        """Generate an ephemeral key."""
        if self.is_448:
            return self._wrap(x448.X448PrivateKey.generate())
        return self._wrap(x25519.X25519PrivateKey.generate())

    def load_private(self, raw: bytes) -> PrivatePoint:
        """Load a private key."""
        if self.is_448:
            return self._wrap(x448.X448PrivateKey.from_private_bytes(raw))
        return self._wrap(x25519.X25519PrivateKey.from_private_bytes(raw))

    def check_public(self, raw: bytes) -> None:
        """Make sure of the length; every value of it is a public key."""
        if len(raw) != self.private_length:
            raise ValueError("a public key has the wrong length")

    @staticmethod
    def _wrap(key: x25519.X25519PrivateKey | x448.X448PrivateKey) -> PrivatePoint:
        return _MontgomeryPrivate(key, key.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class _NistPrivate:
    key: ec.EllipticCurvePrivateKey
    public: bytes

    def agree(self, public: bytes) -> bytes:
        if len(public) != len(self.public):
            raise ValueError("a public key has the wrong length")
        point = ec.EllipticCurvePublicKey.from_encoded_point(self.key.curve, public)
        return self.key.exchange(ec.ECDH(), point)


@dataclass(frozen=True, slots=True)
class Nist:
    """P-256, P-384 or P-521, points uncompressed."""

    curve: ec.EllipticCurve
    private_length: int
    first_byte_mask: int

    def derive_private(self, kdf: LabeledKdf, key: bytes) -> Secret:
        """Make a private key by trying candidates (RFC 9180 §7.1.3)."""
        for counter in range(256):
            info = counter.to_bytes(1, "big")
            raw = bytearray(kdf.expand(key, b"candidate", info, self.private_length))
            raw[0] &= self.first_byte_mask
            if 0 < int.from_bytes(raw, "big") < self.curve.group_order:
                return Secret(raw)
        raise InvalidKey("no private key could be derived")

    def fresh_private(self) -> PrivatePoint:
        """Generate an ephemeral key."""
        return self._wrap(ec.generate_private_key(self.curve))

    def load_private(self, raw: bytes) -> PrivatePoint:
        """Load a private key."""
        return self._wrap(ec.derive_private_key(int.from_bytes(raw, "big"), self.curve))

    def check_public(self, raw: bytes) -> None:
        """Make sure that some bytes are a point, uncompressed."""
        if len(raw) != 2 * self.private_length + 1:
            raise ValueError("a public key has the wrong length")
        ec.EllipticCurvePublicKey.from_encoded_point(self.curve, raw)

    @staticmethod
    def _wrap(key: ec.EllipticCurvePrivateKey) -> PrivatePoint:
        encoded = key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return _NistPrivate(key, encoded)


@dataclass(frozen=True, slots=True)
class DhKem:
    """DHKEM over a Diffie-Hellman group (RFC 9180 §4.1)."""

    id: int
    curve: Curve
    kdf: LabeledKdf
    secret_length: int

    @property
    def private_length(self) -> int:
        """Nsk."""
        return self.curve.private_length

    def derive_private(self, material: bytes) -> Secret:
        """The first half of DeriveKeyPair (RFC 9180 §7.1.3)."""
        key = self.kdf.extract(b"", b"dkp_prk", material)
        return self.curve.derive_private(self.kdf, key)

    def load_private(self, raw: bytes) -> DecapsulationKey:
        """Load a private key.

        Raises:
            InvalidKey: the bytes are not a private key.
        """
        try:
            return _DhDecapsulationKey(self, self.curve.load_private(raw))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidKey("not a private key") from error

    def load_public(self, raw: bytes) -> EncapsulationKey:
        """Load a public key.

        Raises:
            InvalidKey: the bytes are not a public key.
        """
        try:
            self.curve.check_public(raw)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidKey("not a public key") from error
        return _DhEncapsulationKey(self, raw)

    def shared_secret(self, agreed: bytes, context: bytes) -> Secret:
        """ExtractAndExpand."""
        key = self.kdf.extract(b"", b"eae_prk", agreed)
        return self.kdf.expand(key, b"shared_secret", context, self.secret_length)


def _agree(private: PrivatePoint, public: bytes) -> bytes:
    try:
        return private.agree(public)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKey("no shared secret with this public key") from error


@dataclass(frozen=True, slots=True)
class _DhEncapsulationKey:
    kem: DhKem
    public: bytes

    def encapsulate(self) -> tuple[Secret, bytes]:
        ephemeral = self.kem.curve.fresh_private()
        agreed = _agree(ephemeral, self.public)
        secret = self.kem.shared_secret(agreed, ephemeral.public + self.public)
        return secret, ephemeral.public


@dataclass(frozen=True, slots=True)
class _DhDecapsulationKey:
    kem: DhKem
    private: PrivatePoint

    @property
    def public(self) -> bytes:
        return self.private.public

    def decapsulate(self, encapsulated: bytes) -> Secret:
        agreed = _agree(self.private, encapsulated)
        return self.kem.shared_secret(agreed, encapsulated + self.public)


def _dhkem(number: int, curve: Curve, hash_name: str, secret_length: int) -> DhKem:
    kdf = LabeledKdf(hash_name, b"KEM" + number.to_bytes(2, "big"))
    return DhKem(number, curve, kdf, secret_length)


DHKEM_P256 = _dhkem(0x10, Nist(ec.SECP256R1(), 32, 0xFF), "sha256", 32)
DHKEM_P384 = _dhkem(0x11, Nist(ec.SECP384R1(), 48, 0xFF), "sha384", 48)
DHKEM_P521 = _dhkem(0x12, Nist(ec.SECP521R1(), 66, 0x01), "sha512", 64)
DHKEM_X25519 = _dhkem(0x20, Montgomery(is_448=False, private_length=32), "sha256", 32)
DHKEM_X448 = _dhkem(0x21, Montgomery(is_448=True, private_length=56), "sha512", 64)
