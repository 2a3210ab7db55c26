"""A relay on a simulated host: the same code as `linnet relay`, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from ssl import SSLContext
from typing import Final

from linnet.carriers.dns.authority import Authority
from linnet.carriers.dns.message import PORT
from linnet.carriers.dns.server import NameServer
from linnet.carriers.doorway import Front
from linnet.carriers.listener import Listener
from linnet.lab.simulated.host import Host
from linnet.relay.core.limits import Limits
from linnet.relay.driver import Driver
from linnet.relay.logs import Log
from linnet.relay.stores.port import Store
from linnet.relay.writer import Batch, Done, Writer
from linnet.wire.noise import Entropy
from linnet.wire.replies import Mode

STARTED: Final = 1_767_225_600
"""What the relay's clock shows when virtual time begins: the first day of 2026."""


class LoopWriter(Writer):
    """Stores every batch in the loop: there are no threads in virtual time."""

    def __init__(self, store: Store, done: Done) -> None:
        self.is_busy = False
        self._store, self._done = store, done

    @property
    def is_beside(self) -> bool:
        """Whether a thread would be given the next batch: there is none."""
        return False

    def tidy(self) -> None:
        """Move what was written to where it stays."""
        self._store.tidy()

    def write(self, batch: Batch) -> None:
        """Store a batch."""
        self.is_busy = True
        self._finish(batch, self._store_batch(batch))

    def stop(self) -> None:
        """Nothing is under way."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a relay listens; with TLS if it is given a certificate."""

    address: str
    port: int
    tls: SSLContext | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a relay is to be run.

    Attributes:
        places: where it listens, each an address of its host.
        key: the relay's private X25519 key.
        front: the website and the secret paths.
        entropy: seeded, so that a run can be repeated.
        limits: what it grants; open to everybody unless it is said otherwise.
        zone: of which it is name server at the first place, if of any.
    """

    places: tuple[Place, ...]
    key: bytes = field(repr=False)
    front: Front
    entropy: Entropy = field(repr=False)
    limits: Limits = Limits(mode=Mode.OPEN)  # noqa: RUF009  # a frozen value
    zone: str = ""


async def _name_server(settings: Settings, listener: Listener) -> NameServer:
    server = NameServer(
        Authority(settings.zone or "example", listener, entropy=settings.entropy)
    )
    if settings.zone:
        await server.listen(settings.places[0].address, PORT)
    return server


@asynccontextmanager
async def serving(
    host: Host, settings: Settings, store: Store
) -> AsyncIterator[Listener]:
    """Serve a relay on a host, until the block ends.

    Raises:
        OSError: one of the places cannot be listened at.
        StorageError: the store failed.
    """
    loop = asyncio.get_running_loop()
    with host.here():
        driver = Driver(
            store,
            settings.limits,
            log=Log(StringIO()),
            failed=lambda: None,
            clock=lambda: STARTED + loop.time(),
            writer=LoopWriter,
        )
        listener = Listener(
            settings.key, driver, front=settings.front, entropy=settings.entropy
        )
        driver.listener = listener
        for place in settings.places:
            await listener.listen(place.address, place.port, tls=place.tls)
        names = await _name_server(settings, listener)
    try:
        yield listener
    finally:
        names.close()
        await driver.close()
        await listener.close()
    if driver.failure is not None:
        raise driver.failure
