"""Two people with five roads each to one relay, and a file between them."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from linnet.client.values import TransferState
from linnet.relay.folder import Folder
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road, RoadLink
from tests.crossing.ledger import Ledger, Leg
from tests.crossing.taps import Tap
from tests.proxy.certificates import make_certificate
from tests.proxy.processes import ProxyProcess
from tests.proxy.test_stories import descriptor
from tests.relay.processes import RelayProcess
from tests.stories.people import Person, befriend, pass_link

COVER = "pottery.example"
PATIENCE = 600.0


@dataclass(slots=True)
class Place:
    """A relay and a proxy to it, with TLS in front of both."""

    folder: Path
    relay: RelayProcess
    proxy: ProxyProcess
    tls: ssl.SSLContext

    @property
    def path(self) -> str:
        """The relay's own secret path."""
        return Folder(self.relay.data).secret_path()


@dataclass(slots=True)
class Traveller:
    """A person, the roads they have, and what they put on them."""

    person: Person
    taps: list[Tap]
    ledger: Ledger
    all_dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def over_dying_roads(self, size: int, work: Awaitable[None]) -> Ledger:
        """Do something while each road dies after its share of so many bytes.

        The first to have died comes back once all are dead, as a new address would.
        """
        for tap in self.taps:
            tap.arm(size // (len(self.taps) + 1), self._note)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            reviving = tasks.create_task(self._revive())
            await work
            reviving.cancel()
        lived = next(tap for tap in self.taps if not tap.is_dead)
        self._close_leg(lived)
        return self.ledger

    async def _revive(self) -> None:
        await self.all_dead.wait()
        name = self.ledger.legs[0].road
        await next(tap for tap in self.taps if tap.name == name).open()

    def _note(self, tap: Tap) -> None:
        self._close_leg(tap)
        self.ledger.legs.append(Leg())
        if all(one.is_dead for one in self.taps):
            self.all_dead.set()

    def _close_leg(self, tap: Tap) -> None:
        leg = self.ledger.legs[-1]
        leg.road, leg.up, leg.down = tap.name, tap.up, tap.down


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """A relay and a proxy that are up."""
    chain, key = make_certificate(folder, COVER)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    relay = await RelayProcess(folder / "relay").start()
    words = ("--relay", descriptor(relay), "--cert", str(chain), "--key", str(key))
    proxy = ProxyProcess(folder / "proxy", words)
    try:
        await proxy.start()
        yield Place(folder, relay, proxy, tls)
    finally:
        await proxy.end()
        await relay.end()


@asynccontextmanager
async def traveller(where: Place, name: str) -> AsyncIterator[Traveller]:
    """Somebody new with five roads of their own to the relay."""
    (door,) = RoadLink.parse(await where.proxy.link(name)).relays
    shared, own = where.path, door.addresses[0].path
    relay = where.relay.port
    roads = [
        (Tap("WebSocket over TLS", relay, tls=where.tls), Road.WSS, shared),
        (Tap("a proxy's personal path", where.proxy.port), Road.WSS, own),
        (Tap("plain TCP", relay), Road.TCP, ""),
        (Tap("WebSocket", relay), Road.WS, shared),
        (
            Tap("HTTPS requests", relay, tls=where.tls, cuts_websocket=True),
            Road.WSS,
            shared,
        ),
    ]
    addresses = []
    for tap, road, path in roads:
        await tap.open()
        cover = COVER if road is Road.WSS else ""
        addresses.append(Address(road, "127.0.0.1", tap.port, path, cover))
    given = pass_link(where.relay)
    known = RelayDescriptor(given.relay.key, tuple(addresses))
    link = PassLink(known, given.token).text()
    person, ledger = Person(name, where.folder / name, link), Ledger()
    try:
        with ledger.kept():
            await person.come()
            await person.me.settle()
        yield Traveller(person, [tap for tap, _, _ in roads], ledger)
    finally:
        await person.go()
        for tap, _, _ in roads:
            tap.close()


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a file's way there and back over dying roads came to."""

    sealed: int
    arrived_whole: bool
    sent: Ledger
    fetched: Ledger


async def cross(folder: Path, size: int, *, silently: bool = False) -> Crossing:
    """Let a file go up by dying roads, and down by others that die too."""
    file, got = folder / "film", folder / "got"
    file.write_bytes(os.urandom(size))
    async with AsyncExitStack() as stack:
        where = await stack.enter_async_context(place(folder))
        alice = await stack.enter_async_context(traveller(where, "Alice"))
        bob = await stack.enter_async_context(traveller(where, "Bob"))
        for tap in (*alice.taps, *bob.taps):
            tap.dies_silently = silently
        await befriend(alice.person, bob.person)
        sent = await alice.over_dying_roads(size, _send(alice.person, file))
        await _until(bob.person, lambda: bob.person.message("Alice", "look"))
        fetched = await bob.over_dying_roads(size, _fetch(bob.person, got))
    whole = sha256(got.read_bytes()).digest() == sha256(file.read_bytes()).digest()
    return Crossing(len(sent.acknowledged), whole, sent, fetched)


async def _send(alice: Person, file: Path) -> None:
    message = await alice.chat("Bob").send_file(file, text="look")
    await _until(
        alice,
        lambda: (
            (shown := alice.chat("Bob").message(message.id).attachment) is not None
            and shown.state is TransferState.DONE
        ),
    )


async def _fetch(bob: Person, got: Path) -> None:
    message = bob.message("Alice", "look")
    await bob.chat("Alice").save_file(message.id, got)


async def _until(person: Person, what: Callable[[], object]) -> None:
    """Wait longer than stories do: roads die meanwhile."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await person.sees(what)
            except TimeoutError:
                continue
            return
