"""The driver between sessions and a store: batches, slow sessions, broken stores."""

import asyncio
import io
import os
from collections.abc import Awaitable, Callable, Sequence

from linnet.errors import StorageError
from linnet.ids import Epoch, Handle, RequestNumber
from linnet.relay.core.changes import Change
from linnet.relay.driver import Driver
from linnet.relay.logs import Log
from linnet.relay.stores.port import Store
from linnet.relay.waiting import MOST_WAITING
from linnet.relay.writer import QUICK_SECONDS, Pace
from linnet.wire.client_session import ClientSession
from linnet.wire.codec import Reply, Request, decode_reply, encode
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, Reception, RelaySession
from linnet.wire.replies import Appended, Done
from linnet.wire.requests import About, Append, Create, Open
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import APPEND, OPEN, READ, STREAM, hashed, named

KEY = bytes(range(32))


class Shop:
    """A driver with sessions whose other ends are here too; no sockets."""

    def __init__(self, store: Store) -> None:
        self.failed = asyncio.Event()
        self.log = io.StringIO()
        self.driver = Driver(store, OPEN, log=Log(self.log), failed=self.failed.set)
        self.reception = Reception(KEY, entropy=os.urandom)

    def session(self) -> tuple[ClientSession, RelaySession]:
        client = ClientSession(public_key(KEY), entropy=os.urandom)
        opening = self.reception.greet(client.hello(0), 0)
        assert isinstance(opening, Opening)
        pending = self.reception.accept(opening, unix_time=0)
        client.welcome(pending.answer, 0)
        self.reception.confirm(pending, client.flush(0)[0], 0)
        self.driver.arrived(pending.session)
        return client, pending.session

    def ask(self, session: RelaySession, *requests: Request) -> None:
        numbered = [encode(RequestNumber(n), r) for n, r in enumerate(requests, 1)]
        self.driver.received(session, numbered, 0)


def told(client: ClientSession, session: RelaySession) -> list[Reply]:
    """What a session was sent, in order."""
    records = session.flush(0)
    messages = [m for record in records for m in client.receive(record, 0)]
    return [decode_reply(message)[1] for message in messages]


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(bounded())


def test_what_comes_together_is_one_batch_and_one_message_of_receipts() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        client, session = shop.session()
        shop.ask(session, Create(STREAM, hashed(APPEND), hashed(READ), hashed(READ)))
        await shop.driver.stored()
        appends = [Append(Handle(1), named(n), b"x") for n in range(50)]
        shop.ask(session, Open(STREAM, Epoch(0), APPEND, READ), *appends)
        await shop.driver.stored()

        done, _, receipts = told(client, session)

        assert done == Done()
        assert isinstance(receipts, Appended)
        assert [one.sequence for one in receipts.receipts] == list(range(1, 51))
        assert shop.driver.counters.batches_stored == 2
        await shop.driver.close()

    run(story)


def with_stream(shop: Shop, session: RelaySession) -> None:
    """Let a session create the stream, with its Open on its way behind."""
    tokens = hashed(APPEND), hashed(READ), hashed(READ)
    shop.ask(session, Create(STREAM, *tokens), Open(STREAM, Epoch(0), APPEND, READ))


def test_what_comes_in_the_next_turns_of_the_loop_joins_the_batch() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        _, session = shop.session()
        with_stream(shop, session)
        await shop.driver.stored()
        for number in range(3):
            shop.ask(session, Append(Handle(1), named(number), b"x"))
            await asyncio.sleep(0)
        await shop.driver.stored()

        assert shop.driver.counters.batches_stored == 2
        assert shop.driver.counters.changes_stored == 4
        await shop.driver.close()

    run(story)


def test_a_batch_is_stored_though_something_comes_in_every_turn() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        _, session = shop.session()
        with_stream(shop, session)
        await shop.driver.stored()
        number = 0
        while shop.driver.counters.batches_stored == 1:
            shop.ask(session, Append(Handle(1), named(number), b"x"))
            number += 1
            await asyncio.sleep(0)
        await shop.driver.close()

    run(story)


class BusyStore(MemoryStore):
    """A store during whose every write something happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self.happens = happens

    def write(self, changes: Sequence[Change]) -> None:
        super().write(changes)
        self.happens()


def test_a_loop_that_stores_delivers_what_is_on_disk_before_the_next_batch() -> None:
    async def story() -> None:
        owed: list[int] = []

        def append_more() -> None:
            owed.append(session.unacknowledged)
            if len(owed) == 2:
                shop.ask(session, Append(Handle(1), named(2), b"x"))

        shop = Shop(BusyStore(append_more))
        _, session = shop.session()
        with_stream(shop, session)
        await shop.driver.stored()
        shop.ask(session, Append(Handle(1), named(1), b"x"))
        await shop.driver.stored()

        before, first, second = owed
        assert (first - before, second - first) == (1, 1)
        await shop.driver.close()

    run(story)


class BrokenStore(MemoryStore):
    """A store that fails at the first write."""

    def write(self, changes: Sequence[Change]) -> None:
        raise StorageError("The relay's database is damaged.")


def test_a_store_that_fails_stops_the_relay_with_its_sentence() -> None:
    async def story() -> None:
        shop = Shop(BrokenStore())
        _, session = shop.session()
        shop.ask(session, Create(STREAM, *(hashed(READ),) * 3))

        await shop.failed.wait()

        assert str(shop.driver.failure) == "The relay's database is damaged."
        assert '"batch failed"' in shop.log.getvalue()
        await shop.driver.close()

    run(story)


def test_a_session_that_does_not_read_has_its_requests_held_back() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        client, session = shop.session()
        abouts = [About()] * (session.limits.held_bytes // 100)
        while session.roomy:
            shop.ask(session, About())
        held = session.unacknowledged
        shop.ask(session, *abouts[: MOST_WAITING // 2])
        assert session.unacknowledged == held

        assert len(told(client, session)) == held
        session.receive(client.flush(0)[0], 0)
        assert session.eased()
        shop.driver.eased(session)

        assert len(told(client, session)) == MOST_WAITING // 2
        await shop.driver.close()

    run(story)


def test_a_session_that_goes_on_asking_without_reading_is_ended() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        _, session = shop.session()
        while shop.driver.sessions:
            shop.ask(session, *[About()] * 500)

        assert '"session dismissed"' in shop.log.getvalue()
        await shop.driver.close()

    run(story)


def test_one_slow_batch_among_quick_ones_hands_nothing_to_the_thread() -> None:
    pace = Pace()
    for at in range(200):
        pace.took(QUICK_SECONDS * (8 if at % 50 == 49 else 0.2), at)
        assert pace.is_quick(at)


def test_a_disk_that_is_slow_every_time_is_left_to_the_thread_soon() -> None:
    pace, waited = Pace(), 0.0
    while pace.is_quick(waited):
        pace.took(3 * QUICK_SECONDS, waited)
        waited += 3 * QUICK_SECONDS

    assert waited <= 0.1


def test_a_slow_disk_is_left_to_the_thread_for_longer_and_longer() -> None:
    pace = Pace()
    assert pace.is_quick(0)
    for _ in range(20):
        pace.took(QUICK_SECONDS / 2, 0)
    assert pace.is_quick(0)

    pace.took(1.0, 10.0)
    assert [pace.is_quick(at) for at in (10.5, 11.0)] == [False, True]
    pace.took(1.0, 11.0)
    assert [pace.is_quick(at) for at in (12.5, 13.0)] == [False, True]
