"""A relay, real sessions and a push service with real TLS, all on this machine."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from linnet.carriers.doorway import Front
from linnet.carriers.listener import Listener
from linnet.carriers.website import Website
from linnet.ids import Epoch, Handle
from linnet.relay.core.events import Lost
from linnet.relay.driver import Driver
from linnet.relay.logs import Log
from linnet.relay.pusher import Pusher
from linnet.relay.vapid import Vapid
from linnet.wire.events import Deliver
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.reception import RelaySession
from linnet.wire.replies import Appended, Done, Opened, PushGrants, Subscribed
from linnet.wire.requests import Append, Create, Open, Subscribe
from linnet.wire.requests_pushes import Pushes, Unwatch, Watch
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import APPEND, CONTROL, OPEN, READ, STREAM, hashed, named
from tests.relay.processes import Caller, calling
from tests.relay.push_service import HOST, URL, PushService, push_service
from tests.relay.test_vapid import verified

KEY = bytes(range(32))
VAPID = Vapid(KEY, contact="mailto:relay@example.org")


class Attentive(Driver):
    """A driver that lets others wait for what happens to it."""

    def __init__(self, store: MemoryStore) -> None:
        limits = replace(OPEN, push_key=VAPID.public_key)
        log = Log(io.StringIO())
        super().__init__(store, limits, log=log, failed=lambda: None)
        self.left, self.gone = asyncio.Event(), asyncio.Event()

    def departed(self, session: RelaySession) -> None:
        super().departed(session)
        self.left.set()

    def lost(self, event: Lost) -> None:
        super().lost(event)
        self.gone.set()


@dataclass
class Town:
    """A relay with one stream, and the push service it posts to."""

    service: PushService
    driver: Attentive
    link: PassLink
    store: MemoryStore
    count: int = 0

    async def write(self, caller: Caller, handle: Handle) -> None:
        self.count += 1
        reply = await caller.ask(Append(handle, named(self.count), b"secret words"))
        assert isinstance(reply, Appended)


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    async with push_service(folder) as service:
        store = MemoryStore()
        driver = Attentive(store)
        driver.pusher = Pusher(
            VAPID, service.poster(), driver.counters, tell=driver.lost
        )
        website = Website.composed(public_key(KEY), unix_time=0)
        listener = Listener(KEY, driver, front=Front(website, (b"/path",), True))
        driver.listener = listener
        port = await listener.listen("127.0.0.1", 0)
        place = Address(Road.TCP, "127.0.0.1", port)
        link = PassLink(RelayDescriptor(public_key(KEY), (place,)), bytes(32))
        try:
            yield Town(service, driver, link, store)
        finally:
            await driver.pusher.close()
            await driver.close()
            await listener.close()


async def opened(caller: Caller) -> Handle:
    reply = await caller.ask(Open(STREAM, Epoch(0), APPEND, READ))
    assert isinstance(reply, Opened)
    return reply.handle


async def created(caller: Caller) -> Handle:
    hashes = hashed(APPEND), hashed(READ), hashed(CONTROL)
    assert await caller.ask(Create(STREAM, *hashes)) == Done()
    return await opened(caller)


def run(story: Callable[[Path], Awaitable[None]], folder: Path) -> None:
    asyncio.run(asyncio.wait_for(story(folder), 60))


@pytest.mark.slow
def test_a_reader_who_is_away_is_pushed_to_once_and_one_who_follows_never(
    tmp_path: Path,
) -> None:
    async def story(folder: Path) -> None:
        async with town(folder) as here, calling(here.link, with_pass=False) as friend:
            theirs = await created(friend)
            async with calling(here.link, with_pass=False) as reader:
                mine = await opened(reader)
                assert isinstance(await reader.ask(Subscribe(mine)), Subscribed)
                granted = await reader.ask(Pushes())
                assert granted == PushGrants(VAPID.public_key, 30 * 86_400)
                assert await reader.ask(Watch(mine, 0, URL)) == Done()
                await here.write(friend, theirs)
                assert isinstance(await reader.next_told(), Deliver)
            await here.driver.left.wait()
            assert here.service.connections == 0

            for _ in range(3):
                await here.write(friend, theirs)

            head, _, body = (await here.service.next_request()).partition(b"\r\n\r\n")
            assert (body, here.service.connections) == (b"", 1)
            assert b"secret" not in head
            lines = head.decode().split("\r\n")
            assert lines[0] == "POST /send/one HTTP/1.1"
            headers = dict(one.split(": ", 1) for one in lines[1:])
            _, claims = verified(headers["Authorization"])
            assert claims["aud"] == f"https://{HOST}"
            assert headers["Content-Length"] == "0"

    run(story, tmp_path)


@pytest.mark.slow
def test_an_endpoint_that_is_gone_is_forgotten_by_the_relay(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        async with town(folder) as here, calling(here.link, with_pass=False) as friend:
            here.service.answer = b"HTTP/1.1 410 Gone\r\n\r\n"
            theirs = await created(friend)
            async with calling(here.link, with_pass=False) as reader:
                await reader.ask(Watch(await opened(reader), 0, URL))
            await here.driver.left.wait()

            await here.write(friend, theirs)
            await here.service.next_request()

            await here.driver.gone.wait()
            await here.driver.stored()
            assert watches(here) == []

    run(story, tmp_path)


@pytest.mark.slow
def test_who_called_a_watch_off_is_not_pushed_to(tmp_path: Path) -> None:
    async def story(folder: Path) -> None:
        other = URL + b"-other"
        async with town(folder) as here, calling(here.link, with_pass=False) as friend:
            theirs = await created(friend)
            async with calling(here.link, with_pass=False) as reader:
                mine = await opened(reader)
                for endpoint in (URL, other):
                    await reader.ask(Watch(mine, 0, endpoint))
                assert await reader.ask(Unwatch(mine, URL)) == Done()
            await here.driver.left.wait()

            await here.write(friend, theirs)

            assert b"/send/one-other" in await here.service.next_request()
            assert here.service.connections == 1

    run(story, tmp_path)


def watches(here: Town) -> list[int]:
    found = here.store.disclose(STREAM)
    assert found is not None
    return found.watches
