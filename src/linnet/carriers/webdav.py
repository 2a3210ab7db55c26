"""A WebDAV folder (RFC 4918) as a drop (spec/parcels.md §4)."""

import re
from base64 import b64encode
from typing import Final

from linnet.carriers.drop import MOST_NAMES
from linnet.carriers.parcels import side_of
from linnet.carriers.site import Answer, Site
from linnet.carriers.web_folder import WebFolder

_LIST: Final = (
    b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/></prop>'
    b"</propfind>"
)
_HREF: Final = re.compile(rb"<(?:[\w.-]{1,64}:)?href(?: [^<>]{0,256})?>([^<]{1,2048})<")
"""Names alone are looked for: nothing here builds a tree of a stranger's XML."""


class WebDavDrop(WebFolder):
    """A folder by WebDAV.

    Args:
        sites: both connections.
        path: of the folder, with a slash at both ends.
        user: with a password, or empty for none.
        word: the password.
    """

    def __init__(
        self, sites: tuple[Site, Site], path: str, user: str, word: str
    ) -> None:
        super().__init__(sites)
        self._path = path
        self._headers: list[str] = []
        if user or word:
            known = b64encode(f"{user}:{word}".encode()).decode()
            self._headers = [f"Authorization: Basic {known}"]

    async def names(self, prefix: str) -> list[str]:
        """Those parcels that are there."""
        headers = [*self._headers, "Depth: 1", "Content-Type: application/xml"]
        answer = await self._site.ask("PROPFIND", self._path, headers, _LIST)
        names = [
            one[1].rpartition(b"/")[2].strip().decode("latin-1")
            for one in _HREF.finditer(answer.require())
        ]
        found = [one for one in names if side_of(one) and one.startswith(prefix)]
        return found[:MOST_NAMES]

    async def ask(
        self, site: Site, method: str, name: str, body: bytes = b""
    ) -> Answer:
        """Make a request for what has a name."""
        headers = list(self._headers)
        if body:
            headers.append("Content-Type: application/octet-stream")
        return await site.ask(method, self._path + name, headers, body)
