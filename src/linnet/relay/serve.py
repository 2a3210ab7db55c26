"""Runs one relay from start to end: the only place that puts its parts together."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import uvloop

from linnet.carriers.client_page import client_page
from linnet.carriers.doorway import Front
from linnet.carriers.listener import Listener
from linnet.carriers.personal_paths import PersonalPaths
from linnet.carriers.website import Website
from linnet.errors import StorageError, UsageError
from linnet.relay import metrics
from linnet.relay.bag_tray import BagTray, Intake
from linnet.relay.core.limits import Limits
from linnet.relay.driver import Driver
from linnet.relay.drops import Drops, run_beside
from linnet.relay.errands import Errands
from linnet.relay.folder import Folder, sync_directory
from linnet.relay.logs import Log
from linnet.relay.manifest_file import ManifestFile
from linnet.relay.memory_use import resident_bytes
from linnet.relay.people import PeopleFile
from linnet.relay.plugins import Plugin, Served
from linnet.relay.plugins import serve as serve_plugin
from linnet.relay.posting import Poster, Resolver
from linnet.relay.pusher import Pusher
from linnet.relay.stores.sqlite import SqliteStore
from linnet.relay.vapid import Vapid
from linnet.relay.zone import Zone
from linnet.wire.links import MAX_ADDRESSES, Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.replies import Mode

REVOKE_SECONDS: Final = 2.0
"""How long a path that was revoked may still lead somewhere."""

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a relay is to be run."""

    folder: Folder
    listen: tuple[str, int]
    limits: Limits = field(default_factory=Limits)
    metrics: tuple[str, int] | None = None
    addresses: tuple[Address, ...] = ()
    website: Path | None = None
    page: Path | None = None
    plain_tcp: bool = False
    max_pages: int | None = None
    pushes: bool = True
    push_contact: str = ""
    zone: Zone | None = None
    plugins: tuple[Plugin, ...] = ()
    drops: Drops = field(default_factory=Drops)


def run(settings: Settings, log: Log) -> None:
    """Serve until told to stop.

    Raises:
        StorageError: the data directory or database cannot be used.
        UsageError: an address cannot be listened at.
    """
    folder = settings.folder
    folder.prepare()
    with folder.locked():
        folder.require_whole()
        key, path = folder.private_key(), folder.secret_path()
        store = SqliteStore(folder.database, max_pages=settings.max_pages)
        # SQLite sees to what is in its files; their names are this directory's.
        sync_directory(folder.path)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(settings, log, store, (key, path)))
            store.checkpoint()
        finally:
            store.close()


async def _serve(
    settings: Settings, log: Log, store: SqliteStore, secrets: tuple[bytes, str]
) -> None:
    key, path = secrets
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopping.set)
    driver = _driver(settings, store, key, log=log, failed=stopping.set)
    _collect_seldom()
    given = PeopleFile(settings.folder.path)
    people = PersonalPaths.of_relay(key, given.revoked())
    website = _website(settings, key)
    front = Front(website, (path.encode(),), settings.plain_tcp, people)
    listener = Listener(key, driver, front=front)
    driver.listener = listener
    beside = contextlib.ExitStack()
    served: list[Served] = []
    try:
        port = await _listen(listener, settings.listen)
        await _serve_slow_roads(settings, listener, log, beside)
        await _serve_plugins(settings, listener, log, served)
        addresses = _addresses(settings, port, served)
        settings.folder.remember_addresses(addresses)
        if settings.page is not None:
            relay = RelayDescriptor(public_key(key), addresses)
            website = _page(settings, settings.page, relay, path)
            listener.front = replace(front, website=website)
        await _show_metrics(settings, driver, beside)
        log.write("serving", mode=int(settings.limits.mode))
        await _watch_files(given, listener, key, driver, log=log, stopping=stopping)
        log.write("stopping", sessions=driver.sessions)
    finally:
        if driver.pusher is not None:
            await driver.pusher.close()
        await driver.close()
        for one in served:
            await one.close()
        await listener.close()
        beside.close()
    log.write("stopped")
    if driver.failure is not None:
        raise driver.failure


async def _serve_slow_roads(
    settings: Settings, listener: Listener, log: Log, beside: contextlib.ExitStack
) -> None:
    """Be reached by names of DNS, by a folder and by mail, where that is wanted."""

    def told(answers: bool) -> None:
        log.write("drop_answers" if answers else "drop_unreachable")

    run_beside(settings.drops.depots(listener, told), beside)
    if settings.zone is not None:
        beside.callback((await settings.zone.serve(listener)).close)


async def _serve_plugins(
    settings: Settings, listener: Listener, log: Log, served: list[Served]
) -> None:
    for one in settings.plugins:
        state = settings.folder.plugin_state(one.method)
        served.append(await serve_plugin(one, listener, state, log))


def _driver(
    settings: Settings,
    store: SqliteStore,
    key: bytes,
    *,
    log: Log,
    failed: Callable[[], None],
) -> Driver:
    vapid = Vapid(key, contact=_contact(settings)) if settings.pushes else None
    limits = replace(settings.limits, push_key=vapid.public_key if vapid else None)
    driver = Driver(store, limits, log=log, failed=failed)
    driver.errands = Errands(key, driver)
    if vapid is not None:
        driver.pusher = Pusher(
            vapid, Poster(Resolver()), driver.counters, tell=driver.lost
        )
    _carry(ManifestFile(settings.folder.path), driver, log)
    return driver


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, so long."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def _watch_people(
    given: PeopleFile,
    listener: Listener,
    key: bytes,
    log: Log,
    *,
    stopping: asyncio.Event,
) -> None:
    """Until it is time to stop, let in no one by a path that was revoked since."""
    mark = 0, 0
    while not await _is_set(stopping, REVOKE_SECONDS):
        if mark == given.mark():
            continue
        mark = given.mark()
        try:
            revoked = given.revoked()
        except StorageError:
            log.write("people_unreadable")
            continue
        people = PersonalPaths.of_relay(key, revoked)
        listener.front = replace(listener.front, people=people)
        listener.shut_out(revoked)


async def _watch_files(
    given: PeopleFile,
    listener: Listener,
    key: bytes,
    driver: Driver,
    *,
    log: Log,
    stopping: asyncio.Event,
) -> None:
    """Until it is time to stop, do what the owner's files say now."""
    carried = ManifestFile(given.folder)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_watch_manifest(carried, driver, log, stopping))
        intake = tasks.create_task(_take_bags(given.folder, key, driver, log))
        await _watch_people(given, listener, key, log, stopping=stopping)
        intake.cancel()


async def _take_bags(folder: Path, key: bytes, driver: Driver, log: Log) -> None:
    """Carry out the bags that the operator lays there."""
    if driver.errands is not None:
        await Intake(BagTray(folder), public_key(key), driver.errands).run(log)


async def _watch_manifest(
    carried: ManifestFile, driver: Driver, log: Log, stopping: asyncio.Event
) -> None:
    """Until it is time to stop, carry what the file holds."""
    mark = carried.mark()
    while not await _is_set(stopping, REVOKE_SECONDS):
        if mark != carried.mark():
            mark = carried.mark()
            _carry(carried, driver, log)


def _carry(carried: ManifestFile, driver: Driver, log: Log) -> None:
    try:
        driver.relay.memory.manifest = carried.read()
    except StorageError:
        log.write("manifest_unreadable")


def _contact(settings: Settings) -> str:
    """Where those who run push services reach those who run this relay."""
    named = [one for one in settings.addresses if one.road is Road.WSS]
    shown = f"https://{named[0].host}" if named else ""
    return settings.push_contact or shown


def _collect_seldom() -> None:
    """Look for cyclic garbage seldom: the hot path makes none, and looking is dear."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _listen(listener: Listener, place: tuple[str, int]) -> int:
    try:
        return await listener.listen(*place)
    except OSError as error:
        raise UsageError(
            f"Nobody can listen at that address: {error.strerror}. Choose another with "
            "--listen HOST:PORT."
        ) from None


async def _show_metrics(
    settings: Settings, driver: Driver, beside: contextlib.ExitStack
) -> None:
    if settings.metrics is None:
        return

    def gauges() -> list[tuple[str, float]]:
        found = [("sessions", float(driver.sessions))]
        for name in ("streams", "shelves", "blobs"):
            found.append((f"{name}_in_memory", len(getattr(driver.relay.memory, name))))
        with contextlib.suppress(OSError):
            found.append(("resident_bytes", resident_bytes()))
            size = settings.folder.database.stat().st_size
            found.append(("database_bytes", size))
        return found

    try:
        shown = await metrics.serve(*settings.metrics, driver.counters, gauges)
    except OSError as error:
        raise UsageError(
            f"The figures cannot be shown at that address: {error.strerror}. Choose "
            "another with --metrics HOST:PORT."
        ) from None
    beside.callback(shown.close)


def _website(settings: Settings, key: bytes) -> Website:
    if settings.website is not None:
        try:
            return Website.from_folder(settings.website)
        except OSError as error:
            raise UsageError(
                f"The folder of the website cannot be read: {error.strerror}."
            ) from None
    started = int(settings.folder.key_file.stat().st_mtime)
    return Website.composed(public_key(key), unix_time=started)


def _page(
    settings: Settings, folder: Path, relay: RelayDescriptor, path: str
) -> Website:
    """The browser client; on an open relay it learns how to begin."""
    begin = relay if settings.limits.mode is Mode.OPEN else None
    started = int(settings.folder.key_file.stat().st_mtime)
    try:
        return client_page(folder, unix_time=started, begin=begin, path=path)
    except OSError as error:
        raise UsageError(
            f"The page for browsers cannot be read: {error.strerror}. Start with "
            "--no-web to serve without it."
        ) from None


def _addresses(
    settings: Settings, port: int, served: Sequence[Served]
) -> tuple[Address, ...]:
    """What links say: what was given, or what is listened at."""
    found = settings.folder.complete(_web_addresses(settings, port))
    more = [one.address for one in served]
    zone = settings.zone
    if zone is not None and not any(one.road is Road.DNS for one in found):
        more.append(zone.address)
    return (*found[: MAX_ADDRESSES - len(more)], *more)


def _web_addresses(settings: Settings, port: int) -> tuple[Address, ...]:
    if settings.addresses:
        return settings.addresses
    host = settings.listen[0]
    web = Address(Road.WS, host, port)
    # A browser has no plain TCP; whoever has takes it first.
    return (Address(Road.TCP, host, port), web) if settings.plain_tcp else (web,)
