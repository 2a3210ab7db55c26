"""The ordinary small website that a relay shows to everyone (spec/session.md §8.3).

Whoever runs a relay should give a folder of their own: a page that every relay shared
would name the relay to whoever looks. Without one, a plain page is composed from the
relay's key, so that no two relays show the same words. Pure, once a folder is read.
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from linnet.carriers.http import Request, Response

_LARGEST_PAGE: Final = 4 * 1024 * 1024
_NAMES: Final = (
    "Alder Birch Cedar Clover Elder Fern Hazel Heather Juniper Larch Linden Maple "
    "Mallow Poplar Rowan Sorrel Tansy Willow Yarrow Yew"
)
_PLACES: Final = (
    "Allotment Bakery Bindery Cottage Darkroom Farm Garden Kitchen Library Lodge Mill "
    "Nursery Orchard Pottery Press Studio Studios Workshop Yard Works"
)
_NOTES: Final = (
    "We are closed for the season and back in spring.",
    "Opening hours are by arrangement; write to us first.",
    "The new catalogue is being put together.",
    "Thank you to everyone who came to the open day.",
    "Orders placed now are sent at the end of the month.",
    "This page is being rebuilt. More pictures soon.",
    "We have moved; the old address forwards until summer.",
    "A small family business since the nineties.",
)
_LAYOUT: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:{size}px/1.6 {font};margin:{margin}em auto;max-width:{width}em;\
padding:0 1em;color:#{ink}}}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One file of a website.

    Attributes:
        headers: what is said with it beside what every page says.
        variants: the same bytes compressed, by the name of the coding, best first.
        mark: what tells the page from an older one, where time and size do not.
    """

    body: bytes
    kind: str
    modified: int
    headers: tuple[tuple[str, str], ...] = ()
    variants: tuple[tuple[str, bytes], ...] = ()
    mark: str = ""

    @property
    def tag(self) -> str:
        """The page's entity tag."""
        return f'"{self.mark or f"{self.modified:x}-{len(self.body):x}"}"'

    def chosen(
        self, request: Request
    ) -> tuple[bytes, str, tuple[tuple[str, str], ...]]:
        """The bytes a visitor takes, their entity tag, and what is said of them."""
        if not self.variants:
            return self.body, self.tag, ()
        vary = (("Vary", "Accept-Encoding"),)
        for coding, body in self.variants:
            if request.accepts(coding.encode()):
                tag = f'{self.tag[:-1]}-{coding}"'
                return body, tag, (("Content-Encoding", coding), *vary)
        return self.body, self.tag, vary


class Website:
    """Pages by path, and the same not-found page for everything else."""

    def __init__(
        self,
        pages: Mapping[str, Page],
        missing: bytes,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._pages = {path.encode(): page for path, page in pages.items()}
        self._missing = missing
        self._headers = headers

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Every file of a folder, read once; ``404.html`` is the not-found page."""
        pages = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.stat().st_size <= _LARGEST_PAGE:
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                page = Page(path.read_bytes(), kind, int(path.stat().st_mtime))
                place = "/" + path.relative_to(folder).as_posix()
                pages[place] = page
                if path.name == "index.html":
                    pages[place.removesuffix("index.html")] = page
        missing = pages.pop("/404.html", None)
        return cls(pages, missing.body if missing else _compose(b"", "Not found", ()))

    @classmethod
    def composed(cls, seed: bytes, *, unix_time: int) -> Self:
        """A page that is this relay's own, for whoever gave no folder."""
        digest = sha256(b"Linnet website" + seed).digest()
        names, places = _NAMES.split(), _PLACES.split()
        name = f"{names[digest[0] % len(names)]} {places[digest[1] % len(places)]}"
        notes = sorted({_NOTES[byte % len(_NOTES)] for byte in digest[2:5]})
        modified = unix_time - int.from_bytes(digest[5:8], "big") * 4
        page = Page(_compose(digest, name, notes), "text/html; charset=utf-8", modified)
        return cls({"/": page, "/index.html": page}, _compose(digest, "Not found", ()))

    def answer(self, request: Request) -> Response:
        """What the site says to a request."""
        if request.method not in {b"GET", b"HEAD"}:
            return self.failure(405)
        page = self._pages.get(request.path)
        if page is None:
            return self.failure(404)
        body, tag, said = page.chosen(request)
        headers = (
            ("Last-Modified", formatdate(page.modified, usegmt=True)),
            ("ETag", tag),
            *said,
            *page.headers,
            *self._headers,
        )
        if request.lists(b"if-none-match", tag.encode()):
            return Response(304, headers=headers)
        return Response(200, body, page.kind, headers)

    def failure(self, status: int) -> Response:
        """The answer to what cannot be answered otherwise."""
        allow = (("Allow", "GET, HEAD"),) if status == 405 else ()
        return Response(status, self._missing, headers=(*allow, *self._headers))


def _compose(digest: bytes, title: str, notes: tuple[str, ...] | list[str]) -> bytes:
    look = digest[8:] or bytes(8)
    return _LAYOUT.format(
        title=title,
        body="\n".join(f"<p>{note}</p>" for note in notes),
        size=15 + look[0] % 4,
        font=("Georgia,serif", "system-ui,sans-serif", "Verdana,sans-serif")[
            look[1] % 3
        ],
        margin=2 + look[2] % 4,
        width=30 + look[3] % 12,
        ink=f"{look[4] % 4}{look[5] % 4}{look[6] % 4}",
    ).encode()
