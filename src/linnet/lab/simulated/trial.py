"""One scenario tried by whole clients: what reached whom, when, and at what cost.

Two people have accounts and know each other; one is behind the censor. Either the
censor is there when they come, or it begins in the middle of their conversation.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import linnet.client
from linnet.carriers.dns.message import PORT
from linnet.carriers.doorway import Front
from linnet.carriers.website import Page, Website
from linnet.client import Client, NewAccount
from linnet.errors import UsageError
from linnet.lab.censor import Censor, Rule
from linnet.lab.places import CLIENT, RELAYS, RESOLVER, ZONE
from linnet.lab.scenarios import rules
from linnet.lab.simulated.certificate import chrome, tls_for
from linnet.lab.simulated.forwarder import serve_zones
from linnet.lab.simulated.host import Host
from linnet.lab.simulated.line import HOME, Line
from linnet.lab.simulated.loop import run
from linnet.lab.simulated.meter import Meter
from linnet.lab.simulated.network import Network
from linnet.lab.simulated.relay import Place, Settings, serving
from linnet.relay.stores.sqlite import SqliteStore
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road
from linnet.wire.noise import public_key

LIMIT: Final = 120.0
"""Seconds after which a message that did not arrive counts as not delivered."""
EVERY: Final = 5.0
"""Seconds between messages while they talk."""
AFTERWARDS: Final = 600.0
"""Seconds in which everything must have come once the censor is gone."""

_KEY: Final = bytes(range(32))
_PATH: Final = "/5tq0vH2c"
_SITE: Final = Website(
    {"/": Page(b"<h1>Rowan Press</h1>", "text/html; charset=utf-8", 1_700_000_000)},
    b"<h1>Not found</h1>",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial; seconds are virtual ones.

    Attributes:
        first: until the first message was delivered, from coming, or from when the
            block began in the middle; None if it took longer than LIMIT.
        p95: 95 of 100 messages were delivered within this.
        octets: for each message, both ways, on the line behind the censor.
        connections: for each message.
        lost: messages that never came, though the censor was gone in the end.
        doubled: messages that came twice, or in another order.
    """

    first: float | None
    p95: float | None
    octets: float
    connections: float
    lost: int
    doubled: int


@dataclass(slots=True)
class Someone:
    """Somebody with an account, on a host."""

    name: str
    home: Path
    host: Host
    pass_link: str
    me: Client = field(init=False)
    _stack: AsyncExitStack = field(init=False)

    async def come(self) -> None:
        """Open the account; the first time, make it."""
        is_new = not self.home.exists()
        create = NewAccount(self.name, self.pass_link) if is_new else None
        self._stack = AsyncExitStack()
        with self.host.here():
            opening = linnet.client.open(self.home, passphrase="", create=create)
            self.me = await self._stack.enter_async_context(opening)

    async def go(self) -> None:
        """Close it."""
        await self._stack.aclose()

    def heard_from(self, other: str) -> list[str]:
        """What texts of another one came, in order."""
        history = self.me.conversation(other).history()
        return [one.text for one in history if one.text and not one.is_mine]

    async def hears(self, other: str, text: str) -> None:
        """Wait until a text has come."""
        with self.host.here():
            events = self.me.events()
            while text not in self.heard_from(other):
                await anext(events)


@dataclass(slots=True)
class Trial:
    """A run of one scenario.

    Args:
        scenario: its name (``scenarios``), or a country's.
        seed: the same seed has the same censor and the same losses.
        begins: whether the block is there at the start or begins in the middle.
        seconds: how long they talk.
        zone: of which the relay is name server; empty for none.
    """

    scenario: str
    seed: int = 1
    in_the_middle: bool = False
    seconds: float = 60.0
    zone: str = ZONE
    network: Network = field(init=False)
    line: Line = field(init=False)
    meter: Meter = field(init=False)
    _said: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    _took: list[float] = field(default_factory=list)
    _talking: set[asyncio.Task[None]] = field(default_factory=set)

    def run(self) -> Outcome:
        """Run it, in virtual time."""
        self.network, self.meter = Network(self.seed), Meter()
        self.network.browser = chrome()
        self.line = self.network.line(HOME)
        for name, address in RELAYS.items():
            self.network.names[name] = [str(address)]
        with TemporaryDirectory(prefix="linnet-lab-") as folder:
            return run(self._story(Path(folder)), self.network)

    async def _story(self, folder: Path) -> Outcome:
        relay = self.network.host(*map(str, RELAYS.values()))
        async with (
            _relay(relay, folder / "relay", self.seed, self.zone),
            self._resolver(str(relay.addresses[0])),
        ):
            hosts = {
                "Ada": self.network.host(str(CLIENT), line=self.line),
                "Bob": self.network.host("203.0.113.77"),
            }
            hosts["Ada"].name_servers = (str(RESOLVER),)
            ada, bob = (
                Someone(name, folder / name, host, _pass_link(self.zone))
                for name, host in hosts.items()
            )
            for person in (ada, bob):
                await person.come()
            await _befriend(ada, bob)
            outcome = await self._talk(ada, bob)
            await ada.go()
            await bob.go()
        return outcome

    @asynccontextmanager
    async def _resolver(self, server: str) -> AsyncIterator[None]:
        """The provider's, which asks the relay for names of its zone."""
        host = self.network.host(str(RESOLVER))
        chances = Random(f"{self.seed} resolver")  # noqa: S311  # a lab's dice
        transport = await serve_zones(host, {ZONE: server}, chances)
        try:
            yield
        finally:
            transport.close()

    async def _talk(self, ada: Someone, bob: Someone) -> Outcome:
        if not self.in_the_middle:
            await ada.go()
            self._block()
            await ada.come()
        else:
            await self._say(ada, bob, "before")
            await self._say(bob, ada, "before")
            self._block()
        self.line.watch(self.meter)
        self._took.clear()
        firsts = [self._say(ada, bob, "first"), self._say(bob, ada, "first")]
        took = await asyncio.gather(*firsts)
        await self._go_on(ada, bob)
        packets = self.meter.up + self.meter.down
        count = max(1, sum(map(len, self._said.values())))
        connections = self.meter.connections / count
        lost, doubled = await self._afterwards(ada, bob)
        first = max(took)
        return Outcome(
            first if first < LIMIT else None,
            _p95(self._took),
            packets.octets / count,
            connections,
            lost,
            doubled,
        )

    def _block(self) -> None:
        chances = Random(f"{self.seed} {self.scenario}")  # noqa: S311  # a lab's dice
        made: Sequence[Rule] = rules(self.scenario, chances)
        self.line.censor = Censor(made, chances) if made else None

    async def _say(self, one: Someone, other: Someone, text: str) -> float:
        """Say something; the seconds until the other has it, at most LIMIT."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._said.setdefault(one.name, []).append((text, began))
        with one.host.here():
            await one.me.conversation(other.name).send(text)
        try:
            async with asyncio.timeout(LIMIT):
                await other.hears(one.name, text)
        except TimeoutError:
            pass
        self._took.append(loop.time() - began)
        return loop.time() - began

    async def _go_on(self, ada: Someone, bob: Someone) -> None:
        """Talk for a while, without waiting for one message before the next."""
        loop = asyncio.get_running_loop()
        until, number = loop.time() + self.seconds, 0
        async with asyncio.TaskGroup() as tasks:
            while loop.time() < until:
                number += 1
                for one, other in ((ada, bob), (bob, ada)):
                    tasks.create_task(self._say(one, other, f"message {number}"))
                await asyncio.sleep(EVERY)

    async def _afterwards(self, ada: Someone, bob: Someone) -> tuple[int, int]:
        """Lift the block, wait for what is missing; how many were lost or doubled."""
        self.line.censor = None
        lost = doubled = 0
        for one, other in ((ada, bob), (bob, ada)):
            said = [text for text, _ in self._said[one.name]]
            try:
                async with asyncio.timeout(AFTERWARDS):
                    await other.hears(one.name, said[-1])
            except TimeoutError:
                pass
            heard = other.heard_from(one.name)
            lost += len(set(said) - set(heard))
            doubled += heard != [text for text in said if text in heard]
        return lost, doubled


@asynccontextmanager
async def _relay(host: Host, file: Path, seed: int, zone: str) -> AsyncIterator[None]:
    places = tuple(
        Place(str(address), 443, tls_for(name)) for name, address in RELAYS.items()
    )
    settings = Settings(
        places,
        _KEY,
        Front(_SITE, (_PATH.encode(),)),
        Random(f"{seed} relay").randbytes,  # noqa: S311  # so that a run repeats
        zone=zone,
    )
    async with serving(host, settings, SqliteStore(file)):
        yield


def _pass_link(zone: str) -> str:
    addresses = tuple(
        Address(Road.WSS, str(address), 443, _PATH, name)
        for name, address in RELAYS.items()
    )
    names = (Address(Road.DNS, zone, PORT),) if zone else ()
    descriptor = RelayDescriptor(public_key(_KEY), addresses + names)
    return PassLink(descriptor, bytes(32)).text()


async def _befriend(one: Someone, other: Someone) -> None:
    with one.host.here():
        await one.me.add(other.me.invite())
    with other.host.here():
        events = other.me.events()
        while not other.me.requests():
            await anext(events)
        await other.me.accept(one.name)
    await _accepted(one, other.name)
    await _accepted(other, one.name)


async def _accepted(one: Someone, name: str) -> None:
    with one.host.here():
        events = one.me.events()
        while not _is_accepted(one, name):
            await anext(events)


def _is_accepted(one: Someone, name: str) -> bool:
    try:
        return one.me.contact(name).state == "accepted"
    except UsageError:
        return False


def _p95(took: list[float]) -> float | None:
    late = sorted(took)[int(len(took) * 0.95)] if took else LIMIT
    return late if late < LIMIT else None
