"""Requests to a website that holds a folder, one after another (spec/parcels.md §4).

What answers is a stranger: heads, bodies and times are bounded, and whatever is not
HTTP/1.1 as it should be is a connection that broke.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.fronted import asked_host
from linnet.carriers.guises import WARDROBE, Wardrobe
from linnet.carriers.http import HEAD_END
from linnet.carriers.http_connection import HttpConnection
from linnet.carriers.outside import Manner
from linnet.wire.links import Address, Road

ANSWER_SECONDS: Final = 20.0
LARGEST_ANSWER: Final = 1024 * 1024
_MOST_CHUNKS: Final = 4_096
_LINE: Final = b"\r\n"

NO_ENTRY: Final = (
    "The folder does not let Linnet in: its password is wrong, or was taken back. Ask "
    "whoever gave the link for a new one."
)
NO_FOLDER: Final = "There is no such folder there; ask for a new link."


class TooLong(ConnectionError):
    """An answer is larger than any that is wanted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request."""

    status: int
    body: bytes = field(repr=False)

    def require(self) -> bytes:
        """The body, if all went well.

        Raises:
            FileNotFoundError: nothing has that name.
            Unopened: whoever asks is not let in.
            ConnectionError: something else went wrong.
        """
        if 200 <= self.status < 300:
            return self.body
        if self.status in {404, 409, 410}:
            raise FileNotFoundError
        if self.status in {401, 403}:
            raise Unopened(Came.NO_DOOR, NO_ENTRY)
        raise ConnectionError


class Site:
    """A connection to a website; opened when needed, and again when it ended.

    Args:
        address: of road WSS or WS.
        wardrobe: in which guise it is met.
        checks: look at the certificate, as where a password is shown.
    """

    def __init__(
        self, address: Address, wardrobe: Wardrobe = WARDROBE, *, checks: bool = True
    ) -> None:
        self._address = address
        guise = wardrobe.choose(address)
        manner = Manner(guise, wardrobe, old=True, resumes=False, checks=checks)
        self._visit = guise.visit(address)
        self._agent = next(one for one in guise.posts if one.startswith("User-Agent:"))
        self._connection = HttpConnection(address, manner)

    @property
    def host(self) -> str:
        """What the ``Host`` header says."""
        return asked_host(self._address)

    async def ask(
        self, method: str, target: str, headers: Iterable[str], body: bytes = b""
    ) -> Answer:
        """Make a request; once more where a connection that rested had ended.

        Raises:
            TooLong: what is answered.
            OSError: nobody answers, or not as a website does.
        """
        lines = [f"Host: {self.host}", self._agent, "Accept: */*"]
        if body or method != "GET":
            lines.append(f"Content-Length: {len(body)}")
        return await self._say([f"{method} {target} HTTP/1.1", *lines, *headers], body)

    async def visit(self, target: str) -> Answer:
        """Fetch a page as the browser of the guise does where a person typed it in.

        Raises:
            TooLong: what is answered.
            OSError: nobody answers, or not as a website does.
        """
        return await self._say([f"GET {target} HTTP/1.1", *self._visit])

    async def _say(self, lines: list[str], body: bytes = b"") -> Answer:
        said = "\r\n".join(lines).encode() + HEAD_END + body
        rested = self._connection.transport is not None
        try:
            return await self._try(said)
        except ConnectionError as error:
            if not rested or isinstance(error, TooLong):
                raise
            return await self._try(said)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def _try(self, said: bytes) -> Answer:
        asking = self._connection.exchange(said, _read)
        return await self._connection.within(ANSWER_SECONDS, asking)


def site_address(host: str, port: int, *, tls: bool) -> Address:
    """Where a website is, as a connection to it is opened."""
    return Address(Road.WSS if tls else Road.WS, host, port)


async def _read(head: bytes, reader: asyncio.StreamReader) -> Answer:
    found = re.match(rb"http/1\.[01] (\d{3})[ \r]", head)
    if found is None:
        raise ConnectionError
    status = int(found[1])
    return Answer(status, b"" if status in {204, 304} else await _body(head, reader))


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    if b"\r\ntransfer-encoding: chunked\r\n" in head:
        return await _chunks(reader)
    found = re.search(rb"\r\ncontent-length: *(\d{1,19})\r\n", head)
    if found is None:
        raise ConnectionError
    size = int(found[1])
    if size > LARGEST_ANSWER:
        raise TooLong
    return await reader.readexactly(size)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    for _ in range(_MOST_CHUNKS):
        line = await reader.readuntil(_LINE)
        found = re.match(rb"([0-9a-fA-F]{1,8})[;\r]", line)
        if found is None:
            break
        size = int(found[1], 16)
        if len(body) + size > LARGEST_ANSWER:
            raise TooLong
        body += await reader.readexactly(size)
        if await reader.readuntil(_LINE) != _LINE:
            break
        if not size:
            return bytes(body)
    raise ConnectionError
