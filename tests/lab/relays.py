"""The relay of a town: at both addresses of its server, over TLS, and bare at one."""

from contextlib import AbstractAsyncContextManager
from random import Random

from linnet.carriers.doorway import Front
from linnet.carriers.listener import Listener
from linnet.lab.simulated.relay import Place, Settings, serving
from linnet.wire.links import Address, Road
from tests.carriers.people import RELAY_KEY, SECRET_PATH, SITE
from tests.conformance.memory_store import MemoryStore
from tests.lab.town import NAME, OTHER, SERVER, Town, certificate

FIRST = Address(Road.WSS, SERVER, 443, SECRET_PATH, NAME)
SECOND = Address(Road.WSS, OTHER, 443, SECRET_PATH, NAME)


def relay_in(
    town: Town, seed: int, zone: str = ""
) -> AbstractAsyncContextManager[Listener]:
    """Serve it until the block ends."""
    settings = Settings(
        (
            Place(SERVER, 443, certificate()),
            Place(OTHER, 443, certificate()),
            Place(SERVER, 80),
        ),
        RELAY_KEY,
        Front(SITE, (SECRET_PATH.encode(),), plain_tcp=True),
        Random(f"{seed} relay").randbytes,
        zone=zone,
    )
    return serving(town.server, settings, MemoryStore())
