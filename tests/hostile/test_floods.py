"""Sessions that ask for much and take little; what they may cost, and whom."""

import asyncio
from collections.abc import Sequence

from linnet.errors import StorageError
from linnet.ids import Epoch, Handle, RequestNumber, StreamId
from linnet.relay.core.changes import Change
from linnet.relay.core.events import Stored
from linnet.relay.core.state import StreamNumber
from linnet.relay.waiting import MOST_BYTES_WAITING
from linnet.wire.client_session import ClientSession
from linnet.wire.codec import Reply, Request, encode
from linnet.wire.events import Deliver
from linnet.wire.limits import MAX_ENVELOPE
from linnet.wire.reception import RelaySession
from linnet.wire.replies import Envelopes
from linnet.wire.requests import About, Append, Create, Open, Read, Subscribe
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import APPEND, READ, STREAM, hashed, named
from tests.relay.test_driver import Shop, run, told

LARGE = bytes(MAX_ENVELOPE)


def open_stream(times: int = 1) -> list[Request]:
    hashes = hashed(APPEND), hashed(READ), hashed(READ)
    opened = [Open(STREAM, Epoch(0), APPEND, READ)] * times
    return [Create(STREAM, *hashes), *opened]


def exchange(shop: Shop, client: ClientSession, session: RelaySession) -> list[Reply]:
    """One turn of a client that reads: what it gets, acknowledged."""
    replies = told(client, session)
    for record in client.flush(1e9):
        session.receive(record, 0)
    if session.eased():
        shop.driver.eased(session)
    return replies


async def everything(
    shop: Shop, client: ClientSession, session: RelaySession
) -> list[Reply]:
    """Read on until nothing more comes."""
    found: list[Reply] = []
    quiet = 0
    while quiet < 5:
        await asyncio.sleep(0)
        replies = exchange(shop, client, session)
        found += replies
        quiet = 0 if replies or shop.driver.is_busy else quiet + 1
    return found


def test_what_waits_for_a_session_that_takes_nothing_is_few_bytes() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        _, session = shop.session()
        while session.roomy:
            shop.ask(session, About())

        large = Append(Handle(1), named(1), LARGE)
        for _ in range(MOST_BYTES_WAITING // MAX_ENVELOPE + 2):
            shop.ask(session, large)

        assert shop.driver.sessions == 0
        await shop.driver.close()

    run(story)


def test_all_that_waits_for_everyone_together_is_bounded() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        shop.driver.waiting.most_altogether = 3 * MAX_ENVELOPE
        sessions = [shop.session()[1] for _ in range(5)]
        for session in sessions:
            while session.roomy:
                shop.ask(session, About())
        for session in sessions:
            shop.ask(session, Append(Handle(1), named(1), LARGE))

        assert shop.driver.waiting.held <= 3 * MAX_ENVELOPE
        assert shop.driver.sessions == 2
        await shop.driver.close()

    run(story)


def test_a_session_that_was_dismissed_opens_nothing_more() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        _, first = shop.session()
        shop.ask(first, *open_stream())
        await shop.driver.stored()
        _, session = shop.session()
        opened = encode_all(Open(STREAM, Epoch(0), APPEND, READ))

        shop.driver.received(session, [b"?"] * 40 + opened * 3, 0)

        stream = shop.driver.relay.memory.streams[STREAM]
        assert shop.driver.sessions == 1
        assert len(stream.doors) == 1
        await shop.driver.close()

    run(story)


def encode_all(*requests: Request) -> list[bytes]:
    return [encode(RequestNumber(n), one) for n, one in enumerate(requests, 1)]


def test_who_comes_back_to_many_full_streams_gets_them_all() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        writer, hers = shop.session()
        ids = [StreamId(bytes([n]) * 16) for n in range(40)]
        hashes = hashed(APPEND), hashed(READ), hashed(READ)
        for n, one in enumerate(ids, 1):
            shop.ask(hers, Create(one, *hashes), Open(one, Epoch(0), APPEND))
            shop.ask(hers, Append(Handle(n), named(n), LARGE))
            await shop.driver.stored()
            exchange(shop, writer, hers)
        reader, his = shop.session()

        shop.ask(his, *[Open(one, Epoch(0), None, READ) for one in ids])
        shop.ask(his, *[Subscribe(Handle(n)) for n in range(1, 41)])
        replies = await everything(shop, reader, his)

        delivered = [e for r in replies if isinstance(r, Deliver) for e in r.entries]
        assert len(delivered) == 40
        assert shop.driver.sessions == 2
        await shop.driver.close()

    run(story)


def test_reads_that_are_asked_for_all_at_once_are_all_answered() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        client, session = shop.session()
        shop.ask(session, *open_stream())
        shop.ask(session, Append(Handle(1), named(1), LARGE))
        await shop.driver.stored()
        exchange(shop, client, session)

        shop.ask(session, *[Read(Handle(1))] * 60)
        replies = await everything(shop, client, session)

        assert sum(isinstance(one, Envelopes) for one in replies) == 60
        await shop.driver.close()

    run(story)


def test_a_batch_larger_than_a_reader_may_hold_ends_nobodys_session() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        reader, his = shop.session()
        writer, hers = shop.session()
        shop.ask(his, *open_stream())
        shop.ask(his, Subscribe(Handle(1)))
        await shop.driver.stored()
        shop.ask(hers, Open(STREAM, Epoch(0), APPEND))
        exchange(shop, reader, his)

        shop.ask(hers, *[Append(Handle(1), named(n), LARGE) for n in range(60)])
        await shop.driver.stored()
        replies = await everything(shop, reader, his)

        found = [e for r in replies if isinstance(r, Deliver) for _, e in r.entries]
        assert [one.sequence for one in found] == list(range(1, 61))
        assert shop.driver.sessions == 2
        del writer
        await shop.driver.close()

    run(story)


def test_one_append_to_a_stream_followed_a_thousand_times_is_built_once() -> None:
    async def story() -> None:
        shop = Shop(MemoryStore())
        reader, his = shop.session()
        shop.ask(his, *open_stream(times=1_000))
        await shop.driver.stored()
        exchange(shop, reader, his)
        shop.ask(his, *[Subscribe(Handle(n)) for n in range(1, 1_001)])
        exchange(shop, reader, his)

        shop.ask(his, Append(Handle(1), named(1), LARGE))
        await shop.driver.stored()

        assert his.held < 2 * his.limits.held_bytes
        assert shop.driver.sessions == 1
        replies = await everything(shop, reader, his)
        entries = [e for r in replies if isinstance(r, Deliver) for e in r.entries]
        assert len(entries) == 1_000
        await shop.driver.close()

    run(story)


class ForgetfulDisk(MemoryStore):
    """A store whose reads fail, or whose first write does."""

    def __init__(self, *, fails_reading: bool) -> None:
        super().__init__()
        self.fails_reading = fails_reading

    def envelopes(
        self, stream: StreamNumber, after: int, *, upto: int, max_bytes: int
    ) -> list[Stored]:
        if self.fails_reading:
            raise StorageError("The relay's database is damaged.")
        return super().envelopes(stream, after, upto=upto, max_bytes=max_bytes)


def test_a_backlog_that_cannot_be_read_stops_the_relay_in_words() -> None:
    async def story() -> None:
        shop = Shop(ForgetfulDisk(fails_reading=True))
        _, session = shop.session()
        shop.ask(session, *open_stream())
        shop.ask(session, Append(Handle(1), named(1), b"x"))
        await shop.driver.stored()

        shop.ask(session, Read(Handle(1)))
        await shop.failed.wait()

        assert str(shop.driver.failure) == "The relay's database is damaged."
        await shop.driver.close()

    run(story)


class FailsOnce(MemoryStore):
    """A store whose disk failed once and then says that all is well."""

    has_failed = False

    def write(self, changes: Sequence[Change]) -> None:
        if not self.has_failed:
            self.has_failed = True
            raise StorageError("The relay's database does not work.")
        super().write(changes)


def test_nothing_is_acknowledged_once_a_disk_has_failed() -> None:
    async def story() -> None:
        shop = Shop(FailsOnce())
        client, session = shop.session()
        shop.ask(session, *open_stream())
        await shop.failed.wait()
        exchange(shop, client, session)

        shop.ask(session, *open_stream())
        await shop.driver.stored()
        for _ in range(9):
            await asyncio.sleep(0)

        assert told(client, session) == []
        await shop.driver.close()

    run(story)
