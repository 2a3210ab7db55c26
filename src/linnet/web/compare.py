"""Whether a server serves the page that was released (spec/web.md §4)."""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from linnet.errors import LinnetError, StorageError, Unreachable, UsageError
from linnet.web.release import Release, read_release

LARGEST_FILE: Final = 8 * 1024 * 1024
PATIENCE_SECONDS: Final = 20.0

Fetch = Callable[[str], bytes]
"""The bytes of a file of the page, by its path."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is served, beside what was released.

    Attributes:
        differing: paths whose bytes are not the released ones, or that are missing.
        unknown: paths that the server's release names and ours does not.
    """

    served: Release
    ours: Release
    differing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether every byte is what was released."""
        same = self.served.digest == self.ours.digest
        return same and not self.differing and not self.unknown


def carried_release(folder: Path) -> Release:
    """The release that this package carries.

    Raises:
        StorageError: its files cannot be read.
        Malformed, Forged: they were altered.
    """
    try:
        manifest = (folder / "release.json").read_bytes()
        signature = (folder / "release.sig").read_bytes()
    except OSError as error:
        raise StorageError(
            f"The page that this copy carries cannot be read: {error.strerror}."
        ) from None
    return read_release(manifest, signature)


def compare(ours: Release, fetch: Fetch) -> Comparison:
    """Fetch everything that either release names, and compare.

    Raises:
        Unreachable: the server cannot be reached.
        Malformed, Forged: what it serves is no release.
    """
    served = read_release(fetch("release.json"), fetch("release.sig"))
    differing = [
        path
        for path, digest in _everything(ours, served).items()
        if sha256(_or_nothing(fetch, path)).hexdigest() != digest
    ]
    unknown = sorted(set(served.files) - set(ours.files))
    return Comparison(served, ours, tuple(differing), tuple(unknown))


def _everything(ours: Release, served: Release) -> Mapping[str, str]:
    return dict(sorted({**served.files, **ours.files}.items()))


def _or_nothing(fetch: Fetch, path: str) -> bytes:
    try:
        return fetch(path)
    except FileNotFoundError:
        return b""


def over_http(url: str) -> Fetch:
    """Fetch from a web server; no redirect leads elsewhere.

    Raises:
        UsageError: the address is not one of the web.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            "That is no address of a page; write it as https://relay.example/."
        )
    base = url if parts.path.endswith("/") else f"{url}/"
    opener = urllib.request.build_opener(_NoRedirect)

    def fetch(path: str) -> bytes:
        request = urllib.request.Request(  # noqa: S310  the scheme is checked above
            urljoin(base, quote(path)), headers={"Cache-Control": "no-cache"}
        )
        try:
            with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
                body: bytes = answer.read(LARGEST_FILE + 1)
        except urllib.error.HTTPError as error:
            if path.startswith("release."):
                raise _no_page(error.code) from None
            raise FileNotFoundError(path) from None
        except (OSError, ValueError) as error:
            raise Unreachable(
                "That server cannot be reached "
                f"({type(getattr(error, 'reason', error)).__name__}); "
                "nothing was compared."
            ) from None
        return body[:LARGEST_FILE]

    return fetch


def _no_page(status: int) -> LinnetError:
    return UsageError(
        f"No page of Linnet is served there (status {status} for its release); "
        "check the address."
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None
