"""Runs one proxy from start to end: the only place that puts its parts together."""

import asyncio
import logging
import signal
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import uvloop

from linnet.carriers.website import Website
from linnet.errors import LinnetError, UsageError
from linnet.proxy.doorkeeper import Doorkeeper
from linnet.proxy.entrance import Bounds, Entrance
from linnet.proxy.folder import Folder, Known
from linnet.proxy.passage import Upstream
from linnet.relay.logs import Log
from linnet.wire.links import Address, RelayDescriptor, Road

TEND_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a proxy is to be run."""

    folder: Folder
    relays: tuple[RelayDescriptor, ...]
    listen: tuple[str, int]
    site: Website | Upstream
    address: Address | None = None
    doorkeeper: tuple[str, int] | None = None
    tls: ssl.SSLContext | None = None
    bounds: Bounds = field(default_factory=Bounds)


def run(settings: Settings, log: Log, *, ready: Callable[[], None]) -> None:
    """Serve until told to stop; ``ready`` is called once people can come.

    Raises:
        StorageError: the data directory cannot be used.
        UsageError: the address cannot be listened at.
    """
    # What asyncio says, of mishaps and where it is slow, names connections.
    quiet = logging.getLogger("asyncio")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, log, ready))


async def _serve(settings: Settings, log: Log, ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopping.set)
    loop.set_exception_handler(lambda _loop, _context: log.write("mishap"))
    folder = settings.folder
    async with asyncio.TaskGroup() as tasks:
        people = folder.let_in(settings.relays)
        entrance = Entrance(people, settings.site, settings.bounds, tasks)
        doorkeeper = Doorkeeper(entrance.whose)
        port = await _listen(entrance, doorkeeper, settings)
        own = _own(settings, port)
        folder.remember(Known(settings.relays, settings.address, own))
        ready()
        log.write("serving", relays=len(settings.relays))
        tending = tasks.create_task(_tend(entrance, settings, log))
        await stopping.wait()
        tending.cancel()
        log.write("stopping")
        doorkeeper.close()
        await entrance.close()
    log.write("stopped")


async def _tend(entrance: Entrance, settings: Settings, log: Log) -> None:
    """Do what time demands, and let in no one who was revoked since."""
    loop, folder = asyncio.get_running_loop(), settings.folder
    mark = 0, 0  # what changed since the start is read again too
    while True:
        await asyncio.sleep(TEND_SECONDS)
        entrance.tend(loop.time())
        changed = folder.people.mark()
        if changed != mark:
            mark = changed
            try:
                entrance.admit(folder.let_in(settings.relays))
            except LinnetError:
                log.write("people_unreadable")


async def _listen(
    entrance: Entrance, doorkeeper: Doorkeeper, settings: Settings
) -> int:
    try:
        if settings.doorkeeper is not None:
            await doorkeeper.listen(*settings.doorkeeper)
        return await entrance.listen(*settings.listen, tls=settings.tls)
    except OSError as error:
        raise UsageError(
            f"Nobody can listen at that address: {error.strerror}. Choose another with "
            "--listen HOST:PORT, or --doorkeeper HOST:PORT."
        ) from None


def _own(settings: Settings, port: int) -> Address:
    """Where the proxy listens, for links when nobody said more."""
    road = Road.WS if settings.tls is None else Road.WSS
    return Address(road, settings.listen[0], port)
