"""Tells the web server in front which requests are a person's (spec/carriers.md §9.2).

The server asks about every request by its head alone, and answers itself what is
nobody's. So it reads no body that it would not have read, and strangers get every
answer, and every pause, that the server alone gives.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

from linnet.carriers.http import HEAD_END

LARGEST_QUESTION: Final = 2 * 1024 * 1024
"""More than web servers take of a head themselves."""

MOST_ASKERS: Final = 1_024
"""Connections of the server in front; past this the oldest goes."""

_YES: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
_NO: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


class Doorkeeper:
    """Answers 204 for a path that is somebody's, and 403 for everything else.

    Args:
        whose: whose a path is; ``None`` if it is nobody's.
    """

    def __init__(self, whose: Callable[[bytes], bytes | None]) -> None:
        self._whose = whose
        self._askers: dict[asyncio.Transport, None] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Listen at an address; the port, if 0 was asked for.

        Raises:
            OSError: the address cannot be listened at.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Asker(self), host, port, backlog=1024, reuse_address=True
        )
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening, and close every connection."""
        if self._server is not None:
            self._server.close()
        for asker in list(self._askers):
            asker.abort()

    def came(self, asker: asyncio.Transport) -> None:
        """The server in front opened a connection."""
        self._askers[asker] = None
        if len(self._askers) > MOST_ASKERS:
            oldest = next(iter(self._askers))
            del self._askers[oldest]
            oldest.abort()

    def went(self, asker: asyncio.Transport) -> None:
        """A connection is gone."""
        self._askers.pop(asker, None)

    def answer(self, head: bytes) -> bytes:
        """What is answered to a question, from its head."""
        target = head.partition(b"\r\n")[0].split(b" ")[1:2]
        path = target[0].partition(b"?")[0] if target else b""
        return _NO if self._whose(path) is None else _YES


class _Asker(asyncio.Protocol):
    """One connection of the server in front."""

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._doorkeeper.came(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._doorkeeper.went(self._transport)
            self._transport = None

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        begin = max(0, len(self._buffer) - len(HEAD_END) + 1)
        self._buffer += data
        while (end := self._buffer.find(HEAD_END, begin)) >= 0:
            self._transport.write(self._doorkeeper.answer(bytes(self._buffer[:end])))
            del self._buffer[: end + len(HEAD_END)]
            begin = 0
        if len(self._buffer) > LARGEST_QUESTION:
            self._transport.abort()

    def pause_writing(self) -> None:
        """Who does not read the answers asks nothing more."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The answers were read."""
        if self._transport is not None:
            self._transport.resume_reading()
