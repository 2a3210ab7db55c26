"""X-Wing: ML-KEM-768 and X25519 in one key encapsulation mechanism (spec/bags.md §9).

draft-connolly-cfrg-xwing-kem, KEM 0x647a of draft-ietf-hpke-pq. It holds while either
half does. A private key is a seed of 32 bytes; the half of ML-KEM that encapsulates
draws on the library's own randomness. `mls` has one of its own, which nothing that the
relay imports may import.
"""

from hashlib import sha3_256, shake_256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)

from linnet.errors import Malformed

SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 1_216
ENC_BYTES: Final = 1_120
_LATTICE_PUBLIC, _LATTICE_ENC = 1_184, 1_088
_LABEL: Final = rb"\.//^" + b"\\"


def public_key(seed: bytes) -> bytes:
    """The public half of a seed."""
    lattice, curve = _expand(seed)
    return _raw(lattice.public_key(), curve.public_key())


def encapsulate(public: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    """Agree on a secret with whoever has the seed; ``ephemeral``: 32 random bytes.

    Returns:
        The secret, and what the other side gets it from.

    Raises:
        Malformed: nobody can have that key.
    """
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    curve = public[_LATTICE_PUBLIC:]
    try:
        agreed = own.exchange(X25519PublicKey.from_public_bytes(curve))
        lattice = MLKEM768PublicKey.from_public_bytes(public[:_LATTICE_PUBLIC])
    except ValueError:
        raise Malformed("There is a key to seal to that nobody can have.") from None
    secret, sent = lattice.encapsulate()
    enc = own.public_key().public_bytes_raw()
    return _combine(secret, agreed, enc, curve), sent + enc


def decapsulate(seed: bytes, enc: bytes) -> bytes:
    """Get the secret that was agreed on.

    Raises:
        Malformed: ``enc`` is nothing that anyone sends.
    """
    lattice, curve = _expand(seed)
    sent = enc[_LATTICE_ENC:]
    try:
        agreed = curve.exchange(X25519PublicKey.from_public_bytes(sent))
        secret = lattice.decapsulate(enc[:_LATTICE_ENC])
    except ValueError:
        raise Malformed("What was sealed begins with a key that cannot be.") from None
    return _combine(secret, agreed, sent, curve.public_key().public_bytes_raw())


def _expand(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    expanded = shake_256(seed).digest(96)
    lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    return lattice, X25519PrivateKey.from_private_bytes(expanded[64:])


def _raw(lattice: MLKEM768PublicKey, curve: X25519PublicKey) -> bytes:
    return lattice.public_bytes_raw() + curve.public_bytes_raw()


def _combine(lattice: bytes, agreed: bytes, sent: bytes, public: bytes) -> bytes:
    return sha3_256(lattice + agreed + sent + public + _LABEL).digest()
