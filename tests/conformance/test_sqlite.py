"""How the SQLite store writes a batch; what it must do is in ``test_store``."""

import gc
from pathlib import Path

import pytest

from linnet.relay.core.state import StreamNumber
from linnet.relay.stores.sqlite import SqliteStore
from linnet.relay.stores.writing import Writing
from linnet.wire.requests import Append
from tests.relay.desk import Desk, named


class Observed(SqliteStore):
    """A store that counts the statements of its batches."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.statements: list[str] = []
        self._writer.exec_trace = self._count

    def _count(self, _: object, sql: str, __: object) -> bool:
        self.statements.append(sql)
        return True


@pytest.mark.parametrize("count", [1, 2, 4, 5, 17, 65, 66, 90, 200])
def test_a_batch_of_any_size_is_stored_in_order_with_few_statements(
    tmp_path: Path, count: int
) -> None:
    store = Observed(tmp_path / "relay.db")
    desk = Desk(store)
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    desk.holds_back = True
    for number in range(count):
        desk.begin(guest, Append(handle, named(number), b"data %d" % number))
    store.statements.clear()
    desk.commit()

    # BEGIN, the first row, at most 3 statements of each smaller size, COMMIT.
    assert len(store.statements) <= 3 + count // 64 + 9
    store.close()
    again = SqliteStore(tmp_path / "relay.db")
    found = again.envelopes(StreamNumber(1), 0, upto=count, max_bytes=1 << 20)
    assert [row[4] for row in found] == [b"data %d" % n for n in range(count)]
    again.close()


def test_a_batch_is_let_go_of_once_it_is_stored(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "relay.db")
    desk = Desk(store)
    guest = desk.join()
    gc.collect()
    gc.disable()
    try:
        desk.create(guest)
        handle = desk.opened(guest)
        desk.ask(guest, Append(handle, named(1), b"data"))
        left = [one for one in gc.get_objects() if isinstance(one, Writing)]
    finally:
        gc.enable()
    store.close()

    assert left == []
