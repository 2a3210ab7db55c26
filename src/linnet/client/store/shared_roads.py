"""Roads that contacts have shared, taken or not (spec/carriers.md §9.5)."""

from linnet.client.core import cbor
from linnet.client.core.shared_roads import SharedRoad
from linnet.client.store.columns import blob, text
from linnet.client.store.database import Database, Row
from linnet.errors import StorageError
from linnet.ids import AccountKey
from linnet.wire.fields import Fields, u64
from linnet.wire.links import Address


class SharedRoadTable:
    """Reads and writes roads of contacts.

    Like the person's own they are kept apart from the relays' descriptors, which go
    into invites.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[SharedRoad]:
        """Return every road, by relay, those that came first before others."""
        rows = self._db.rows("SELECT key, value FROM meta WHERE key LIKE 'shared/%'")
        found = sorted((_read(row) for row in rows), key=lambda one: one[0])
        return [road for _, road in found]

    def save(self, road: SharedRoad) -> None:
        """Write a road; one that is there keeps its place."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", _key(road))
        place = _place(blob(row[0])) if row else self._next()
        packed = road.address.pack() + u64(road.added_at)
        value = cbor.encode([place, road.giver, road.hops, road.is_taken, packed])
        self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", _key(road), value)

    def remove(self, road: SharedRoad) -> None:
        """Forget a road."""
        self._db.write("DELETE FROM meta WHERE key = ?", _key(road))

    def _next(self) -> int:
        rows = self._db.rows("SELECT value FROM meta WHERE key LIKE 'shared/%'")
        return 1 + max((_place(blob(value)) for (value,) in rows), default=0)


def _key(road: SharedRoad) -> str:
    return f"shared/{road.relay.hex()}/{road.id}"


def _place(value: bytes) -> int:
    match cbor.decode(value):
        case [int(place), *_]:
            return place
        case _:
            pass
    raise _damaged()


def _read(row: Row) -> tuple[tuple[bytes, int], SharedRoad]:
    relay = bytes.fromhex(text(row[0]).split("/")[1])
    match cbor.decode(blob(row[1])):
        case [int(place), bytes(giver), int(hops), bool(is_taken), bytes(packed)]:
            fields = Fields(packed)
            address = Address.read(fields)
            # Linnet once kept the address alone.
            at = 0 if fields.is_done else fields.number(8)
            road = SharedRoad(relay, address, AccountKey(giver), hops, is_taken, at)
            return (relay, place), road
        case _:
            pass
    raise _damaged()


def _damaged() -> StorageError:
    return StorageError(
        "The store in this home is damaged; nothing was changed. "
        "Restore the home from a backup."
    )
