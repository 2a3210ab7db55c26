"""A proxy in this process, before a relay that echoes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from linnet.carriers.dial import dial
from linnet.carriers.personal_paths import PersonId
from linnet.carriers.website import Website
from linnet.proxy.doorkeeper import Doorkeeper
from linnet.proxy.entrance import Bounds, Entrance
from linnet.proxy.joint import Dial
from linnet.proxy.passage import Upstream
from linnet.proxy.people import People
from linnet.wire.links import Address, RelayDescriptor, Road
from tests.carriers.people import SITE, Echo, descriptor, echo_relay

PROXY_KEY = bytes(range(32, 64))
ALICE, BOB = (
    PersonId(b"alice..."),
    PersonId(b"bob....."),
)


@dataclass(slots=True)
class Place:
    """A proxy and the relay behind it."""

    echo: Echo
    entrance: Entrance
    port: int
    doorkeeper: int
    relay: RelayDescriptor
    tasks: asyncio.TaskGroup

    def road(self, person: PersonId) -> RelayDescriptor:
        """The relay as a person reaches it."""
        address = Address(Road.WS, "127.0.0.1", self.port, self.path(person))
        return RelayDescriptor(self.relay.key, (address,))

    def path(self, person: PersonId) -> str:
        return self.entrance.people.paths(person)[0]

    def revoke(self, person: PersonId) -> None:
        self.entrance.admit(People(PROXY_KEY, (self.relay,), {person}))


@asynccontextmanager
async def proxy(
    site: Website | Upstream = SITE,
    bounds: Bounds | None = None,
    dial: Dial = dial,
) -> AsyncIterator[Place]:
    """A proxy that is up, tended as in life."""
    async with echo_relay() as (echo, relay_port), asyncio.TaskGroup() as tasks:
        relay = descriptor(relay_port, Road.WS)
        people = People(PROXY_KEY, (relay,))
        entrance = Entrance(people, site, bounds or Bounds(), tasks, dial=dial)
        doorkeeper = Doorkeeper(entrance.whose)
        port = await entrance.listen("127.0.0.1", 0)
        asked = await doorkeeper.listen("127.0.0.1", 0)
        try:
            yield Place(echo, entrance, port, asked, relay, tasks)
        finally:
            doorkeeper.close()
            await entrance.close()


STAYS_OPEN = b"(stays open)"


async def ask(
    port: int, said: bytes, *, ends: bool = True, patience: float = 20
) -> bytes:
    """Say something to a port; all that is answered until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        async with asyncio.timeout(patience):
            writer.write(said)
            if ends:
                writer.write_eof()
            while got := await reader.read(65_536):
                answer += got
            return answer
    except ConnectionError:
        return b"(reset)"
    except TimeoutError:
        return answer + STAYS_OPEN
    finally:
        writer.close()
