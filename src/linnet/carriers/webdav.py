"""A WebDAV folder (RFC 4918) as a drop (spec/parcels.md §4)."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.drop import MOST_NAMES, Found, wait
from linnet.carriers.parcels import LARGEST_PARCEL, side_of
from linnet.carriers.site import NO_FOLDER, Site

_LIST: Final = (
    b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/></prop>'
    b"</propfind>"
)
_HREF: Final = re.compile(rb"<(?:[\w.-]{1,64}:)?href(?: [^<>]{0,256})?>([^<]{1,2048})<")
"""Names alone are looked for: nothing here builds a tree of a stranger's XML."""


class WebDavDrop:
    """A folder; one connection puts, another does the rest.

    Args:
        site: makes a connection to the website.
        path: of the folder, with a slash at both ends.
        user: with a password, or empty for none.
    """

    def __init__(
        self, sites: tuple[Site, Site], path: str, user: str, word: str
    ) -> None:
        self._putting, self._site = sites
        self._path = path
        self._headers: list[str] = []
        if user or word:
            known = b64encode(f"{user}:{word}".encode()).decode()
            self._headers = [f"Authorization: Basic {known}"]

    async def open(self) -> None:
        """See that the folder is there."""
        try:
            await self.names("")
        except FileNotFoundError:
            raise Unopened(Came.NO_DOOR, NO_FOLDER) from None

    async def put(self, name: str, data: bytes, to: str) -> None:
        """Put a file in."""
        del to
        kind = "Content-Type: application/octet-stream"
        answer = await self._putting.ask(
            "PUT", self._path + name, [*self._headers, kind], data
        )
        answer.require()

    async def names(self, prefix: str) -> list[str]:
        """Those parcels that are there."""
        headers = [*self._headers, "Depth: 1", "Content-Type: application/xml"]
        answer = await self._site.ask("PROPFIND", self._path, headers, _LIST)
        names = [
            one[1].rpartition(b"/")[2].strip().decode("latin-1")
            for one in _HREF.finditer(answer.require())
        ]
        return [
            one for one in names if side_of(one) is not None and one.startswith(prefix)
        ][:MOST_NAMES]

    async def get(self, name: str) -> Found:
        """Read a file."""
        answer = await self._site.ask("GET", self._path + name, self._headers)
        data = answer.require()
        return Found(data if len(data) <= LARGEST_PARCEL else b"")

    async def delete(self, names: Sequence[str]) -> None:
        """Remove files."""
        for name in names:
            answer = await self._site.ask("DELETE", self._path + name, self._headers)
            if answer.status != 404:
                answer.require()

    async def rest(self, seconds: float, stirred: asyncio.Event) -> None:
        """Wait: a folder tells nothing by itself."""
        await wait(seconds, stirred)

    def close(self) -> None:
        """Close both connections."""
        self._putting.close()
        self._site.close()
