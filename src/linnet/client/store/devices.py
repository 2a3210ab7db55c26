"""The devices of this account in the store, and what linking leaves to be done.

Specified in ``spec/devices.md``. Knows names; who is a device stands in the group of
the devices conversation.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from linnet.client.store.columns import blob, number, text
from linnet.client.store.database import Database
from linnet.ids import DeviceId


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device of this account.

    Attributes:
        is_pending: it was given the account and has not been heard of since.
    """

    id: DeviceId = field(repr=False)
    name: str
    linked_at: int
    is_pending: bool = False


class DeviceTable:
    """Reads and writes devices."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, device: DeviceRow) -> None:
        """Write a device; one that has been heard of stays so."""
        self._db.write(
            "INSERT INTO devices (id, name, linked_at, is_pending) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " linked_at = excluded.linked_at,"
            " is_pending = min(is_pending, excluded.is_pending)",
            device.id,
            device.name,
            device.linked_at,
            int(device.is_pending),
        )

    def rename(self, device: DeviceId, name: str, linked_at: int) -> None:
        """Take what a device says of itself: it has come."""
        self.note(DeviceRow(device, name, linked_at))

    def find(self, device: DeviceId) -> DeviceRow | None:
        """Return one device."""
        return next((one for one in self.all() if one.id == device), None)

    def all(self) -> list[DeviceRow]:
        """Return every device, the oldest first."""
        rows = self._db.rows(
            "SELECT id, name, linked_at, is_pending FROM devices ORDER BY linked_at, id"
        )
        return [
            DeviceRow(DeviceId(blob(d)), text(name), number(at), bool(pending))
            for d, name, at, pending in rows
        ]

    def are(self, present: Collection[DeviceId], now: float) -> None:
        """Take the leaves of the devices conversation for the devices there are."""
        known = {one.id for one in self.all()}
        for device in present:
            if device not in known:
                self.note(DeviceRow(device, "Device", int(now), is_pending=True))
            self._db.write("UPDATE devices SET is_in = 1 WHERE id = ?", device)
        for row in self._db.rows("SELECT id FROM devices WHERE is_in"):
            if blob(row[0]) not in present:
                self.forget(DeviceId(blob(row[0])))

    def forget(self, device: DeviceId) -> None:
        """Forget a device."""
        self._db.write("DELETE FROM devices WHERE id = ?", device)

    # Notes

    def keep(self, what: str, value: bytes | int | None) -> None:
        """Keep a note about linking; None forgets it."""
        key = f"devices/{what}"
        if value is None:
            self._db.write("DELETE FROM meta WHERE key = ?", key)
        else:
            self._db.write("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def kept(self, what: str) -> bytes | None:
        """Return a note about linking."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", f"devices/{what}")
        return blob(row[0]) if row else None

    def kept_number(self, what: str) -> int:
        """Return a note that is a number; 0 when there is none."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", f"devices/{what}")
        return number(row[0]) if row else 0

    @property
    def is_removed(self) -> bool:
        """Whether this device was removed from its account."""
        return self.kept_number("removed_at") > 0
