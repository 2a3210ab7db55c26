"""What a pass holder can do to the disk of everybody by an odd order of requests."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from linnet.ids import EnvelopeId, Epoch, Handle, Sequence, ShelfId, StreamId
from linnet.relay.core.events import PayerKey, ShelfKey, StreamKey, Written
from linnet.relay.core.state import SHARED_PASS, Pass, Shelf, Stream
from linnet.relay.stores.sqlite import SqliteStore
from linnet.wire.replies import Opened, Package, RefusedReply, ShelfState
from linnet.wire.requests import Append, Create, Destroy, Erase, Open, Trim
from linnet.wire.requests_shelves import ShelfClaim, ShelfPut
from tests.relay.desk import (
    APPEND,
    CONTROL,
    READ,
    STREAM,
    Desk,
    hashed,
    named,
    sequence,
)

OTHER = StreamId(b"o" * 16)
SHELF = ShelfId(b"f" * 16)
OWNER, CLAIM = b"w" * 32, b"l" * 32


class Disk:
    """One database, opened again as after a start."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "relay.db"
        self.store = SqliteStore(self.path)
        self.desk = Desk(self.store)
        self.guest = self.desk.join()

    def again(self) -> None:
        self.store.close()
        self.store = SqliteStore(self.path)
        self.desk = Desk(self.store)
        self.guest = self.desk.join()

    def create(self, stream: StreamId = STREAM) -> Handle:
        hashes = hashed(APPEND), hashed(READ), hashed(CONTROL)
        self.desk.ask(self.guest, Create(stream, *hashes))
        return self.open(stream)

    def open(self, stream: StreamId = STREAM) -> Handle:
        reply = self.desk.ask(self.guest, Open(stream, Epoch(0), APPEND, READ, CONTROL))
        assert isinstance(reply, Opened), reply
        return reply.handle

    def append(self, handle: Handle, *numbers: int) -> None:
        for number in numbers:
            self.desk.ask(self.guest, Append(handle, named(number), b"%d" % number))

    def log(self, stream: StreamId = STREAM) -> list[tuple[int, bytes, bytes]]:
        found = self.store.fetch(StreamKey(stream))
        assert isinstance(found, Stream)
        kept = self.store.envelopes(found.number, 0, upto=99, max_bytes=1 << 20)
        return [(one[0], one[3], one[4]) for one in kept]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path)
    yield made
    made.store.close()


def entry(number: int) -> tuple[int, EnvelopeId, bytes]:
    return number, named(number), b"%d" % number


def test_trimming_less_than_before_changes_nothing(disk: Disk) -> None:
    handle = disk.create()
    disk.append(handle, 1, 2, 3, 4)
    disk.desk.ask(disk.guest, Trim(handle, Sequence(3)))

    disk.desk.ask(disk.guest, Trim(handle, Sequence(1)))
    disk.again()

    assert disk.log() == [entry(4)]
    found = disk.store.fetch(StreamKey(STREAM))
    assert isinstance(found, Stream)
    assert (found.first, found.head) == (4, 4)


def test_what_is_trimmed_twice_in_one_batch_costs_nobody_else_a_row(disk: Disk) -> None:
    other = disk.create(OTHER)
    mine = disk.create()
    disk.append(mine, 1, 2)
    disk.desk.holds_back = True
    disk.desk.begin(disk.guest, Trim(mine, Sequence(2)))
    disk.desk.begin(disk.guest, Append(other, named(1), b"1"))
    disk.desk.begin(disk.guest, Append(other, named(2), b"2"))

    disk.desk.begin(disk.guest, Trim(mine, Sequence(2)))
    disk.desk.commit()

    assert disk.log(OTHER) == [entry(1), entry(2)]
    disk.again()
    assert disk.log(OTHER) == [entry(1), entry(2)]


def test_what_is_erased_after_it_was_trimmed_is_nobody_elses(disk: Disk) -> None:
    other = disk.create(OTHER)
    mine = disk.create()
    disk.append(mine, 1)
    disk.desk.holds_back = True
    disk.desk.begin(disk.guest, Trim(mine, Sequence(1)))
    disk.desk.begin(disk.guest, Append(other, named(1), b"1"))

    disk.desk.begin(disk.guest, Erase(mine, Sequence(1), named(1)))
    disk.desk.commit()

    assert disk.log(OTHER) == [entry(1)]


def test_a_stream_filled_and_destroyed_at_once_leaves_no_row_behind(disk: Disk) -> None:
    first = disk.create(OTHER)
    disk.append(first, 1, 2, 3)
    disk.desk.ask(disk.guest, Destroy(first))
    mine = disk.create()
    disk.desk.holds_back = True
    disk.desk.begin(disk.guest, Append(mine, named(1), b"1"))

    disk.desk.begin(disk.guest, Destroy(mine))
    disk.desk.commit()
    disk.again()

    assert disk.store.fetch(StreamKey(STREAM)) is None
    handle = disk.create()
    disk.append(handle, 7)
    assert disk.log() == [(1, named(7), b"7")]


def test_a_package_claimed_while_it_is_on_its_way_is_handed_out_once(
    disk: Disk,
) -> None:
    desk, guest = disk.desk, disk.guest
    put = ShelfPut(SHELF, OWNER, hashed(CLAIM), (b"one",), b"last")
    desk.holds_back = True
    desk.begin(guest, put)

    claims = [desk.begin(guest, ShelfClaim(SHELF, CLAIM)) for _ in range(2)]
    assert claims[0] not in desk.answers
    desk.commit()

    assert [desk.answers[one] for one in claims] == [
        Package(False, b"one"),
        Package(True, b"last"),
    ]
    disk.again()
    again = disk.desk.ask(disk.guest, ShelfClaim(SHELF, CLAIM))
    assert again == Package(True, b"last")


def test_a_last_resort_that_was_replaced_is_never_given_out_again(disk: Disk) -> None:
    disk.desk.ask(disk.guest, ShelfPut(SHELF, OWNER, hashed(CLAIM), (), b"old"))
    disk.desk.ask(disk.guest, ShelfPut(SHELF, OWNER, hashed(CLAIM), (), b"new"))

    disk.again()

    reply = disk.desk.ask(disk.guest, ShelfClaim(SHELF, CLAIM))
    assert reply == Package(True, b"new")
    shelf = disk.store.fetch(ShelfKey(SHELF))
    assert isinstance(shelf, Shelf)
    assert not shelf.packages


def test_a_shelf_counts_its_packages_against_the_pass_even_after_a_start(
    disk: Disk,
) -> None:
    def used() -> int:
        found = disk.store.fetch(PayerKey(SHARED_PASS))
        assert isinstance(found, Pass)
        return found.bytes

    put = ShelfPut(SHELF, OWNER, hashed(CLAIM), (bytes(100), bytes(50)), bytes(9))
    disk.desk.ask(disk.guest, put)
    assert used() == 159

    disk.desk.ask(disk.guest, ShelfClaim(SHELF, CLAIM))
    assert used() == 59
    disk.again()
    assert used() == 59
    state = disk.desk.ask(
        disk.guest, ShelfPut(SHELF, OWNER, hashed(CLAIM), (), bytes(4), replace=True)
    )
    assert (state, used()) == (ShelfState(0, True), 4)


@pytest.mark.parametrize("removes", [Destroy, Trim])
def test_erasing_what_is_just_going_does_not_break_the_batch_of_others(
    disk: Disk, removes: type[Destroy | Trim]
) -> None:
    desk = disk.desk
    other, mine = disk.create(OTHER), disk.create()
    disk.append(mine, 1)
    desk.holds_back = True
    request = Trim(mine, Sequence(1)) if removes is Trim else Destroy(mine)
    desk.begin(disk.guest, request)
    going = desk.relay.take_batch()
    disk.store.write(going)

    late = desk.begin(disk.guest, Erase(mine, Sequence(1), named(1)))
    kept = desk.begin(disk.guest, Append(other, named(9), b"9"))
    desk.feed(Written(going))
    desk.commit()

    assert isinstance(desk.answers[late], RefusedReply)
    assert sequence(desk.answers[kept]) == 1


def test_who_reads_while_a_trim_is_learnt_is_not_given_other_places(
    disk: Disk,
) -> None:
    """A reader in another thread must not see a log whose beginning is half gone."""
    handle = disk.create()
    for number in range(1, 9):
        disk.append(handle, number)
    found = disk.store.fetch(StreamKey(STREAM))
    assert isinstance(found, Stream)
    index, wrong = disk.store._index, []
    done = Event()

    def read() -> None:
        while not done.is_set():
            with index.lock:
                rows, first = index.rows(found.number, 4, 8), index.first(found.number)
            if len(rows) != 4 or first not in {1, 4}:
                wrong.append((rows, first))

    reader = Thread(target=read)
    reader.start()
    disk.desk.ask(disk.guest, Trim(handle, Sequence(3)))
    done.set()
    reader.join()

    assert not wrong
    assert [one[0] for one in disk.log()] == [4, 5, 6, 7, 8]
