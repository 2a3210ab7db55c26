"""Where a push goes, and how it rests on a disk (spec/wire.md §9.2-9.3)."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linnet.ids import StreamId
from linnet.wire.limits import MAX_ENDPOINT

_LABEL: Final = rb"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter, so that no spelling of an address is a name.
_URL: Final = re.compile(
    rb"https://((?:" + _LABEL + rb"\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::443)?"
    rb"(/[!-\"$-~]*)",
)
_LONGEST_NAME: Final = 253
_NONCE: Final = bytes(12)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an endpoint's URL says.

    Attributes:
        host: the DNS name of the push service.
        target: what is asked for there, as it stands in the request.
    """

    host: str
    target: str = field(repr=False)

    @classmethod
    def parse(cls, url: bytes) -> Self | None:
        """Read the URL; ``None`` for one that no relay posts to."""
        found = _URL.fullmatch(url)
        if found is None or len(found[1]) > _LONGEST_NAME:
            return None
        return cls(found[1].decode(), found[2].decode())


@dataclass(frozen=True, slots=True)
class SealedWatch:
    """A watch as it is on disk: who reads it learns when it ends."""

    name: bytes
    ends: int
    """Seconds since 1970."""
    sealed: bytes = field(repr=False)


class Seal:
    """Seals the watches of one epoch of a stream."""

    __slots__ = ("_seed",)

    def __init__(self, append_token: bytes, stream: StreamId) -> None:
        info = b"Linnet relay 1 watches"
        derived = HKDF(algorithm=SHA256(), length=32, salt=stream, info=info)
        self._seed = derived.derive(append_token)

    def name(self, endpoint: bytes) -> bytes:
        """What the watch of an endpoint is called on disk."""
        return digest(self._seed, b"\0" + endpoint, sha256)[:16]

    def close(self, endpoint: bytes, ends: int) -> SealedWatch:
        """Seal the watch of an endpoint."""
        name = self.name(endpoint)
        padded = endpoint.ljust(MAX_ENDPOINT, b"\0")
        # One key seals one text only, so that its nonce may be constant.
        return SealedWatch(name, ends, self._cipher(name).encrypt(_NONCE, padded, None))

    def open(self, watch: SealedWatch) -> bytes | None:
        """The endpoint of a sealed watch; ``None`` if it was sealed by another."""
        try:
            padded = self._cipher(watch.name).decrypt(_NONCE, watch.sealed, None)
        except InvalidTag:
            return None
        return padded.rstrip(b"\0")

    def _cipher(self, name: bytes) -> AESGCM:
        return AESGCM(digest(self._seed, b"\1" + name, sha256))
