"""A folder at a website as a drop: what WebDAV and S3 have in common."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.drop import Found, wait
from linnet.carriers.parcels import LARGEST_PARCEL
from linnet.carriers.site import NO_FOLDER, Answer, Site, TooLong

NO_FILE: Final = {403, 405}
"""What a server says of something in the folder that is none, such as a folder."""

NO_ENTRY_CODES: Final = {401, 403}


class WebFolder(ABC):
    """A folder; one connection puts, another does the rest.

    Args:
        sites: the two connections, in this order.
    """

    def __init__(self, sites: tuple[Site, Site]) -> None:
        self._putting, self._site = sites

    @abstractmethod
    async def names(self, prefix: str) -> list[str]:
        """Those parcels that are there."""

    @abstractmethod
    async def ask(
        self, site: Site, method: str, name: str, body: bytes = b""
    ) -> Answer:
        """Make a request for what has a name."""

    async def open(self) -> None:
        """See that the folder is there."""
        try:
            await self.names("")
        except FileNotFoundError:
            raise Unopened(Came.NO_DOOR, NO_FOLDER) from None

    async def put(self, name: str, data: bytes, to: str) -> None:
        """Put a file in."""
        del to
        (await self.ask(self._putting, "PUT", name, data)).require()

    async def get(self, name: str) -> Found:
        """Read a file."""
        try:
            answer = await self.ask(self._site, "GET", name)
        except TooLong:
            return Found(b"")
        if answer.status in NO_FILE:
            return Found(b"")
        data = answer.require()
        return Found(data if len(data) <= LARGEST_PARCEL else b"")

    async def delete(self, names: Sequence[str]) -> None:
        """Remove files."""
        denied: Answer | None = None
        for name in names:
            # One that cannot be removed must not keep the others; it is met again.
            with contextlib.suppress(TooLong):
                answer = await self.ask(self._site, "DELETE", name)
                denied = answer if answer.status in NO_ENTRY_CODES else denied
        if denied is not None:
            denied.require()

    async def rest(self, seconds: float, stirred: asyncio.Event) -> None:
        """Wait: a folder tells nothing by itself."""
        await wait(seconds, stirred)

    def close(self) -> None:
        """Close both connections."""
        self._putting.close()
        self._site.close()
