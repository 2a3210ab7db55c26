"""One XMPP user under load: a raw asyncio protocol, made to be cheap."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from typing_extensions import override

from bench import xmpp_stanzas as xml

PATIENCE = 20.0
PASSWORD = "open-sesame"  # noqa: S105 - accounts of a server that lives for a minute
RESOURCE = "bench"

Arrived = Callable[["XmppClient", list[float], float], None]


class Broken(Exception):
    """A server did what the load does not expect; the row says what."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a server under test lets users in."""

    port: int
    tls: ssl.SSLContext | None
    domain: str = "localhost"


class XmppClient(asyncio.Protocol):
    """Logs in, sends numbered messages to its partner and checks those that come.

    `arrived` gets the sending times of every batch of messages from the partner.
    """

    def __init__(self, door: Door, user: str, arrived: Arrived) -> None:
        self.user = user
        self.partner = self
        self.waiting: deque[float] = deque()  # sent to this user, not here yet
        self.expected = 0
        self._door = door
        self._arrived = arrived
        self._stanzas = xml.Stanzas()
        self._replies: asyncio.Queue[bytes] = asyncio.Queue()
        self._closed = asyncio.Event()
        self._sent = 0
        self._leaving = False
        self.failure: Broken | None = None
        self._halves = (b"", b"")
        self._transport: asyncio.Transport | None = None

    # -- what asyncio calls

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not descend from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._closed.set()
        if not self._leaving:
            self._fail("the server closed the connection")
        self._replies.put_nowait(b"<closed/>")

    @override
    def data_received(self, data: bytes) -> None:
        came = 0
        for stanza in self._stanzas.feed(data):
            if stanza.startswith(b"<message"):
                came += self._is_next(stanza)
            elif not stanza.startswith(b"<presence"):
                self._replies.put_nowait(stanza)
        if came:
            pop = self.waiting.popleft
            self._arrived(self, [pop() for _ in range(came)], time.perf_counter())
        if self._stanzas.closed and self._transport:
            self._transport.close()

    def _is_next(self, stanza: bytes) -> bool:
        number = xml.stanza_id(stanza)
        if number != b"%d" % self.expected or b"'error'" in stanza[:300]:
            self._fail(f"{stanza[:300]!r} is not message {self.expected}")
            return False
        self.expected += 1
        return True

    def _fail(self, why: str) -> None:
        self.failure = self.failure or Broken(f"{self.user}: {why}")

    # -- what the load calls

    async def open(self) -> None:
        """Connect, log in and bind a resource; not yet present."""
        self._stanzas = xml.Stanzas()
        self._replies = asyncio.Queue()
        self._closed.clear()
        self._leaving = False
        loop = asyncio.get_running_loop()
        await loop.create_connection(
            lambda: self,
            "127.0.0.1",
            self._door.port,
            ssl=self._door.tls,
            server_hostname=self._door.domain if self._door.tls else None,
        )
        await self._ask(xml.header(self._door.domain), b"<stream:features")
        await self._ask(xml.plain(self.user, PASSWORD), b"<success")
        self._stanzas.restart()
        await self._ask(xml.header(self._door.domain), b"<stream:features")
        await self._ask(xml.bind(RESOURCE), b"<iq")

    def appear(self) -> None:
        """Become present: messages come from now on, stored ones first."""
        self._write(b"<presence/>")

    async def leave(self) -> None:
        """End the stream and wait until the server has let go."""
        self._leaving = True
        self._write(b"<presence type='unavailable'/></stream:stream>")
        async with asyncio.timeout(PATIENCE):
            await self._closed.wait()

    def pair(self, partner: "XmppClient") -> None:
        """Send to this partner from now on."""
        self.partner = partner

    def write_to(self, resource: str, body: str) -> None:
        """Address the partner's client, or with no resource whichever there is."""
        address = f"{self.partner.user}@{self._door.domain}{resource}"
        self._halves = xml.message(address, body)

    def send(self, count: int) -> None:
        """Send so many messages to the partner, in one write."""
        head, tail = self._halves
        first, self._sent = self._sent, self._sent + count
        self._write(
            b"".join([b"%b%d%b" % (head, n, tail) for n in range(first, self._sent)])
        )
        self.partner.waiting.extend([time.perf_counter()] * count)

    async def settle(self) -> None:
        """Return when the server has dealt with all that this user has sent."""
        await self._ask(xml.ping(self._door.domain, "settle"), b"<iq")

    async def _ask(self, request: bytes, answer: bytes) -> None:
        self._write(request)
        async with asyncio.timeout(PATIENCE):
            reply = await self._replies.get()
        if not reply.startswith(answer):
            raise Broken(f"{self.user}: {reply[:200]!r} in place of {answer!r}")

    def _write(self, data: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)
