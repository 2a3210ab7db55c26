"""The browser client as a website (spec/session.md §8.3).

Its files, the headers under which a browser runs them, and on an open relay the file
that tells the page how to begin. Pure, once the folder is read.
"""

import json
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Final

from linnet.carriers.website import Page, Website
from linnet.wire.links import RelayDescriptor

RELAY_FILE: Final = "/relay.json"

_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".sig": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_CODINGS: Final = ((".br", "br"), (".gz", "gzip"))
_NEVER: Final = (".map",)

_HASHED: Final = re.compile(r"/assets/[^/]*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+")
"""What the build names by its content: such a file never changes."""

# Any relay may be spoken to, so the page may connect anywhere; it loads nothing from
# anywhere but here, and no text becomes a script.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; manifest-src 'self'; "
    "worker-src 'self'; connect-src 'self' https: wss: http: ws:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types default"
)
_HEADERS: Final = (
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(self), microphone=(self), display-capture=(), geolocation=(), "
        "payment=(), usb=()",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
_KEPT: Final = (("Cache-Control", "public, max-age=31536000, immutable"),)
_ASKED: Final = (("Cache-Control", "no-cache"),)
_MISSING: Final = (
    b'<!doctype html><html lang="en"><meta charset="utf-8"><title>Not found</title>'
    b"<h1>Not found</h1></html>"
)


def client_page(
    folder: Path, *, unix_time: int, begin: RelayDescriptor | None, path: str
) -> Website:
    """The website that the built page in a folder is.

    Args:
        folder: where the build is.
        unix_time: what is shown as the time of the last change.
        begin: the relay that anyone may begin on, or ``None``: then its secret path
            stays secret, and a person needs a link.
        path: that secret path.

    Raises:
        OSError: the folder cannot be read.
    """
    pages: dict[str, Page] = {}
    for file in sorted(folder.rglob("*")):
        place = "/" + file.relative_to(folder).as_posix()
        if file.is_file() and file.suffix not in _NEVER and "/." not in place:
            pages[place] = _page(file, place, unix_time)
    for place in [one for one in pages if _variant_of(one) in pages]:
        del pages[place]
    if "/index.html" in pages:
        pages["/"] = pages["/index.html"]
    if begin is not None:
        told = json.dumps({"format": 1, "path": path, "relay": _text(begin)}).encode()
        kind = _KINDS[".json"]
        pages[RELAY_FILE] = Page(told, kind, unix_time, _ASKED, mark=_mark(told))
    return Website(pages, _MISSING, _HEADERS)


def _page(file: Path, place: str, unix_time: int) -> Page:
    kind = _KINDS.get(file.suffix, "application/octet-stream")
    variants = tuple(
        (coding, beside.read_bytes())
        for suffix, coding in _CODINGS
        if (beside := file.with_name(file.name + suffix)).is_file()
    )
    headers = _KEPT if _HASHED.fullmatch(place) else _ASKED
    body = file.read_bytes()
    return Page(body, kind, unix_time, headers, variants, _mark(body))


def _mark(body: bytes) -> str:
    return sha256(body).hexdigest()[:24]


def _variant_of(place: str) -> str | None:
    """The file that a compressed one stands beside."""
    stem, dot, suffix = place.rpartition(".")
    return stem if dot + suffix in dict(_CODINGS) else None


def _text(relay: RelayDescriptor) -> str:
    return urlsafe_b64encode(relay.pack()).rstrip(b"=").decode()
