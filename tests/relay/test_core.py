"""The relay's rules one by one: repeats, fences, readers, failures of the disk."""

from dataclasses import replace

import pytest

from linnet.ids import BlobId, Epoch, Handle, Sequence, ShelfId, StreamId
from linnet.relay.core.events import Tick
from linnet.relay.core.state import Guest
from linnet.wire.events import Deliver, Ended, Gone, Whisper
from linnet.wire.refusals import Refusal
from linnet.wire.replies import (
    Done,
    Envelopes,
    Opened,
    Package,
    ShelfState,
    Subscribed,
)
from linnet.wire.requests import (
    Append,
    Close,
    Commit,
    Create,
    Destroy,
    Ephemeral,
    Erase,
    Open,
    Read,
    Subscribe,
    Trim,
    Unsubscribe,
)
from linnet.wire.requests_blobs import BlobCreate, BlobDelete, BlobGet, BlobPut
from linnet.wire.requests_shelves import (
    ShelfClaim,
    ShelfCount,
    ShelfDestroy,
    ShelfPut,
)
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import (
    APPEND,
    CONTROL,
    OPEN,
    READ,
    STREAM,
    Desk,
    hashed,
    named,
    refused,
    sequence,
)

NEXT = b"A" * 32, b"R" * 32
NEXT_HASHES = hashed(NEXT[0]), hashed(NEXT[1])


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryStore())


def pair(desk: Desk, *, is_fenced: bool = False) -> tuple[Guest, Handle, Guest, Handle]:
    alice, bob = desk.join(), desk.join()
    desk.create(alice, is_fenced=is_fenced)
    return alice, desk.opened(alice), bob, desk.opened(bob)


def append(desk: Desk, guest: Guest, handle: Handle, number: int) -> int:
    return sequence(desk.ask(guest, Append(handle, named(number), b"%d" % number)))


def data(desk: Desk, guest: Guest) -> list[bytes]:
    return [one.data for one in desk.delivered(guest)]


def test_the_same_envelope_again_gets_the_same_place(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    append(desk, alice, hers, 1)
    append(desk, alice, hers, 2)

    again = desk.ask(bob, Append(his, named(1), b"something else"))

    assert sequence(again) == 1
    read = desk.ask(bob, Read(his))
    assert isinstance(read, Envelopes)
    assert [one.data for one in read.envelopes] == [b"1", b"2"]


def test_a_repeat_is_not_acknowledged_before_the_first_is_on_disk(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    desk.holds_back = True
    first = desk.begin(alice, Append(hers, named(1), b"1"))
    again = desk.begin(bob, Append(his, named(1), b"1"))
    assert not {first, again} & set(desk.answers)

    desk.commit()

    assert sequence(desk.answers[first]) == sequence(desk.answers[again]) == 1


def test_nobody_hears_of_an_envelope_before_it_is_on_disk(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    desk.ask(bob, Subscribe(his))
    desk.holds_back = True
    desk.begin(alice, Append(hers, named(1), b"1"))

    assert desk.delivered(bob) == []
    late = desk.join()
    assert isinstance(opened := desk.ask(late, Open(STREAM, read_token=READ)), Opened)
    assert opened.head == 0

    desk.commit()
    assert data(desk, bob) == [b"1"]


def test_a_past_epochs_handle_repeats_but_appends_nothing_new(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk, is_fenced=True)
    append(desk, bob, his, 1)
    desk.ask(alice, Commit(hers, named(2), *NEXT_HASHES, b"commit"))

    assert sequence(desk.ask(bob, Append(his, named(1), b"1"))) == 1
    assert sequence(desk.ask(bob, Commit(his, named(2), *NEXT_HASHES, b"commit"))) == 2
    assert refused(desk.ask(bob, Append(his, named(3), b"3"))) == (Refusal.STALE, 1)


def test_a_reader_of_a_past_epoch_gets_up_to_its_commit_and_no_more(desk: Desk) -> None:
    alice, hers, _, _ = pair(desk, is_fenced=True)
    append(desk, alice, hers, 1)
    desk.ask(alice, Commit(hers, named(2), *NEXT_HASHES, b"commit"))
    newer = desk.opened(alice, 1, NEXT)
    append(desk, alice, newer, 3)

    removed = desk.join()
    opened = desk.ask(removed, Open(STREAM, Epoch(0), read_token=READ))
    assert opened == Opened(Handle(1), Epoch(1), Sequence(1), Sequence(3), Sequence(2))
    desk.ask(removed, Subscribe(Handle(1)))

    delivered, ended = desk.told[removed.number]
    assert isinstance(delivered, Deliver)
    assert [one.data for _, one in delivered.entries] == [b"1", b"commit"]
    assert ended == Ended(Handle(1), Epoch(0), Sequence(2))


def test_of_two_commits_in_one_batch_the_first_wins(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk, is_fenced=True)
    desk.holds_back = True
    won = desk.begin(alice, Commit(hers, named(1), *NEXT_HASHES, b"hers"))
    lost = desk.begin(bob, Commit(his, named(2), *NEXT_HASHES, b"his"))
    desk.commit()

    assert sequence(desk.answers[won]) == 1
    assert refused(desk.answers[lost]) == (Refusal.STALE, 1)


def test_an_unfenced_stream_takes_no_commit(desk: Desk) -> None:
    alice, hers, _, _ = pair(desk)

    reply = desk.ask(alice, Commit(hers, named(1), *NEXT_HASHES, b"x"))

    assert refused(reply) == (Refusal.UNFENCED, 0)


def test_a_cursor_that_the_relay_never_had_is_rewound(desk: Desk) -> None:
    alice, hers, _, _ = pair(desk)
    append(desk, alice, hers, 1)

    beyond = desk.ask(alice, Subscribe(hers, Sequence(2), named(2)))
    other = desk.ask(alice, Subscribe(hers, Sequence(1), named(9)))
    mine = desk.ask(alice, Subscribe(hers, Sequence(1), named(1)))

    assert refused(beyond) == refused(other) == (Refusal.REWOUND, 1)
    assert mine == Subscribed(Sequence(1), Sequence(1))


def test_after_a_rewind_replayed_epochs_converge(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk, is_fenced=True)
    replay: list[Append | Commit] = [
        Append(hers, named(1), b"1"),
        Commit(hers, named(2), *NEXT_HASHES, b"commit"),
    ]
    for person, handle in ((alice, hers), (bob, his), (alice, hers)):
        for number, one in enumerate(replay, 1):
            mine = replace(one, handle=handle)
            assert sequence(desk.ask(person, mine)) == number
        newer = desk.opened(person, 1, NEXT)
        assert sequence(desk.ask(person, Append(newer, named(3), b"3"))) == 3


def test_a_full_session_misses_nothing_when_it_drains(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    desk.ask(bob, Subscribe(his))
    append(desk, alice, hers, 1)
    desk.fill(bob)
    for number in range(2, 50):
        append(desk, alice, hers, number)
    assert data(desk, bob) == [b"1"]

    desk.drain(bob)
    append(desk, alice, hers, 50)

    assert data(desk, bob) == [b"%d" % number for number in range(2, 51)]


def test_a_session_does_not_get_its_own_when_it_asks_so(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    desk.ask(alice, Subscribe(hers, skip_own=True))
    append(desk, alice, hers, 1)
    append(desk, bob, his, 2)

    assert data(desk, alice) == [b"2"]


def test_unsubscribed_and_closed_handles_hear_nothing(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    desk.ask(bob, Subscribe(his))
    assert desk.ask(bob, Unsubscribe(his)) == Done()
    append(desk, alice, hers, 1)
    desk.ask(bob, Subscribe(his, Sequence(1), named(1)))
    assert desk.ask(bob, Close(his)) == Done()
    append(desk, alice, hers, 2)

    assert desk.delivered(bob) == []


def test_ephemeral_data_reaches_who_follows_now_and_is_never_stored(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    desk.ask(bob, Subscribe(his))
    desk.begin(alice, Ephemeral(hers, b"typing"))

    assert desk.told[bob.number] == [Whisper(his, b"typing")]
    assert desk.told[alice.number] == []
    assert desk.ask(bob, Read(his)) == Envelopes(Sequence(0), ())


def test_a_disk_that_fills_refuses_all_that_is_not_on_it(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk, is_fenced=True)
    append(desk, alice, hers, 1)
    desk.holds_back = desk.is_disk_full = True
    waiting = [
        desk.begin(alice, Append(hers, named(2), b"2")),
        desk.begin(alice, Commit(hers, named(3), *NEXT_HASHES, b"commit")),
        desk.begin(bob, Append(his, named(2), b"2")),
        desk.begin(bob, Create(StreamId(b"n" * 16), *(hashed(READ),) * 3)),
    ]
    desk.commit()

    answers = [refused(desk.answers[one]) for one in waiting]
    assert answers == [(Refusal.DISK_FULL, 0)] * 4
    assert desk.ask(bob, Read(his)) == desk.ask(alice, Read(hers))


def test_when_there_is_room_again_everything_goes_on_where_it_was(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk, is_fenced=True)
    desk.ask(bob, Subscribe(his))
    append(desk, alice, hers, 1)
    desk.is_disk_full = True
    desk.ask(alice, Append(hers, named(2), b"2"))
    desk.ask(alice, Commit(hers, named(3), *NEXT_HASHES, b"commit"))
    desk.is_disk_full = False

    assert append(desk, alice, hers, 2) == 2
    assert sequence(desk.ask(bob, Commit(his, named(4), *NEXT_HASHES, b"c"))) == 3
    delivered, *_, ended = desk.told[bob.number]
    assert isinstance(delivered, Deliver)
    assert ended == Ended(his, Epoch(0), Sequence(3))


def test_a_claimed_package_that_was_not_stored_as_claimed_is_still_there(
    desk: Desk,
) -> None:
    guest, shelf, claim = desk.join(), ShelfId(b"h" * 16), b"k" * 32
    desk.ask(guest, ShelfPut(shelf, b"o" * 32, hashed(claim), (b"1", b"2")))
    desk.is_disk_full = True
    assert refused(desk.ask(guest, ShelfClaim(shelf, claim)))[0] == Refusal.DISK_FULL
    desk.is_disk_full = False

    assert desk.ask(guest, ShelfClaim(shelf, claim)) == Package(False, b"1")


def test_two_claims_in_one_batch_get_different_packages(desk: Desk) -> None:
    guest, shelf, claim = desk.join(), ShelfId(b"h" * 16), b"k" * 32
    put = ShelfPut(shelf, b"o" * 32, hashed(claim), (b"1", b"2"), b"last")
    assert desk.ask(guest, put) == ShelfState(2, True)
    desk.holds_back = True
    asked = [desk.begin(guest, ShelfClaim(shelf, claim)) for _ in range(4)]
    desk.commit()

    got = [desk.answers[one] for one in asked]
    assert got == [
        Package(False, b"1"),
        Package(False, b"2"),
        Package(True, b"last"),
        Package(True, b"last"),
    ]


def test_replacing_takes_everything_off_the_shelf(desk: Desk) -> None:
    guest, shelf, owner = desk.join(), ShelfId(b"h" * 16), b"o" * 32
    desk.ask(guest, ShelfPut(shelf, owner, hashed(b"k" * 32), (b"1",), b"last"))
    new = ShelfPut(shelf, owner, hashed(b"K" * 32), (b"2",), replace=True)

    assert desk.ask(guest, new) == ShelfState(1, False)
    wrong = desk.ask(guest, ShelfClaim(shelf, b"k" * 32))
    assert refused(wrong)[0] == Refusal.WRONG_TOKEN
    assert desk.ask(guest, ShelfClaim(shelf, b"K" * 32)) == Package(False, b"2")
    assert desk.ask(guest, ShelfCount(shelf, owner)) == ShelfState(0, False)
    assert desk.ask(guest, ShelfDestroy(shelf, owner)) == Done()
    gone = desk.ask(guest, ShelfCount(shelf, owner))
    assert refused(gone)[0] == Refusal.NO_SUCH_SHELF


def test_destroying_tells_the_others_and_refuses_what_comes_after(desk: Desk) -> None:
    alice, hers, bob, his = pair(desk)
    desk.holds_back = True
    done = desk.begin(alice, Destroy(hers))
    late = desk.begin(bob, Append(his, named(1), b"1"))
    desk.commit()
    desk.holds_back = False

    assert desk.answers[done] == Done()
    assert refused(desk.answers[late])[0] == Refusal.NO_SUCH_STREAM
    assert desk.told[bob.number] == [Gone(his)]
    reply = desk.ask(bob, Open(STREAM, read_token=READ))
    assert refused(reply)[0] == Refusal.NO_SUCH_STREAM


def test_what_is_trimmed_or_never_was_cannot_be_erased(desk: Desk) -> None:
    alice, hers, _, _ = pair(desk)
    append(desk, alice, hers, 1)
    append(desk, alice, hers, 2)
    assert desk.ask(alice, Trim(hers, Sequence(1))) == Done()

    gone = Refusal.NO_SUCH_ENVELOPE
    assert refused(desk.ask(alice, Erase(hers, Sequence(1), named(1))))[0] == gone
    assert refused(desk.ask(alice, Erase(hers, Sequence(2), named(1))))[0] == gone
    assert refused(desk.ask(alice, Trim(hers, Sequence(3))))[0] == gone
    assert desk.ask(alice, Erase(hers, Sequence(2), named(2))) == Done()


def test_pieces_of_a_blob_may_follow_each_other_without_waiting(desk: Desk) -> None:
    guest, blob = desk.join(), BlobId(b"b" * 32)
    piece, end = b"ab" * 2_048, 8_192
    desk.ask(guest, BlobCreate(blob, end + 2, hashed(b"d" * 32)))
    desk.holds_back = True
    pieces = ((0, piece), (4_096, piece), (end, b"ab"))
    put = [desk.begin(guest, BlobPut(blob, at, data)) for at, data in pieces]
    early = desk.begin(guest, BlobGet(blob, 0, 9))
    desk.commit()
    desk.holds_back = False

    assert [getattr(desk.answers[one], "held", None) for one in put] == [
        4_096,
        end,
        end + 2,
    ]
    assert refused(desk.answers[early]) == (Refusal.BLOB_INCOMPLETE, 0)
    assert getattr(desk.ask(guest, BlobGet(blob, end, 99)), "data", None) == b"ab"
    assert desk.ask(guest, BlobDelete(blob, b"d" * 32)) == Done()


def test_creating_again_changes_nothing_for_whoever_has_the_control(desk: Desk) -> None:
    alice, hers, bob, _ = pair(desk)
    append(desk, alice, hers, 1)
    same = Create(STREAM, *(hashed(b"?" * 32),) * 2, control_hash=hashed(CONTROL))
    other = Create(STREAM, *(hashed(b"?" * 32),) * 3)

    assert desk.ask(bob, same) == Done()
    assert refused(desk.ask(bob, other))[0] == Refusal.EXISTS
    assert isinstance(desk.ask(bob, Open(STREAM, Epoch(0), APPEND, READ)), Opened)


def test_streams_nobody_uses_are_let_go_and_come_back(desk: Desk) -> None:
    desk = Desk(MemoryStore(), limits=replace(OPEN, idle_streams=0))
    alice = desk.join()
    desk.create(alice)
    append(desk, alice, desk.opened(alice), 1)
    desk.leave(alice)
    assert desk.relay.memory.streams == {}

    carol = desk.join()
    handle = desk.opened(carol)
    assert append(desk, carol, handle, 1) == 1
    assert append(desk, carol, handle, 2) == 2


def test_retention_forgets_what_is_too_old(desk: Desk) -> None:
    alice, hers, _, _ = pair(desk)
    append(desk, alice, hers, 1)
    desk.wait(OPEN.retention_seconds)
    append(desk, alice, hers, 2)
    desk.now += 7_200_000
    desk.feed(Tick())
    desk.commit()

    read = desk.ask(alice, Read(hers))
    assert isinstance(read, Envelopes)
    assert [one.data for one in read.envelopes] == [b"2"]
    assert append(desk, alice, hers, 1) == 3
