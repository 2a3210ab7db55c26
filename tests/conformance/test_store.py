"""What every store of a relay must do; a new store joins the list of makers.

Each test makes a store, puts changes into it through the relay's own rules or by hand,
and looks at what a store that was opened anew says.
"""

import random
from dataclasses import replace

from linnet.ids import BlobId, Epoch, Handle, Sequence, ShelfId, StreamId
from linnet.relay.core.events import (
    BlobKey,
    PassKey,
    PayerKey,
    ShelfKey,
    StreamKey,
    Sweep,
)
from linnet.relay.core.limits import Limits
from linnet.relay.core.state import SHARED_PASS, Blob, Pass, Shelf, StreamNumber
from linnet.relay.stores.port import NewPass
from linnet.wire import requests_blobs, requests_shelves
from linnet.wire.limits import ENVELOPE_COST
from linnet.wire.replies import Mode, Opened
from linnet.wire.requests import Append, Commit, Create, Destroy, Erase, Open, Trim
from tests.conformance.makers import Maker, fetched_stream
from tests.relay.desk import (
    APPEND,
    CONTROL,
    NOW,
    OPEN,
    READ,
    STREAM,
    Desk,
    hashed,
    named,
    sequence,
)


def with_log(
    maker: Maker, count: int, *, is_fenced: bool = False
) -> tuple[Desk, Handle]:
    """A desk at a store that holds one stream with some envelopes."""
    desk = Desk(maker.open())
    guest = desk.join()
    desk.create(guest, is_fenced=is_fenced)
    handle = desk.opened(guest)
    for number in range(1, count + 1):
        desk.ask(guest, Append(handle, named(number), b"data %d" % number))
        desk.now += 1000
    return desk, handle


def test_an_empty_store_has_nothing(maker: Maker) -> None:
    store = maker.open()

    assert store.fetch(StreamKey(STREAM)) is None
    assert store.fetch(ShelfKey(ShelfId(bytes(16)))) is None
    assert store.fetch(BlobKey(bytes(32))) is None
    assert store.fetch(PassKey(bytes(32))) is None
    assert store.disclose(STREAM) is None
    assert (store.numbers().stream, store.latest_ms()) == (1, 0)


def test_what_was_appended_is_there_in_order_when_opened_again(maker: Maker) -> None:
    with_log(maker, 20)

    store = maker.again()
    stream = fetched_stream(store)
    found = store.envelopes(stream.number, 0, upto=20, max_bytes=1 << 20)

    assert (stream.first, stream.stored, stream.head) == (1, 20, 20)
    assert [(one[0], one[3], one[4]) for one in found] == [
        (n, named(n), b"data %d" % n) for n in range(1, 21)
    ]
    assert stream.find(named(7)) == 7
    assert store.latest_ms() == found[-1][2]


def test_a_stream_comes_back_with_its_tokens_and_its_past_epochs(maker: Maker) -> None:
    desk, handle = with_log(maker, 2, is_fenced=True)
    guest = desk.join()
    handle = desk.opened(guest)
    new = hashed(b"A" * 32), hashed(b"R" * 32)
    desk.ask(guest, Commit(handle, named(3), *new, b"commit"))

    stream = fetched_stream(maker.again())

    assert (stream.epoch, stream.append_hash, stream.read_hash) == (1, *new)
    assert stream.control_hash == hashed(CONTROL)
    assert [(one.epoch, one.ends) for one in stream.past] == [(0, 3)]
    assert stream.past[0].append_hash == hashed(APPEND)
    assert stream.past[0].read_hash == hashed(READ)


def test_a_batch_that_does_not_fit_leaves_nothing_of_itself(maker: Maker) -> None:
    desk = Desk(maker.open(room=100_000))
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    kept = 0
    for number in range(1, 100):
        reply = desk.ask(guest, Append(handle, named(number), bytes(4000)))
        if type(reply).__name__ == "RefusedReply":
            break
        kept = sequence(reply)

    assert 1 < kept < 60
    assert fetched_stream(maker.again()).stored == kept


def test_a_full_store_still_reads_and_takes_again_what_fits(maker: Maker) -> None:
    store = maker.open(room=100_000)
    desk = Desk(store)
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    number = 1
    while type(
        desk.ask(guest, Append(handle, named(number), bytes(4000)))
    ).__name__ == ("Appended"):
        number += 1

    stream = fetched_stream(store)
    assert len(store.envelopes(stream.number, 0, upto=5, max_bytes=1 << 20)) == 5
    desk.ask(guest, Trim(handle, Sequence(number - 2)))
    assert (
        sequence(desk.ask(guest, Append(handle, named(number), bytes(2000)))) == number
    )


def test_trimming_forgets_the_beginning_for_good(maker: Maker) -> None:
    desk, handle = with_log(maker, 10)
    guest = desk.join()
    handle = desk.opened(guest)
    desk.ask(guest, Trim(handle, Sequence(4)))

    store = maker.again()
    stream = fetched_stream(store)

    assert (stream.first, stream.stored) == (5, 10)
    found = store.envelopes(stream.number, 0, upto=10, max_bytes=1 << 20)
    assert [one[0] for one in found] == [5, 6, 7, 8, 9, 10]
    assert stream.find(named(4)) is None


def test_a_stream_trimmed_to_nothing_keeps_its_place(maker: Maker) -> None:
    desk, _ = with_log(maker, 3)
    guest = desk.join()
    desk.ask(guest, Trim(desk.opened(guest), Sequence(3)))

    stream = fetched_stream(maker.again())

    assert (stream.first, stream.stored) == (4, 3)


def test_an_erased_envelope_keeps_its_place_and_id_without_data(maker: Maker) -> None:
    desk, _ = with_log(maker, 3)
    guest = desk.join()
    desk.ask(guest, Erase(desk.opened(guest), Sequence(2), named(2)))

    store = maker.again()
    number = fetched_stream(store).number
    found = store.envelopes(number, 0, upto=3, max_bytes=1 << 20)

    assert [(one[3], one[4]) for one in found] == [
        (named(1), b"data 1"),
        (named(2), b""),
        (named(3), b"data 3"),
    ]


def test_a_destroyed_stream_is_gone_with_all_it_held(maker: Maker) -> None:
    desk, _ = with_log(maker, 3)
    guest = desk.join()
    desk.ask(guest, Destroy(desk.opened(guest)))

    store = maker.again()

    assert store.fetch(StreamKey(STREAM)) is None
    assert store.disclose(STREAM) is None
    payer = store.fetch(PayerKey(SHARED_PASS))
    assert isinstance(payer, Pass)
    assert (payer.streams, payer.bytes) == (0, 0)


def test_a_stream_destroyed_in_the_batch_that_filled_it_leaves_nothing(
    maker: Maker,
) -> None:
    desk, _ = with_log(maker, 1)
    guest = desk.join()
    handle = desk.opened(guest)
    desk.holds_back = True
    desk.begin(guest, Append(handle, named(2), b"two"))
    desk.begin(guest, Destroy(handle))
    desk.commit()
    desk.holds_back = False
    desk.create(guest)

    stream = fetched_stream(maker.again())

    assert (stream.first, stream.stored) == (1, 0)


def test_no_more_is_read_than_fits_but_always_one(maker: Maker) -> None:
    desk, _ = with_log(maker, 10)
    number = fetched_stream(desk.store).number

    few = desk.store.envelopes(number, 2, upto=10, max_bytes=200)
    one = desk.store.envelopes(number, 2, upto=10, max_bytes=0)

    assert [row[0] for row in few] == [3, 4, 5]
    assert [row[0] for row in one] == [3]


def test_streams_that_grow_side_by_side_do_not_mix(maker: Maker) -> None:
    desk = Desk(maker.open(), limits=replace(OPEN, costly_burst=10_000))
    guest = desk.join()
    chance = random.Random(7)
    hashes = hashed(APPEND), hashed(READ), hashed(CONTROL)
    handles: dict[StreamId, Handle] = {}
    expected: dict[StreamId, list[bytes]] = {}
    for at in range(12):
        stream = StreamId(bytes([at]) * 16)
        desk.ask(guest, Create(stream, *hashes))
        opened = desk.ask(guest, Open(stream, Epoch(0), APPEND, READ, CONTROL))
        assert isinstance(opened, Opened)
        handles[stream], expected[stream] = opened.handle, []
    desk.holds_back = True
    for at in range(600):
        stream = chance.choice(sorted(handles))
        data = bytes([at % 256]) * chance.randrange(1, 900)
        desk.begin(guest, Append(handles[stream], named(at), data))
        expected[stream].append(data)
        if chance.random() < 0.1:
            desk.commit()
    desk.commit()

    store = maker.again()
    for stream, bodies in expected.items():
        number = fetched_stream(store, stream).number
        found = store.envelopes(number, 0, upto=len(bodies), max_bytes=1 << 30)
        assert [one[4] for one in found] == bodies


def test_a_shelf_gives_each_package_once_even_after_a_start(maker: Maker) -> None:
    shelf, owner, claim = ShelfId(b"h" * 16), b"o" * 32, b"k" * 32
    desk = Desk(maker.open())
    guest = desk.join()
    put = requests_shelves.ShelfPut(shelf, owner, hashed(claim), (b"1", b"2"), b"last")
    desk.ask(guest, put)
    first = desk.ask(guest, requests_shelves.ShelfClaim(shelf, claim))

    desk = Desk(maker.again())
    guest = desk.join()
    rest = [
        desk.ask(guest, requests_shelves.ShelfClaim(shelf, claim)) for _ in range(3)
    ]

    given = [getattr(reply, "package", None) for reply in (first, *rest)]
    assert given == [b"1", b"2", b"last", b"last"]
    found = desk.store.fetch(ShelfKey(shelf))
    assert isinstance(found, Shelf)
    assert (len(found.packages), found.last_resort > 0) == (0, True)


def test_a_half_uploaded_blob_goes_on_where_it_was_left(maker: Maker) -> None:
    blob, data = BlobId(b"b" * 32), bytes(range(250)) * 400
    desk = Desk(maker.open())
    guest = desk.join()
    desk.ask(guest, requests_blobs.BlobCreate(blob, len(data), hashed(b"d" * 32)))
    desk.ask(guest, requests_blobs.BlobPut(blob, 0, data[:40_000]))

    desk = Desk(maker.again())
    guest = desk.join()
    stat = desk.ask(guest, requests_blobs.BlobStat(blob))
    assert (getattr(stat, "held", 0), getattr(stat, "size", 0)) == (40_000, 100_000)
    for at in range(40_000, 100_000, 30_000):
        piece = data[at : at + 30_000]
        desk.ask(guest, requests_blobs.BlobPut(blob, at, piece))

    store = maker.again()
    found = store.fetch(BlobKey(hashed(blob)))
    assert isinstance(found, Blob)
    for offset, length in ((0, 1), (39_990, 20), (10, 90_000), (99_999, 1)):
        got = store.piece(found.number, offset, length)
        assert got == data[offset : offset + length]


def test_a_pass_is_found_by_its_hash_with_what_it_used(maker: Maker) -> None:
    store = maker.open()
    token = b"p" * 32
    store.add_pass(NewPass(hashed(token), 5, 1000, 99, NOW))
    desk = Desk(store, limits=Limits(mode=Mode.INVITE))
    desk.now = 98_000
    guest = desk.join(token)
    desk.create(guest)
    desk.ask(guest, Append(desk.opened(guest), named(1), bytes(300)))

    found = maker.again().fetch(PassKey(hashed(token)))

    assert isinstance(found, Pass)
    assert (found.max_streams, found.max_bytes, found.expires) == (5, 1000, 99)
    assert (found.streams, found.bytes) == (1, 300 + ENVELOPE_COST)


def test_freed_bytes_count_no_more(maker: Maker) -> None:
    desk, _ = with_log(maker, 4)
    guest = desk.join()
    handle = desk.opened(guest)
    desk.ask(guest, Trim(handle, Sequence(2)))
    desk.ask(guest, Erase(handle, Sequence(3), named(3)))

    for store in (desk.store, maker.again()):
        payer = store.fetch(PayerKey(SHARED_PASS))
        assert isinstance(payer, Pass)
        assert payer.bytes == len(b"data 4") + 2 * ENVELOPE_COST


def test_a_sweep_finds_what_retention_has_ended(maker: Maker) -> None:
    desk, _ = with_log(maker, 10)
    days = 30 * 86_400_000

    def sweep(now_ms: int) -> list[tuple[StreamId, Sequence]]:
        return desk.store.overdue(Sweep(StreamNumber(1), 100, now_ms, 0)).overdue

    assert sweep(NOW + days) == []
    assert sweep(NOW + days + 4500) == [(STREAM, 5)]
    assert sweep(NOW + days + 60_000) == [(STREAM, 10)]


def test_a_disclosure_tells_all_that_is_kept(maker: Maker) -> None:
    with_log(maker, 2)

    told = maker.again().disclose(STREAM)

    assert told is not None
    assert (told.stream, told.first, told.head) == (STREAM.hex(), 1, 2)
    assert told.token_hashes["read"] == hashed(READ).hex()
    assert [one["bytes"] for one in told.envelopes] == [6, 6]
