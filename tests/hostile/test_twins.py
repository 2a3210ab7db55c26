"""In any order of requests, full disks and starts, the disk says what memory says.

Two relays get the same bytes; one keeps everything in dictionaries, plainly right, one
in the database. An order in which rows mix, come back or get lost fails here.
"""

import random
from pathlib import Path

import pytest

from linnet.ids import BlobId, Epoch, Handle, Sequence, ShelfId, StreamId
from linnet.relay.core import streams
from linnet.relay.core.events import Failed, PayerKey, Written
from linnet.relay.core.state import SHARED_PASS, Guest, Pass
from linnet.relay.stores.port import Store
from linnet.relay.stores.sqlite import SqliteStore
from linnet.wire.codec import Request
from linnet.wire.refusals import Refusal
from linnet.wire.requests import (
    NO_ENVELOPE,
    Append,
    Close,
    Commit,
    Create,
    Destroy,
    Erase,
    Open,
    Read,
    Subscribe,
    Trim,
)
from linnet.wire.requests_blobs import (
    BlobCreate,
    BlobDelete,
    BlobGet,
    BlobPut,
    BlobStat,
)
from linnet.wire.requests_shelves import ShelfClaim, ShelfCount, ShelfDestroy, ShelfPut
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import Desk, hashed, named

TOKEN = b"t" * 32
STREAMS = [StreamId(bytes([n]) * 16) for n in range(3)]
SHELVES = [ShelfId(bytes([n]) * 16) for n in range(2)]
BLOBS = [BlobId(bytes([n]) * 32) for n in range(2)]


class Twin:
    """One of the two relays."""

    def __init__(self, store: Store) -> None:
        self.begin(store)

    def begin(self, store: Store) -> None:
        self.desk = Desk(store, holds_back=True)
        self.guests: list[Guest] = [self.desk.join() for _ in range(2)]

    def turn(self, asked: list[tuple[int, Request]], *, fails: bool) -> None:
        """Be asked, half of it while the disk is at work on the former half."""
        desk, middle = self.desk, len(asked) // 2
        for at, request in asked[:middle]:
            desk.begin(self.guests[at], request)
        batch = desk.relay.take_batch()
        if not fails:
            desk.store.write(batch)
        for at, request in asked[middle:]:
            desk.begin(self.guests[at], request)
        desk.feed(Failed(batch, Refusal.DISK_FULL) if fails else Written(batch))
        desk.now += 1_000

    def said(self) -> tuple[object, ...]:
        """All that anyone was told since the last time."""
        said = dict(self.desk.answers), {k: list(v) for k, v in self.desk.told.items()}
        self.desk.answers.clear()
        self.desk.told.clear()
        return said


def any_request(dice: random.Random) -> Request:
    handle = Handle(dice.randint(1, 6))
    envelope, place = named(dice.randint(1, 12)), Sequence(dice.randint(0, 8))
    stream, epoch = dice.choice(STREAMS), Epoch(dice.randint(0, 2))
    some = dice.randbytes(dice.randint(1, 40))
    hashes = hashed(TOKEN), hashed(TOKEN)
    shelf, blob = dice.choice(SHELVES), dice.choice(BLOBS)
    packages = tuple(dice.randbytes(9) for _ in range(dice.randint(0, 2)))
    last = dice.choice((b"", dice.randbytes(9)))
    put = ShelfPut(shelf, TOKEN, hashes[0], packages, last, dice.random() < 0.2)
    makers: list[tuple[int, Request]] = [
        (6, Create(stream, *hashes, hashed(TOKEN), dice.random() < 0.5)),
        (8, Open(stream, epoch, TOKEN, TOKEN, TOKEN)),
        (30, Append(handle, envelope, some)),
        (6, Commit(handle, envelope, *hashes, some)),
        (6, Trim(handle, place)),
        (6, Erase(handle, place, envelope)),
        (3, Destroy(handle)),
        (2, Close(handle)),
        (6, Read(handle, Sequence(0), NO_ENVELOPE)),
        (3, Subscribe(handle, Sequence(0), NO_ENVELOPE)),
        (8, put),
        (8, ShelfClaim(shelf, TOKEN)),
        (3, ShelfCount(shelf, TOKEN)),
        (2, ShelfDestroy(shelf, TOKEN)),
        (4, BlobCreate(blob, 5_000, hashed(TOKEN))),
        (6, BlobPut(blob, dice.choice((0, 4_096)), dice.randbytes(904))),
        (6, BlobPut(blob, 0, dice.randbytes(4_096))),
        (3, BlobGet(blob, 4_000, 500)),
        (2, BlobStat(blob)),
        (2, BlobDelete(blob, TOKEN)),
    ]
    weights = [weight for weight, _ in makers]
    return dice.choices(makers, weights)[0][1]


def used(twin: Twin) -> tuple[int, int]:
    found = twin.desk.store.fetch(PayerKey(SHARED_PASS))
    assert isinstance(found, Pass)
    return found.streams, found.bytes


@pytest.mark.parametrize("seed", range(6))
def test_a_database_and_a_memory_say_the_same(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_REMOVED", 2 if seed % 2 else 4_096)
    dice = random.Random(seed)
    memory, disk = MemoryStore(), SqliteStore(tmp_path / "relay.db")
    twins = [Twin(memory), Twin(disk)]
    for _ in range(40):
        fails = dice.random() < 0.1
        asked = [(dice.randint(0, 1), any_request(dice)) for _ in range(30)]
        for twin in twins:
            twin.turn(asked, fails=fails)

        assert twins[0].said() == twins[1].said()
        assert used(twins[0]) == used(twins[1])
        if dice.random() < 0.15:
            for twin in twins:
                twin.desk.commit()
            disk.close()
            disk = SqliteStore(tmp_path / "relay.db")
            twins[0].begin(memory)
            twins[1].begin(disk)
            assert used(twins[0]) == used(twins[1])
            assert all(memory.disclose(one) == disk.disclose(one) for one in STREAMS)
    disk.close()
