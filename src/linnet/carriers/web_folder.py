"""A folder at a website as a drop: what WebDAV and S3 have in common."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

from linnet.carriers.diagnosis import Came, Unopened
from linnet.carriers.drop import Found, wait
from linnet.carriers.parcels import LARGEST_PARCEL
from linnet.carriers.site import NO_FOLDER, Answer, Site


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
        data = (await self.ask(self._site, "GET", name)).require()
        return Found(data if len(data) <= LARGEST_PARCEL else b"")

    async def delete(self, names: Sequence[str]) -> None:
        """Remove files."""
        for name in names:
            answer = await self.ask(self._site, "DELETE", name)
            if answer.status != 404:
                answer.require()

    async def rest(self, seconds: float, stirred: asyncio.Event) -> None:
        """Wait: a folder tells nothing by itself."""
        await wait(seconds, stirred)

    def close(self) -> None:
        """Close both connections."""
        self._putting.close()
        self._site.close()
