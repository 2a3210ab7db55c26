"""A connection to a mail server, line by line, all bounded (spec/parcels.md §5)."""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Final

from linnet.carriers import egress

LARGEST_LINE: Final = 8 * 1024
ANSWER_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is.

    Attributes:
        tls: from the first byte; else none, or by STARTTLS where the protocol says so.
    """

    host: str = field(repr=False)
    port: int = field(repr=False)
    tls: bool


class MailLine:
    """A connection to a mail server; whatever it says that has no bound ends it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._beneath: asyncio.StreamWriter | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._writer is not None

    async def open(self) -> None:
        """Connect.

        Raises:
            OSError: nobody answers there, or not with a certificate that is believed.
        """
        server = self._server
        context = ssl.create_default_context() if server.tls else None
        name = {"server_hostname": server.host} if server.tls else {}
        reader = asyncio.StreamReader(limit=LARGEST_LINE)
        transport, protocol = await egress.connect(
            lambda: asyncio.StreamReaderProtocol(reader),
            server.host,
            server.port,
            ssl=context,
            **name,
        )
        loop = asyncio.get_running_loop()
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)

    async def begin_tls(self) -> None:
        """Begin TLS on the open connection.

        Raises:
            OSError: not with a certificate that is believed.
        """
        if self._writer is None:
            raise ConnectionResetError
        loop = asyncio.get_running_loop()
        # Another reader: what somebody said before TLS must not count within it.
        reader = asyncio.StreamReader(limit=LARGEST_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = await loop.start_tls(
            self._writer.transport,
            protocol,
            ssl.create_default_context(),
            server_hostname=self._server.host,
        )
        if transport is None:
            raise ConnectionResetError
        reader.set_transport(transport)
        # A writer that nobody holds any more closes the connection beneath.
        self._beneath = self._writer
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)

    def say(self, data: bytes) -> None:
        """Send bytes."""
        if self._writer is None:
            raise ConnectionResetError
        self._writer.write(data)

    async def line(self) -> bytes:
        """Read a line without its end.

        Raises:
            ConnectionError: there is none, or it is too long.
        """
        return (await self._read(None)).rstrip(b"\r\n")

    async def literal(self, size: int) -> bytes:
        """Read so many bytes; the caller has bounded them.

        Raises:
            ConnectionError: there are fewer.
        """
        return await self._read(size)

    def close(self) -> None:
        """Close at once."""
        writer, self._writer, self._reader = self._writer, None, None
        if writer is not None:
            writer.transport.abort()

    async def _read(self, size: int | None) -> bytes:
        if self._reader is None:
            raise ConnectionResetError
        try:
            if size is None:
                return await self._reader.readuntil(b"\n")
            return await self._reader.readexactly(size)
        except (EOFError, asyncio.LimitOverrunError):
            raise ConnectionResetError from None
