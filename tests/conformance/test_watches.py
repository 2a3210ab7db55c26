"""What every store must do with the watches of streams (spec/wire.md §9.3)."""

from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from linnet.ids import Handle
from linnet.relay.core.state import Guest
from linnet.relay.stores.schema import VERSION, connect
from linnet.relay.stores.sqlite import SqliteStore
from linnet.wire.requests import Append, Commit, Destroy
from linnet.wire.requests_pushes import Unwatch, Watch
from tests.conformance.makers import Maker, fetched_stream
from tests.relay.desk import OPEN, STREAM, Desk, hashed, named

PUSHING = replace(OPEN, push_key=b"\x04" + bytes(64))
URL, OTHER_URL, THIRD_URL = (b"https://push.example.org/%d" % n for n in range(3))


def with_watches(
    maker: Maker, *wanted: tuple[int, bytes]
) -> tuple[Desk, Guest, Handle]:
    """A desk at a store that holds one stream with some watches."""
    desk = Desk(maker.open(), PUSHING)
    guest = desk.join()
    desk.create(guest, is_fenced=True)
    handle = desk.opened(guest)
    for seconds, endpoint in wanted:
        desk.ask(guest, Watch(handle, seconds, endpoint))
    return desk, guest, handle


def test_a_watch_is_kept_renewed_and_forgotten(maker: Maker) -> None:
    desk, guest, handle = with_watches(maker, (60, URL), (3_600, OTHER_URL))
    desk.now += 120_000
    desk.ask(guest, Watch(handle, 2 * 86_400, OTHER_URL))
    desk.ask(guest, Watch(handle, 0, THIRD_URL))
    desk.ask(guest, Unwatch(handle, THIRD_URL))

    sealed = fetched_stream(maker.again()).sealed

    # The first ended with its time, the last was called off.
    assert [one.ends for one in sealed] == [desk.now // 1000 + 2 * 86_400]


@pytest.mark.parametrize("how", ["commit", "destroy"])
def test_no_watch_outlives_its_epoch_or_its_stream(maker: Maker, how: str) -> None:
    desk, guest, handle = with_watches(maker, (0, URL), (0, OTHER_URL))
    if how == "commit":
        new = hashed(b"A"), hashed(b"R")
        desk.ask(guest, Commit(handle, named(99), *new, b"c"))
    else:
        desk.ask(guest, Destroy(handle))
        desk.create(guest, is_fenced=True)

    assert fetched_stream(maker.again()).sealed == []


def test_a_disclosure_says_how_many_watches_there_are(maker: Maker) -> None:
    desk, _, _ = with_watches(maker, (7_200, URL), (3_600, OTHER_URL))

    found = maker.again().disclose(STREAM)

    assert found is not None
    now = desk.now // 1000
    assert found.watches == [now + 3_600, now + 7_200]


def test_a_database_of_the_first_version_is_taken_over_with_all_in_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "relay.db"
    store = SqliteStore(path)
    desk = Desk(store)
    guest = desk.join()
    desk.create(guest)
    desk.ask(guest, Append(desk.opened(guest), named(1), b"data"))
    store.close()
    former = apsw.Connection(str(path))
    former.execute("DROP TABLE watches")
    former.pragma("user_version", 1)
    former.close()

    store = SqliteStore(path)

    assert fetched_stream(store).stored == 1
    assert fetched_stream(store).sealed == []
    assert connect(path).pragma("user_version") == VERSION
    store.close()
