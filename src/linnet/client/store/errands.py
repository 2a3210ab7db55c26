"""What was asked by errands, so that their answers can be opened (spec/bags.md §7)."""

from dataclasses import dataclass, field
from typing import Final

from linnet.client.store.columns import blob
from linnet.client.store.database import Database
from linnet.wire.errands import Contents, Key

KEPT_SECONDS: Final = 30 * 24 * 3600.0
MOST_KEPT: Final = 1024


@dataclass(frozen=True, slots=True)
class ErrandRow:
    """One errand of ours."""

    id: bytes
    key: Key = field(repr=False)
    asked: Contents = field(repr=False)
    """As it was, but without the envelopes' data."""


class ErrandTable:
    """Reads and writes errands."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, row: ErrandRow, now: float) -> None:
        """Keep an errand, and forget those that nobody will answer any more."""
        self._db.write(
            "INSERT INTO errands (id, enc, secret, asked, made_at)"
            " VALUES (?, ?, ?, ?, ?)",
            row.id,
            row.key.enc,
            row.key.secret,
            row.asked.encode(),
            now,
        )
        self._db.write("DELETE FROM errands WHERE made_at < ?", now - KEPT_SECONDS)
        self._db.write(
            "DELETE FROM errands WHERE rowid NOT IN"
            " (SELECT rowid FROM errands ORDER BY rowid DESC LIMIT ?)",
            MOST_KEPT,
        )

    def find(self, errand: bytes) -> ErrandRow | None:
        """Return one errand."""
        row = self._db.row(
            "SELECT enc, secret, asked FROM errands WHERE id = ?", errand
        )
        if row is None:
            return None
        key = Key(blob(row[0]), blob(row[1]))
        return ErrandRow(errand, key, Contents.decode(blob(row[2])))
