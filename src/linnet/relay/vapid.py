"""Who pushes: the relay's VAPID key and what it signs (RFC 8292; spec/wire.md §9)."""

import json
from base64 import urlsafe_b64encode
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VALID_SECONDS: Final = 12 * 3_600
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_MOST_KEPT: Final = 256


class Vapid:
    """Signs for one relay; a token is used for half of its life.

    Attributes:
        public_key: the uncompressed point that browsers are given.
    """

    def __init__(self, relay_key: bytes, *, contact: str = "") -> None:
        """Derive the key, so that it lives and is backed up with the relay's own.

        Args:
            relay_key: the relay's private key.
            contact: a ``mailto:`` or ``https:`` URL for those who run push services.
        """
        info = b"Linnet relay 1 push key"
        wide = HKDF(algorithm=SHA256(), length=48, salt=None, info=info)
        scalar = int.from_bytes(wide.derive(relay_key), "big") % (_ORDER - 1) + 1
        self._key: EllipticCurvePrivateKey = derive_private_key(scalar, SECP256R1())
        self._contact = contact
        self._tokens: dict[str, tuple[int, str]] = {}
        self.public_key = self._key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def authorization(self, host: str, now: int) -> str:
        """The header that a push to a host carries; ``now`` in seconds since 1970."""
        signed_at, token = self._tokens.get(host, (0, ""))
        if not token or not 0 <= now - signed_at < VALID_SECONDS // 2:
            token = self._sign(host, now)
            if len(self._tokens) >= _MOST_KEPT:
                self._tokens.clear()
            self._tokens[host] = (now, token)
        return f"vapid t={token}, k={_text(self.public_key)}"

    def _sign(self, host: str, now: int) -> str:
        claims: dict[str, str | int] = {
            "aud": f"https://{host}",
            "exp": now + VALID_SECONDS,
        }
        if self._contact:
            claims["sub"] = self._contact
        head = _text(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
        signing = f"{head}.{_text(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(self._key.sign(signing.encode(), ECDSA(SHA256())))
        return f"{signing}.{_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
