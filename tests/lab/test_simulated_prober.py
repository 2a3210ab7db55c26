"""S7 against a relay that runs: what is found, and what is not."""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random
from ssl import SSLContext

from linnet.carriers.doorway import Front
from linnet.carriers.link import Link, Opened
from linnet.carriers.listener import Listener
from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint
from linnet.lab.rules.prober import HOME, ActiveProber
from linnet.lab.simulated.meter import Meter
from linnet.lab.simulated.relay import Place, Settings, serving
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY, SECRET_PATH, SITE, Echo
from tests.conformance.memory_store import MemoryStore
from tests.lab.servers import certificate
from tests.lab.town import NAME, QUIET, SERVER, Town

BARE = Address(Road.TCP, SERVER, 443)
HIDDEN = Address(Road.WSS, SERVER, 443, SECRET_PATH, NAME)
COVER = Endpoint.at("203.0.113.80", 443)


def watched(cover: Endpoint | None = None) -> tuple[Town, Meter]:
    """A town whose censor is told to suspect the server, and what its prober does."""
    rule = ActiveProber(
        Random(5),
        frozenset({Endpoint.at(SERVER, 443)}),
        cover,
        delays=((0.0, 0.28), (1.0, 60.0)),
    )
    town = Town(shape=QUIET, censor=Censor([rule], Random(5)))
    line, meter = town.network.line(QUIET), Meter()
    line.watch(meter)
    town.line.prober = town.network.host(str(HOME), line=line)
    return town, meter


async def outlives(
    town: Town, address: Address, tls: SSLContext | None, cover: SSLContext | None
) -> bool:
    """Whether a relay is still reached when all that was asked of it is answered."""
    front = Front(SITE, (SECRET_PATH.encode(),), plain_tcp=address.road is Road.TCP)
    place = Place(SERVER, 443, tls)
    settings = Settings((place,), RELAY_KEY, front, Random(5).randbytes)
    site = Listener(bytes(32), Echo(), front=Front(SITE))
    with town.network.host(str(COVER.host)).here():
        await site.listen(str(COVER.host), COVER.port, tls=cover)
    async with serving(town.server, settings, MemoryStore()):
        assert await reached(town, address)
        await asyncio.sleep(200)
        lives = await reached(town, address)
    await site.close()
    return lives


async def reached(town: Town, address: Address) -> bool:
    """Whether a client opens a session within 30 seconds."""
    descriptor = RelayDescriptor(public_key(RELAY_KEY), (address,))
    with town.client.here():
        link = Link(descriptor, entropy=Random(5).randbytes)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.run())
            try:
                async with asyncio.timeout(30):
                    async for event in link.events():
                        if isinstance(event, Opened):
                            return True
            except TimeoutError:
                pass
            finally:
                await link.close()
    return False


def test_a_relay_in_a_website_outlives_all_probes(tmp_path: Path) -> None:
    town, meter = watched(COVER)
    tls = certificate(NAME).context(tmp_path)
    other = certificate("other.example").context(tmp_path)

    assert town.run(lambda: outlives(town, HIDDEN, tls, other))
    asked = Counter(figures.server for figures in meter.flows.values())
    assert asked[Endpoint.at(SERVER, 443)] == asked[COVER] > 15


def test_plain_tcp_is_told_from_a_website() -> None:
    town, _ = watched(COVER)

    assert not town.run(lambda: outlives(town, BARE, None, None))


def test_a_certificate_of_ones_own_is_what_blocks_a_relay(tmp_path: Path) -> None:
    town, _ = watched()
    tls = certificate(NAME, issuer=NAME).context(tmp_path)

    assert not town.run(lambda: outlives(town, HIDDEN, tls, None))
