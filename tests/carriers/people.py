"""A relay that echoes and links to it, over real sockets of this machine."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from linnet.carriers.doorway import Front
from linnet.carriers.link import Link, LinkEvent, Opened, Received
from linnet.carriers.listener import Listener
from linnet.carriers.website import Page, Website
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, RelaySession

RELAY_KEY = bytes(range(32))
SECRET_PATH = "/5tq0vH2c"
PASS = b"p" * 32
PAGE = Page(b"<h1>Rowan Press</h1>", "text/html; charset=utf-8", 1_700_000_000)
SITE = Website({"/": PAGE}, b"<h1>Not found</h1>")


class Echo:
    """Guests that are sent back whatever they say."""

    def __init__(self) -> None:
        self.refusal: OpeningRefusal | None = None
        self.sessions: list[RelaySession] = []
        self.departures = 0
        self.eases = 0
        self.heard: list[bytes] = []
        self.listener: Listener

    def admits(self, opening: Opening) -> OpeningRefusal | None:
        return self.refusal

    def arrived(self, session: RelaySession) -> None:
        self.sessions.append(session)

    def received(
        self, session: RelaySession, messages: list[bytes], now: float
    ) -> None:
        self.heard += messages
        for message in messages:
            session.send(message)
        self.listener.flush(session)

    def eased(self, session: RelaySession) -> None:
        self.eases += 1

    def departed(self, session: RelaySession) -> None:
        self.departures += 1


@asynccontextmanager
async def echo_relay() -> AsyncIterator[tuple[Echo, int]]:
    """A relay of one process; the echo and its port."""
    echo = Echo()
    front = Front(SITE, (SECRET_PATH.encode(),), plain_tcp=True)
    echo.listener = Listener(RELAY_KEY, echo, front=front, entropy=os.urandom)
    port = await echo.listener.listen("127.0.0.1", 0)
    try:
        yield echo, port
    finally:
        await echo.listener.close()


def descriptor(port: int, *roads: Road) -> RelayDescriptor:
    """Where the relay is."""
    addresses = tuple(Address(road, "127.0.0.1", port, SECRET_PATH) for road in roads)
    return RelayDescriptor(public_key(RELAY_KEY), addresses)


@asynccontextmanager
async def running(
    link: Link, patience: float = 20
) -> AsyncIterator[AsyncIterator[LinkEvent]]:
    """A link at work, and what happens to it."""
    async with asyncio.timeout(patience), asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        yield link.events()
        await link.close()


async def until_open(events: AsyncIterator[LinkEvent]) -> None:
    """Wait until a session is open."""
    async for event in events:
        if isinstance(event, Opened):
            return


async def hear(events: AsyncIterator[LinkEvent], count: int) -> list[bytes]:
    """The next messages."""
    heard: list[bytes] = []
    async for event in events:
        if isinstance(event, Received):
            heard.append(event.message)
            if len(heard) == count:
                break
    return heard
