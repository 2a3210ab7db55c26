"""Writes vectors/releases.json: spec/web.md §2 by example, failures included.

Run as ``python -m vectors.releases``; the same bytes come out every time.
"""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from linnet.web.release import CONTEXT

TARGET = Path(__file__).with_suffix(".json")
KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"release vectors").digest())
DIGEST = sha256(b"a file").hexdigest()
GOOD = {
    "format": 1,
    "version": "0.12.3",
    "number": 12003,
    "files": {"assets/app-1.js": DIGEST, "index.html": DIGEST},
}


def packed(value: object) -> bytes:
    """JSON as a manifest is written."""
    return json.dumps(value, indent=1).encode()


def sealed(manifest: bytes, context: bytes = CONTEXT) -> bytes:
    """The `release.sig` of a manifest."""
    key = KEY.public_key().public_bytes_raw()
    seal = KEY.sign(context + manifest)
    said = {"key": b64encode(key).decode(), "signature": b64encode(seal).decode()}
    return json.dumps(said).encode()


def row(
    name: str, manifest: bytes, error: str = "", signature: bytes | None = None
) -> dict[str, object]:
    """One example; ``error`` is empty for a release that is to be taken."""
    signature = sealed(manifest) if signature is None else signature
    return {
        "name": name,
        "manifest": manifest.hex(),
        "signature": signature.hex(),
        "error": error,
        "code_hash": "" if error else sha256(manifest).hexdigest(),
    }


def changed(**fields: object) -> bytes:
    """The good manifest with some fields replaced."""
    return packed(GOOD | fields)


def build() -> list[dict[str, object]]:
    """Return every example."""
    good = packed(GOOD)
    tampered = good.replace(b"0.12.3", b"0.12.4")
    bad_files = {
        "a path that leaves the folder": {"../index.html": DIGEST},
        "a path that is absolute": {"/index.html": DIGEST},
        "an empty part in a path": {"a//b": DIGEST},
        "paths out of order": {"b": DIGEST, "a": DIGEST},
        "a digest of another length": {"a": DIGEST[:-1]},
        "a digest in capitals": {"a": DIGEST.upper()},
    }
    return [
        row("a release", good),
        row("a release without files", changed(files={})),
        row("a manifest changed after signing", tampered, "Forged", sealed(good)),
        row("signed for another purpose", good, "Forged", sealed(good, b"else\0")),
        row("no JSON", b"{", "Malformed"),
        row("not UTF-8", b'{"\xff": 1}', "Malformed"),
        row("a list", b"[]", "Malformed"),
        row("too long", packed(GOOD) + b" " * 262_144, "Malformed"),
        row("another format", changed(format=2), "Malformed"),
        row("a field too many", changed(more=1), "Malformed"),
        row("a version of two parts", changed(version="1.2", number=1), "Malformed"),
        row("a number that is not the version's", changed(number=1), "Malformed"),
        *(
            row(name, changed(files=files), "Malformed")
            for name, files in bad_files.items()
        ),
        row("a signature that is no JSON", good, "Malformed", b"x"),
        row("a key too short", good, "Malformed", b'{"key":"AA==","signature":"AA=="}'),
    ]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1) + "\n")
