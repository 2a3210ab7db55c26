"""X-Wing: ML-KEM-768 and X25519 in one key encapsulation mechanism (KEM 0x647a).

Specified in draft-connolly-cfrg-xwing-kem; numbered, and given its DeriveKeyPair, by
draft-ietf-hpke-pq. A private key is a seed of 32 bytes. One of the few modules that
import `cryptography`; encapsulation draws on that library's own randomness.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha3_256, shake_256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)

from mls.errors import InvalidKey
from mls.kems import DecapsulationKey, EncapsulationKey
from mls.secrets import Secret

_LABEL = rb"\.//^" + b"\\"
_LATTICE_PUBLIC, _LATTICE_CIPHERTEXT, _CURVE = 1184, 1088, 32
_SEED = 32


def _combine(lattice: bytes, agreed: bytes, sent: bytes, public: bytes) -> Secret:
    return Secret(sha3_256(lattice + agreed + sent + public + _LABEL).digest())


@dataclass(frozen=True, slots=True)
class _XWingPublic:
    lattice: MLKEM768PublicKey
    curve: X25519PublicKey
    curve_raw: bytes

    def encapsulate(self) -> tuple[Secret, bytes]:
        ephemeral = X25519PrivateKey.generate()
        sent = ephemeral.public_key().public_bytes_raw()
        try:
            agreed = ephemeral.exchange(self.curve)
        except ValueError as error:
            raise InvalidKey("the X25519 half is a point of low order") from error
        lattice_secret, lattice_sent = self.lattice.encapsulate()
        secret = _combine(lattice_secret, agreed, sent, self.curve_raw)
        return secret, lattice_sent + sent


@dataclass(frozen=True, slots=True)
class _XWingPrivate:
    lattice: MLKEM768PrivateKey
    curve: X25519PrivateKey
    curve_public: bytes

    @property
    def public(self) -> bytes:
        return self.lattice.public_key().public_bytes_raw() + self.curve_public

    def decapsulate(self, encapsulated: bytes) -> Secret:
        if len(encapsulated) != _LATTICE_CIPHERTEXT + _CURVE:
            raise InvalidKey("an encapsulation has the wrong length")
        sent = encapsulated[_LATTICE_CIPHERTEXT:]
        try:
            agreed = self.curve.exchange(X25519PublicKey.from_public_bytes(sent))
            lattice = self.lattice.decapsulate(encapsulated[:_LATTICE_CIPHERTEXT])
        except ValueError as error:
            raise InvalidKey("an encapsulation is not a valid one") from error
        return _combine(lattice, agreed, sent, self.curve_public)


# Loading costs a sixth of an encapsulation, and a quiet group's committer meets the
# same keys again and again. Public keys only: a cache of secrets would outlive them.
@lru_cache(maxsize=256)
def _load_public(raw: bytes) -> _XWingPublic:
    if len(raw) != _LATTICE_PUBLIC + _CURVE:
        raise InvalidKey("a public key has the wrong length")
    try:
        lattice = MLKEM768PublicKey.from_public_bytes(raw[:_LATTICE_PUBLIC])
        curve_raw = raw[_LATTICE_PUBLIC:]
        curve = X25519PublicKey.from_public_bytes(curve_raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKey("not a public key") from error
    return _XWingPublic(lattice, curve, curve_raw)


@dataclass(frozen=True, slots=True)
class XWing:
    """The mechanism itself; see `mls.kems.Kem`."""

    id: int = 0x647A
    private_length: int = _SEED

    def derive_private(self, material: bytes) -> Secret:
        """DeriveKeyPair's seed: LabeledDerive over SHAKE256 (draft-ietf-hpke-pq)."""
        label = b"DeriveKeyPair"
        labeled = b"".join(
            (
                material,
                b"HPKE-v1",
                b"KEM" + self.id.to_bytes(2, "big"),
                len(label).to_bytes(2, "big") + label,
                _SEED.to_bytes(2, "big"),
            )
        )
        return Secret(shake_256(labeled).digest(_SEED))

    def load_private(self, raw: bytes) -> DecapsulationKey:
        """Expand a seed.

        Raises:
            InvalidKey: the bytes are not a seed.
        """
        if len(raw) != _SEED:
            raise InvalidKey("a private key has the wrong length")
        expanded = shake_256(raw).digest(96)
        curve = X25519PrivateKey.from_private_bytes(expanded[64:])
        lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        return _XWingPrivate(lattice, curve, curve.public_key().public_bytes_raw())

    def load_public(self, raw: bytes) -> EncapsulationKey:
        """Load a public key.

        Raises:
            InvalidKey: the bytes are not a public key.
        """
        return _load_public(raw)


X_WING = XWing()
