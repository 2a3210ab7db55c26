"""Further addresses of relays that this person alone was given (spec/carriers.md)."""

from dataclasses import dataclass, field

from linnet.client.core.shared_roads import road_id
from linnet.client.store.columns import blob, text
from linnet.client.store.database import Database
from linnet.wire.fields import Fields, u64
from linnet.wire.links import Address


@dataclass(frozen=True, slots=True)
class OwnRoadRow:
    """An address of a relay that is in nobody's link but this person's.

    Attributes:
        added_at: in seconds since 1970; 0 where nobody noted it.
    """

    id: str
    relay: bytes = field(repr=False)
    address: Address = field(repr=False)
    added_at: int


class OwnRoadTable:
    """Reads and writes roads.

    They are kept apart from the relays' descriptors, which go into invites.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, relay: bytes, address: Address, now: float) -> None:
        """Know a road to a relay."""
        packed = address.pack() + u64(int(now))
        key = f"road/{relay.hex()}/{road_id(relay, address)}"
        self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, packed)

    def all(self) -> list[OwnRoadRow]:
        """Return every road, by relay."""
        rows = self._db.rows(
            "SELECT key, value FROM meta WHERE key LIKE 'road/%' ORDER BY key"
        )
        found = []
        for key, packed in rows:
            _, relay, name = text(key).split("/")
            fields = Fields(blob(packed))
            address = Address.read(fields)
            # Linnet once kept the address alone.
            added_at = 0 if fields.is_done else fields.number(8)
            found.append(OwnRoadRow(name, bytes.fromhex(relay), address, added_at))
        return found

    def remove(self, road: OwnRoadRow) -> None:
        """Forget a road."""
        key = f"road/{road.relay.hex()}/{road.id}"
        self._db.write("DELETE FROM meta WHERE key = ?", key)
