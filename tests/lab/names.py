"""A client that has only names, on lines of all kinds.

`python -m tests.lab.names` prints how fast that is.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from linnet.carriers.dns.authority import Authority
from linnet.carriers.dns.message import PORT
from linnet.carriers.dns.server import NameServer
from linnet.carriers.doorway import Front
from linnet.carriers.link import Link
from linnet.carriers.listener import Listener
from linnet.lab.packets import Packet
from linnet.lab.simulated.forwarder import serve_zones
from linnet.lab.simulated.line import Shape
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY, SITE, Echo, hear, running, until_open
from tests.lab.town import SERVER, Town

ZONE, RESOLVER = "t.example.org", "10.53.0.53"
PATIENCE = 1_000.0
LINES = {
    "60 ms, 0.5 % lost": Shape(loss=0.005),
    "300 ms, 5 % lost": Shape(0.05, 0.1, loss=0.05),
    "500 ms, 10 % lost": Shape(0.05, 0.2, loss=0.1),
    "500 ms, 40 % lost": Shape(0.05, 0.2, loss=0.4),
}
"""There and back, and the part of the packets that is lost each way."""


@dataclass(frozen=True, slots=True)
class Fares:
    """How a client fared: seconds, bytes and packets a second of virtual time."""

    opened: float
    first: float
    rate: float
    packets: float
    idle_packets: float


@asynccontextmanager
async def relay_of_names(town: Town, seed: int) -> AsyncIterator[Echo]:
    """An echo, and the provider's resolver that leads to it."""
    echo, front = Echo(), Front(SITE)
    with town.server.here():
        chances = Random(seed)
        echo.listener = Listener(
            RELAY_KEY, echo, front=front, entropy=chances.randbytes
        )
        await echo.listener.listen(SERVER, 80)
        names = NameServer(Authority(ZONE, echo.listener, entropy=chances.randbytes))
        await names.listen(SERVER, PORT)
    resolver = town.network.host(RESOLVER)
    forwarder = await serve_zones(resolver, {ZONE: SERVER}, chances)
    town.client.name_servers = (RESOLVER,)
    try:
        yield echo
    finally:
        forwarder.close()
        await echo.listener.close()
        names.close()


def link_by_names() -> Link:
    """A link that has no other road."""
    address = Address(Road.DNS, ZONE, PORT)
    return Link(RelayDescriptor(public_key(RELAY_KEY), (address,)))


def fares(shape: Shape, seed: int = 1) -> Fares:
    """Open a session, say something of 1,500 bytes, then 20 KB, then nothing."""
    town = Town(seed, shape)

    async def story() -> Fares:
        loop = asyncio.get_running_loop()
        async with relay_of_names(town, seed):
            with town.client.here():
                link, began = link_by_names(), loop.time()
                async with running(link, PATIENCE) as events:
                    await until_open(events)
                    opened = loop.time() - began
                    link.send(bytes(1_500))
                    await hear(events, 1)
                    first, began = loop.time() - began, loop.time()
                    said = [bytes([n]) * 1_000 for n in range(20)]
                    for one in said:
                        link.send(one)
                    assert await hear(events, 20) == said
                    took = loop.time() - began
                    packets = within(town.log, began, loop.time())
                    began = loop.time() + 10
                    await asyncio.sleep(70)
                    idle = within(town.log, began, loop.time())
        return Fares(opened, first, 20_000 / took, packets, idle)

    return town.run(story)


def within(log: list[tuple[float, Packet]], begins: float, ends: float) -> float:
    """Packets of the client and to it a second."""
    return sum(begins <= at < ends for at, _ in log) / (ends - begins)


def main() -> None:
    """Print the table."""
    head = "line", "open", "first", "B/s", "busy", "idle"
    rows: list[tuple[str, ...]] = [head]
    for name, shape in LINES.items():
        found = fares(shape)
        cells = found.opened, found.first, found.rate, found.packets, found.idle_packets
        rows.append((name, *(f"{cell:,.1f}" for cell in cells)))
    for first, *rest in rows:
        sys.stdout.write(f"{first:<20}{''.join(f'{one:>9}' for one in rest)}\n")


if __name__ == "__main__":
    main()
