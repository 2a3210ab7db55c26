"""Makers of every store that must pass the suite."""

from abc import ABC, abstractmethod
from pathlib import Path

from linnet.ids import StreamId
from linnet.relay.core.events import StreamKey
from linnet.relay.core.state import Stream
from linnet.relay.stores.port import Store
from linnet.relay.stores.sqlite import SqliteStore
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import STREAM


class Maker(ABC):
    """Opens the same store again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[Store] = []

    @abstractmethod
    def open(self, *, room: int | None = None) -> Store:
        """The store, with room for so many bytes if that is bounded."""

    def again(self) -> Store:
        """The store as a relay finds it that was started anew."""
        self.close()
        return self.open()

    def close(self) -> None:
        for store in self.opened:
            store.close()
        self.opened.clear()


class Sqlite(Maker):
    def open(self, *, room: int | None = None) -> Store:
        pages = None if room is None else 40 + room // 4096
        self.opened.append(SqliteStore(self.folder / "relay.db", max_pages=pages))
        return self.opened[-1]


class Memory(Maker):
    kept: MemoryStore | None = None

    def open(self, *, room: int | None = None) -> Store:
        self.kept = self.kept or MemoryStore(max_bytes=room)
        self.opened.append(self.kept)
        return self.kept


def fetched_stream(store: Store, stream: StreamId = STREAM) -> Stream:
    found = store.fetch(StreamKey(stream))
    assert isinstance(found, Stream)
    return found
