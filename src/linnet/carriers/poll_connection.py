"""Where polls follow one another, by HTTP/1.1 or HTTP/2 (spec/session.md §8.4)."""

import asyncio
import re
from typing import Final

from linnet.carriers import egress
from linnet.carriers.burst_bounds import Opening
from linnet.carriers.curl import SpeaksNewer
from linnet.carriers.dial import NO_DOOR
from linnet.carriers.guises import Wardrobe
from linnet.carriers.http_connection import HttpConnection
from linnet.carriers.outside import (
    Manner,
    is_a_browser,
    keep_ticket,
    was_resumed,
)
from linnet.carriers.polls import LARGEST_ANSWER
from linnet.carriers.streams import OK, Streams
from linnet.errors import Unreachable
from linnet.wire.links import Address, Road

ANSWER_SECONDS: Final = 20.0
"""How long an answer may take, beside what a FETCH may wait."""


class Gone(Unreachable):
    """What answers there does not know the carrier."""


class PollConnection:
    """One way to poll at an address; opened when needed, and again when it ended.

    Args:
        address: of a relay.
        wardrobe: in which guise it is met.
        resumes: whether TLS is resumed in every guise.
        streams: what speaks HTTP/2 where the address does.
        finds_out: whether the first request may show what the address speaks.
    """

    def __init__(
        self,
        address: Address,
        wardrobe: Wardrobe,
        *,
        resumes: bool = False,
        streams: Streams | None = None,
        finds_out: bool = False,
    ) -> None:
        self._address = address
        self._guise = wardrobe.choose(address)
        self._streams = streams
        self._finds_out = finds_out
        self._keeps_streams = False
        self._manner = Manner(
            self._guise,
            wardrobe,
            old=False,
            resumes=resumes or self._guise.resumes,
            newer=streams is not None,
        )
        self._connection = HttpConnection(address, self._manner)

    @property
    def is_again(self) -> bool:
        """Whether the next request needs a connection that is not the first."""
        if self._streams is not None and (self._speaks_new or self._keeps_streams):
            return self._streams.is_again
        return self._connection.is_again

    async def open(self) -> None:
        """Open the connection, if it is not.

        Raises:
            OSError: nobody answers there, or not with TLS.
        """
        await self._connection.open()

    @property
    def opening(self) -> Opening:
        """What opening it has cost."""
        transport = self._connection.transport
        if transport is None or self._address.road is not Road.WSS:
            return Opening.PLAIN
        resumed = was_resumed(transport)
        return Opening.RESUMED if resumed else Opening.FULL

    async def post(self, body: bytes, patience: float) -> bytes:
        """Make a request; what is answered.

        Raises:
            OSError: the connection failed, or nothing came within ``patience`` seconds.
            Unreachable: the answer is that of a website.
        """
        return await self._connection.within(patience, self._ask(body))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def finish(self) -> None:
        """Close the connection in order, and wait until it is."""
        await self._connection.finish()

    @property
    def _speaks_new(self) -> bool:
        is_known = self._manner.wardrobe.speaks_new(self._address)
        return bool(is_known) and egress.egress().is_straight

    @property
    def _may_find_out(self) -> bool:
        is_unknown = self._manner.wardrobe.speaks_new(self._address) is None
        can = self._address.road is Road.WSS and is_a_browser(self._manner)
        return self._finds_out and is_unknown and can and egress.egress().is_straight

    async def _ask(self, body: bytes) -> bytes:
        streams = self._streams
        finds_out = streams is not None and self._may_find_out
        is_new = finds_out or self._speaks_new or self._keeps_streams
        if streams is None or not is_new:
            try:
                return await self._exchange(body)
            except SpeaksNewer:
                if streams is None:
                    raise
        try:
            status, answer = await streams.post(body)
        except ConnectionResetError:
            if streams.has_worked or not streams.speaks_none:
                raise
            return await self._ask_the_old_way(body)
        if finds_out:
            self._manner.wardrobe.learn_new(self._address, speaks=streams.is_new)
            # Where each request waits for the one before, the connection is this one's.
            self._keeps_streams = not streams.is_new
        if status != OK:
            raise Gone(NO_DOOR)
        return answer

    async def _ask_the_old_way(self, body: bytes) -> bytes:
        """Ask by HTTP/1.1 who takes up HTTP/2 and speaks none of it."""
        wardrobe = self._manner.wardrobe
        wardrobe.learn_new(self._address, speaks=False)
        wardrobe.learn_old(self._address)
        try:
            return await self._exchange(body)
        except Gone:
            raise
        except BaseException:
            # No browser comes so to who does not need it.
            wardrobe.forget(self._address)
            raise

    async def _exchange(self, body: bytes) -> bytes:
        said = self._guise.ask_with_body(self._address, len(body)) + body
        return await self._connection.exchange(said, self._read)

    async def _read(self, head: bytes, reader: asyncio.StreamReader) -> bytes:
        if not head.startswith(b"http/1.1 200 "):
            raise Gone(NO_DOOR)
        found = re.search(rb"\r\ncontent-length: *(\d{1,6})\r\n", head)
        size = int(found[1]) if found else LARGEST_ANSWER + 1
        if size > LARGEST_ANSWER:
            raise Gone(NO_DOOR)
        answer = await reader.readexactly(size)
        transport = self._connection.transport
        if transport is not None:
            keep_ticket(transport, self._address)
        return answer
