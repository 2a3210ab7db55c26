"""A release of the page: what it names and who signed it (spec/web.md §2)."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from linnet.errors import Forged, Malformed

CONTEXT: Final = b"Linnet web release 1\0"
LARGEST_MANIFEST: Final = 262_144
LARGEST_SIGNATURE: Final = 1_024

_VERSION: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PATH: Final = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class Release:
    """A release whose signature was checked.

    Attributes:
        files: lower-case hexadecimal SHA-256 of every file, by path.
        key: the Ed25519 public key that signed it, 32 bytes.
        digest: SHA-256 of the manifest, 32 bytes.
    """

    version: str
    number: int
    files: Mapping[str, str] = field(repr=False)
    key: bytes
    digest: bytes

    @property
    def code_hash(self) -> str:
        """The digest as people compare it: eight groups of eight digits."""
        text = self.digest.hex()
        return " ".join(text[at : at + 8] for at in range(0, 64, 8))


def read_release(manifest: bytes, signature: bytes) -> Release:
    """Check and read `release.json` and `release.sig`.

    Raises:
        Malformed: they are not in the form of spec/web.md §2.
        Forged: the signature is wrong.
    """
    if len(manifest) > LARGEST_MANIFEST or len(signature) > LARGEST_SIGNATURE:
        raise _malformed()
    signed = _record(signature, {"key", "signature"})
    key, seal = _base64(signed["key"], 32), _base64(signed["signature"], 64)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(seal, CONTEXT + manifest)
    except InvalidSignature:
        raise Forged("The signature of this release of the page is wrong.") from None
    named = _record(manifest, {"format", "version", "number", "files"})
    version, files = named["version"], named["files"]
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None or named["format"] != 1:
        raise _malformed()
    major, minor, patch = map(int, match.groups())
    number = major * 1_000_000 + minor * 1_000 + patch
    if named["number"] != number or isinstance(named["number"], bool | float):
        raise _malformed()
    digest = sha256(manifest).digest()
    return Release(match[0], number, _listed(files), key, digest)


def _listed(files: object) -> dict[str, str]:
    if not isinstance(files, dict) or list(files) != sorted(files):
        raise _malformed()
    for path, digest in files.items():
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise _malformed()
        if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
            raise _malformed()
    return files


def _record(data: bytes, keys: set[str]) -> dict[str, object]:
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(value, dict) or set(value) != keys:
        raise _malformed()
    return value


def _base64(text: object, size: int) -> bytes:
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        raise _malformed() from None
    if len(data) != size:
        raise _malformed()
    return data


def _malformed() -> Malformed:
    return Malformed("What is served as a release of the page cannot be read.")
