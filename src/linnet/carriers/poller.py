"""A carrier made of requests, on the client's side (spec/session.md §8.4).

Two connections that stay open: one sends, one fetches. A request that failed is made
again with the same number, on a new connection, so that nothing arrives twice.
"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Callable, Iterable
from os import urandom
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dial import (
    NO_DOOR,
    USER_AGENT,
    explained,
    host_name,
    unchecked,
)
from linnet.carriers.http import HEAD_END, LARGEST_HEAD
from linnet.carriers.polls import (
    CARRIER_BYTES,
    HANG_SECONDS,
    HEAD_BYTES,
    LARGEST_ANSWER,
    LARGEST_BODY,
    Kind,
    Poll,
    Room,
    read_messages,
)
from linnet.errors import Malformed, Unreachable
from linnet.wire.links import Address, Road

ANSWER_SECONDS: Final = 20.0
"""How long an answer may take, beside what a FETCH may wait."""

MOST_FAILURES: Final = 4
RETRY_SECONDS: Final = 0.5
MOST_WAITING: Final = 64 * 1024
LEAVE_SECONDS: Final = 5.0
"""How long a goodbye may take."""


async def poll(address: Address, user: CarrierUser) -> Carrier:
    """Open a carrier made of requests to an address.

    Raises:
        Unreachable: nobody answers there, or nobody who lets a session in; the text
            says which, without the address.
    """
    carrier = PollingCarrier(address, user)
    await explained(carrier.begin())
    return carrier


class _Gone(Unreachable):
    """What answers there does not know the carrier."""


class PollingCarrier(Carrier):
    """A carrier made of requests; its user is told ``lost`` when they fail."""

    __slots__ = (
        "_address", "_fetched", "_fetcher", "_fetches", "_name", "_over", "_queue",
        "_queued", "_room", "_sender", "_sends", "_sent",
    )  # fmt: skip

    def __init__(self, address: Address, user: CarrierUser) -> None:
        super().__init__(user)
        self._address = address
        self._name = urandom(CARRIER_BYTES)
        self._sent = 0
        self._fetched = 0
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._room = Room(LARGEST_BODY - HEAD_BYTES)
        self._over = False
        self._sends, self._fetches = asyncio.Event(), asyncio.Event()
        self._fetches.set()
        self._sender: asyncio.Task[None] | None = None
        self._fetcher: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Begin the carrier.

        Raises:
            OSError: nobody answers.
            Unreachable: what answers is no relay's door.
        """
        mouth = _Connection(self._address)
        try:
            await mouth.post(self._poll(Kind.SEND, 0), ANSWER_SECONDS)
        except _Gone:
            raise Unreachable(NO_DOOR) from None
        loop = asyncio.get_running_loop()
        self._sender = loop.create_task(self._send(mouth))
        self._fetcher = loop.create_task(self._fetch(_Connection(self._address)))

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return not self._over

    def write(self, messages: Iterable[bytes]) -> None:
        """Send messages, as many in one request as fit."""
        for message in messages:
            self._queue.append(message)
            self._queued += len(message)
        self.paused = self._queued > MOST_WAITING
        self._sends.set()

    def hold(self) -> None:
        """Fetch nothing for now."""
        self._fetches.clear()

    def go_on(self) -> None:
        """Fetch again."""
        self._fetches.set()

    def close(self) -> None:
        """Send what was written, then leave."""
        self._over = True
        self._sends.set()
        if self._fetcher is not None:
            self._fetcher.cancel()

    def abort(self) -> None:
        """Leave at once and forget what was not sent."""
        self.close()
        if self._sender is not None:
            self._sender.cancel()

    async def _send(self, connection: "_Connection") -> None:
        try:
            while self._queue or not self._over:
                if self._queue:
                    await self._send_some(connection)
                else:
                    self._sends.clear()
                    await self._sends.wait()
            with contextlib.suppress(OSError):
                await connection.post(self._poll(Kind.LEAVE, 0), LEAVE_SECONDS)
        except Unreachable:
            self._lose()
        finally:
            connection.close()

    async def _send_some(self, connection: "_Connection") -> None:
        messages: tuple[bytes, ...] = ()

        def poll() -> bytes:
            nonlocal messages
            messages = self._room.portion(self._queue)
            return self._poll(Kind.SEND, self._sent, messages)

        await self._ask(connection, poll, failed=self._room.shrink)
        self._room.grow()
        self._sent += len(messages)
        for message in messages:
            self._queue.popleft()
            self._queued -= len(message)
        if self.paused and self._queued <= MOST_WAITING // 2:
            self.paused = False
            if not self._over:
                self.user.writable()

    async def _fetch(self, connection: "_Connection") -> None:
        try:
            while not self._over:
                await self._fetches.wait()
                answer = await self._ask(
                    connection, lambda: self._poll(Kind.FETCH, self._fetched)
                )
                for message in read_messages(answer):
                    self._fetched += 1
                    if not self._over:
                        self.user.arrived(message)
        except (Unreachable, Malformed):
            self._lose()
        finally:
            connection.close()

    async def _ask(
        self,
        connection: "_Connection",
        poll: Callable[[], bytes],
        *,
        failed: Callable[[], None] = lambda: None,
    ) -> bytes:
        """Make a request until it is answered.

        Raises:
            Unreachable: it failed too often, or the relay does not know the carrier.
        """
        for failures in range(MOST_FAILURES):
            try:
                return await connection.post(poll(), HANG_SECONDS + ANSWER_SECONDS)
            except OSError:
                if self._over:
                    break
                failed()
                # The first one may be no more than a connection that was at its end.
                await asyncio.sleep(RETRY_SECONDS * failures)
        raise Unreachable("Request after request fails on this road.")

    def _poll(self, kind: Kind, number: int, messages: tuple[bytes, ...] = ()) -> bytes:
        return Poll(self._name, kind, number, messages).pack()

    def _lose(self) -> None:
        if not self._over:
            self.abort()
            self.user.lost()


class _Connection:
    """One connection on which requests follow one another; opened when needed."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._reader = asyncio.StreamReader()
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, body: bytes, patience: float) -> bytes:
        """Make a request; what is answered.

        Raises:
            OSError: the connection failed, or nothing came within ``patience`` seconds.
            Unreachable: the answer is that of a website.
        """
        try:
            async with asyncio.timeout(patience):
                return await self._exchange(body)
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

    async def _exchange(self, body: bytes) -> bytes:
        writer = self._writer or await self._connect()
        writer.write(self._head(len(body)) + body)
        head = (await self._reader.readuntil(HEAD_END)).lower()
        if not head.startswith(b"http/1.1 200 "):
            raise _Gone(NO_DOOR)
        found = re.search(rb"\r\ncontent-length: *(\d{1,6})\r\n", head)
        size = int(found[1]) if found else LARGEST_ANSWER + 1
        if size > LARGEST_ANSWER:
            raise _Gone(NO_DOOR)
        answer = await self._reader.readexactly(size)
        if b"\r\nconnection: close\r\n" in head:
            self.close()
        return answer

    async def _connect(self) -> asyncio.StreamWriter:
        address = self._address
        secure = address.road is Road.WSS
        self._reader, writer = await asyncio.open_connection(
            address.host,
            address.port,
            limit=LARGEST_HEAD,
            ssl=unchecked() if secure else None,
            server_hostname=(address.cover or address.host) if secure else None,
        )
        self._writer = writer
        return writer

    def _head(self, size: int) -> bytes:
        lines = (
            f"POST {self._address.path or '/'} HTTP/1.1",
            f"Host: {host_name(self._address)}",
            f"User-Agent: {USER_AGENT}",
            "Accept: */*",
            "Accept-Language: en-US,en;q=0.5",
            f"Content-Length: {size}",
            "Connection: keep-alive",
            "Pragma: no-cache",
            "Cache-Control: no-cache",
        )
        return "\r\n".join(lines).encode("latin-1") + HEAD_END
