"""What a clock that jumps cannot do to a relay's passes, rates and envelopes."""

from dataclasses import replace

from linnet.ids import BlobId, StreamId
from linnet.relay.core.events import Tick
from linnet.relay.core.limits import Limits
from linnet.relay.core.state import Stream
from linnet.relay.stores.port import NewPass
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Done, Mode
from linnet.wire.requests import Append, Create
from linnet.wire.requests_blobs import BlobCreate
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import NOW, OPEN, STREAM, Desk, hashed, named, refused

DAY = 86_400_000
YEAR = 365 * DAY
PASS = b"p" * 32


def create(number: int) -> Create:
    return Create(StreamId(number.to_bytes(16, "big")), *(hashed(b"x"),) * 3)


def test_rates_refill_after_the_clock_was_put_back() -> None:
    limits = replace(OPEN, costly_burst=2, costly_per_second=1.0)
    desk = Desk(MemoryStore(), limits=limits)
    guest = desk.join()
    desk.now = NOW + YEAR
    desk.ask(guest, create(1))

    desk.now = NOW
    assert desk.ask(guest, create(2)) == Done()
    assert refused(desk.ask(guest, create(3)))[0] == Refusal.SLOW_DOWN
    desk.now += 1_000

    assert desk.ask(guest, create(3)) == Done()


def test_time_in_the_log_never_goes_back() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    for number, now in enumerate((NOW, NOW + YEAR, NOW, NOW + 5, NOW + 2 * YEAR), 1):
        desk.now = now
        desk.ask(guest, Append(handle, named(number), b"x"))
    stream = desk.relay.memory.streams[STREAM]

    times = [
        one[2] for one in desk.store.envelopes(stream.number, 0, upto=9, max_bytes=9999)
    ]

    assert times == [NOW, NOW + YEAR, NOW + YEAR, NOW + YEAR + 5, NOW + 2 * YEAR]


def test_a_pass_lives_as_long_as_the_clock_says_even_after_a_jump() -> None:
    store = MemoryStore()
    store.add_pass(NewPass(hashed(PASS), 9, 999, (NOW + DAY) // 1000, NOW))
    desk = Desk(store, limits=Limits(mode=Mode.INVITE))
    guest = desk.join(PASS)
    desk.now = NOW + YEAR
    assert refused(desk.ask(guest, create(1)))[0] == Refusal.PASS_EXPIRED

    desk.now = NOW + 1

    assert desk.ask(guest, create(1)) == Done()


def test_a_clock_that_jumps_ahead_for_an_hour_forgets_nothing() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest)
    desk.ask(guest, Append(desk.opened(guest), named(1), b"x"))
    desk.feed(Tick())
    for now in (NOW + YEAR, NOW + YEAR + 3_600_000, NOW + 3_600_000, NOW + 2 * DAY):
        desk.now = now
        desk.feed(Tick())
        desk.commit()

    stream: Stream = desk.relay.memory.streams[STREAM]
    assert (stream.first, stream.head) == (1, 1)


def test_retention_goes_on_after_the_clock_was_put_back() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest)
    desk.ask(guest, Append(desk.opened(guest), named(1), b"x"))
    desk.now = NOW + YEAR
    desk.feed(Tick())
    desk.now = NOW
    desk.feed(Tick())

    desk.wait(OPEN.retention_seconds + 7_200)

    assert desk.relay.memory.streams[STREAM].first == 2


def test_old_blobs_go_as_fast_as_they_came() -> None:
    desk = Desk(MemoryStore(), limits=replace(OPEN, costly_burst=500))
    guest = desk.join()
    for number in range(200):
        blob = BlobId(number.to_bytes(32, "big"))
        desk.ask(guest, BlobCreate(blob, 1, hashed(b"d" * 32)))
    desk.wait(OPEN.max_retention_seconds + 7_200)

    for _ in range(20):
        desk.now += 1_000
        desk.feed(Tick())
        desk.commit()

    assert not desk.relay.memory.blobs
