"""What odd orders of requests get from the relay's rules: nothing they should not."""

import time
from dataclasses import replace

from linnet.ids import BlobId, Epoch, Handle, Sequence
from linnet.relay.core.changes import Change
from linnet.relay.core.events import Written
from linnet.relay.core.state import Guest
from linnet.relay.core.streams import MOST_REMOVED
from linnet.wire.refusals import Refusal
from linnet.wire.replies import BlobState, Done, Envelopes, Opened
from linnet.wire.requests import Append, Commit, Destroy, Open, Read, Subscribe, Trim
from linnet.wire.requests_blobs import BlobCreate
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import (
    OPEN,
    STREAM,
    Desk,
    hashed,
    named,
    refused,
    sequence,
)

MINE, HERS = (b"1" * 32, b"2" * 32), (b"3" * 32, b"4" * 32)


def commit_to(handle: Handle, number: int, tokens: tuple[bytes, bytes]) -> Commit:
    return Commit(handle, named(number), hashed(tokens[0]), hashed(tokens[1]), b"c")


def test_a_handle_of_an_epoch_that_did_not_come_to_be_is_no_key_to_the_next() -> None:
    desk = Desk(MemoryStore())
    mallory, alice = desk.join(), desk.join()
    desk.create(alice, is_fenced=True)
    his, hers = desk.opened(mallory), desk.opened(alice)
    desk.holds_back = True
    desk.begin(mallory, commit_to(his, 1, MINE))
    early = desk.ask(mallory, Open(STREAM, Epoch(1), *MINE))
    assert isinstance(early, Opened)
    desk.ask(mallory, Subscribe(early.handle))
    desk.is_disk_full = True
    desk.commit()
    desk.holds_back = desk.is_disk_full = False
    desk.told.clear()

    assert sequence(desk.ask(alice, commit_to(hers, 2, HERS))) == 1
    stale = desk.ask(mallory, Append(early.handle, named(3), b"x"))
    read = desk.ask(mallory, Read(early.handle))

    assert refused(stale) == (Refusal.STALE, 1)
    assert isinstance(read, Envelopes)
    assert not read.envelopes
    assert not desk.told[mallory.number]


def test_a_blob_announced_again_is_not_confirmed_before_it_is_on_disk() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    announced = BlobCreate(BlobId(b"b" * 32), 9, hashed(b"d" * 32))
    desk.holds_back = True
    first = desk.begin(guest, announced)

    again = desk.ask(guest, announced)
    assert refused(again)[0] == Refusal.SLOW_DOWN
    assert first not in desk.answers
    desk.commit()

    assert desk.answers[first] == BlobState(0, 9)
    assert desk.ask(guest, announced) == BlobState(0, 9)


def test_many_handles_on_one_stream_cost_nobody_time_when_they_go() -> None:
    desk = Desk(MemoryStore(), limits=replace(OPEN, max_handles=1 << 20))
    guest = desk.join()
    desk.create(guest)
    crowd = [desk.join() for _ in range(4)]
    for one in crowd:
        for _ in range(5_000):
            desk.opened(one)
    last: Guest = crowd[-1]

    began = time.process_time()
    desk.leave(last)

    assert time.process_time() - began < 0.2


def test_trimming_a_long_stream_over_and_over_costs_nobody_time() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    desk.holds_back = True
    for number in range(1, 50_001):
        desk.begin(guest, Append(handle, named(number), b"x"))
    desk.commit()
    stream = desk.relay.memory.streams[STREAM]

    began = time.process_time()
    for number in range(1, 101):
        stream.drop_upto(Sequence(number))
        assert stream.find(named(number)) is None
        stream.push(named(60_000 + number))
        stream.drop_after(50_000 + number - 1)
        stream.push(named(60_000 + number))

    assert time.process_time() - began < 0.1
    assert stream.find(named(101)) == 101
    assert stream.find(named(60_100)) == 50_100


def test_an_append_behind_a_commit_of_its_own_batch_finds_its_first_place() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest, is_fenced=True)
    handle = desk.opened(guest)
    desk.holds_back = True
    first = desk.begin(guest, Append(handle, named(1), b"x"))
    ended = desk.begin(guest, commit_to(handle, 2, HERS))
    rival = desk.begin(guest, commit_to(handle, 3, MINE))
    repeat = desk.begin(guest, Append(handle, named(1), b"other"))
    as_commit = desk.begin(guest, commit_to(handle, 1, MINE))
    late = desk.begin(guest, Append(handle, named(4), b"x"))
    assert set(desk.answers) & {first, ended, repeat, as_commit} == set()
    desk.commit()

    places = [sequence(desk.answers[one]) for one in (first, ended, repeat, as_commit)]
    assert places == [1, 2, 1, 1]
    assert refused(desk.answers[rival]) == refused(desk.answers[late])
    assert refused(desk.answers[late]) == (Refusal.STALE, 1)
    assert desk.relay.memory.streams[STREAM].append_hash == hashed(HERS[0])


def test_a_trimmed_id_is_new_and_an_erased_one_is_not() -> None:
    desk = Desk(MemoryStore())
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    for number in (1, 2):
        desk.ask(guest, Append(handle, named(number), b"x"))

    assert desk.ask(guest, Trim(handle, Sequence(1))) == Done()

    assert sequence(desk.ask(guest, Append(handle, named(1), b"x"))) == 3
    assert sequence(desk.ask(guest, Append(handle, named(2), b"x"))) == 2


def with_a_long_log(desk: Desk) -> tuple[Guest, Handle]:
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    desk.holds_back = True
    for number in range(1, 3 * MOST_REMOVED):
        desk.begin(guest, Append(handle, named(number), b"x"))
    desk.commit()
    return guest, handle


def test_a_giant_stream_is_removed_piece_by_piece_between_the_batches_of_others() -> (
    None
):
    desk = Desk(MemoryStore())
    guest, handle = with_a_long_log(desk)
    trimmed = desk.begin(guest, Trim(handle, Sequence(2 * MOST_REMOVED)))
    batches = 0
    while trimmed not in desk.answers:
        batches += 1
        desk.feed(Written(store(desk)))
    assert batches == 2
    assert desk.relay.memory.streams[STREAM].first == 2 * MOST_REMOVED + 1

    gone = desk.begin(guest, Destroy(handle))
    desk.commit()
    assert desk.answers[gone] == Done()
    assert STREAM not in desk.relay.memory.streams


def test_a_giant_stream_whose_removing_fails_halfway_is_still_there() -> None:
    desk = Desk(MemoryStore())
    guest, handle = with_a_long_log(desk)
    gone = desk.begin(guest, Destroy(handle))
    desk.feed(Written(store(desk)))
    desk.is_disk_full = True
    desk.commit()
    desk.is_disk_full = desk.holds_back = False

    assert refused(desk.answers[gone])[0] == Refusal.DISK_FULL
    append = desk.ask(guest, Append(handle, named(0), b"x"))
    assert sequence(append) == 3 * MOST_REMOVED
    assert desk.ask(guest, Destroy(handle)) == Done()


def store(desk: Desk) -> list[Change]:
    """Store one batch, and no more."""
    batch = desk.relay.take_batch()
    desk.store.write(batch)
    return batch
