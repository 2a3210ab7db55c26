"""One connection of HTTP/1.1 on which requests follow one another.

Opened when needed, and again when it ended. What a head means and how long a body may
be is for those who ask: a carrier's polls (``poll_connection``) and a folder's requests
(``site``).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from linnet.carriers.http import HEAD_END, LARGEST_HEAD
from linnet.carriers.outside import Manner, connect
from linnet.wire.links import Address

T = TypeVar("T")

CLOSE_SECONDS: Final = 2.0
"""How long the other side may take to agree that a connection is over."""


class HttpConnection:
    """A connection to an address, in a manner."""

    def __init__(self, address: Address, manner: Manner) -> None:
        self._address = address
        self._manner = manner
        self._reader = asyncio.StreamReader()
        self._writer: asyncio.StreamWriter | None = None
        self._was_opened = False

    @property
    def transport(self) -> asyncio.WriteTransport | None:
        """What is open now, if anything is."""
        return self._writer.transport if self._writer is not None else None

    @property
    def is_again(self) -> bool:
        """Whether the next request needs a connection that is not the first."""
        return self._was_opened and self._writer is None

    async def open(self) -> None:
        """Open the connection, if it is not.

        Raises:
            OSError: nobody answers there, or not with TLS.
        """
        if self._writer is None:
            await self._connect()

    async def exchange(
        self, said: bytes, read: Callable[[bytes, asyncio.StreamReader], Awaitable[T]]
    ) -> T:
        """Make a request; call it by way of ``within``.

        Args:
            said: head and body.
            read: what is made of the answer's head, in lower case, and what follows it.

        Raises:
            OSError, EOFError, LimitOverrunError: the connection failed.
        """
        writer = self._writer or await self._connect()
        writer.write(said)
        head = (await self._reader.readuntil(HEAD_END)).lower()
        answer = await read(head, self._reader)
        if b"\r\nconnection: close\r\n" in head or head.startswith(b"http/1.0"):
            self.close()
        return answer

    async def within(self, seconds: float, asking: Awaitable[T]) -> T:
        """Wait so long for an answer; the connection is closed unless all goes well.

        Raises:
            OSError: the connection failed, or nothing came in time.
        """
        try:
            async with asyncio.timeout(seconds):
                return await asking
        except BaseException as error:
            self.close()
            if isinstance(error, EOFError | asyncio.LimitOverrunError):
                raise ConnectionResetError from None
            raise

    def close(self) -> None:
        """Close the connection."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.transport.abort()

    async def finish(self) -> None:
        """Close the connection in order, and wait until it is."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await writer.wait_closed()
            except OSError:
                writer.transport.abort()

    async def _connect(self) -> asyncio.StreamWriter:
        self._was_opened = True
        reader = asyncio.StreamReader(limit=LARGEST_HEAD)
        transport, protocol = await connect(
            lambda: asyncio.StreamReaderProtocol(reader), self._address, self._manner
        )
        loop = asyncio.get_running_loop()
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        return self._writer
