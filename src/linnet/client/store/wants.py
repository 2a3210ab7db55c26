"""What is wanted of conversations, kept until it is true (conversations.md §6.3)."""

from dataclasses import dataclass, field

from linnet.client.core.wants import Record, Want, WantDevice
from linnet.client.store.columns import blob, maybe_blob, number, real, text
from linnet.client.store.database import Database
from linnet.ids import ConversationId


@dataclass(frozen=True, slots=True)
class WantRow:
    """One thing that is wanted of a conversation."""

    number: int
    kind: str
    want: Want = field(repr=False)
    has_package: bool
    try_at: float

    @property
    def is_patient(self) -> bool:
        """Whether it waits for a device of ours that nobody need wait for."""
        is_tried = not self.has_package and self.try_at > 0
        return isinstance(self.want, WantDevice) and is_tried


class WantTable:
    """Reads and writes wants."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, conversation: ConversationId, want: Want, *, try_at: float = 0.0
    ) -> int:
        """Keep a want until it is true."""
        record = Record.of(want)
        self._db.write(
            "INSERT INTO intents (conversation, kind, subject, data, try_at)"
            " VALUES (?, ?, ?, ?, ?)",
            conversation,
            record.kind,
            record.subject,
            record.data,
            try_at,
        )
        return self._db.last_rowid()

    def of(self, conversation: ConversationId) -> list[WantRow]:
        """Return what is wanted, the oldest first."""
        rows = self._db.rows(
            "SELECT number, kind, subject, data, package, try_at FROM intents"
            " WHERE conversation = ? AND reason IS NULL ORDER BY number",
            conversation,
        )
        return [
            WantRow(
                number(place),
                text(kind),
                Record(text(kind), blob(subject), blob(data)).want(maybe_blob(package)),
                package is not None,
                real(try_at),
            )
            for place, kind, subject, data, package, try_at in rows
        ]

    def claimed(self, place: int, package: bytes) -> None:
        """Keep the key package that was claimed for a want."""
        self._db.write(
            "UPDATE intents SET package = ? WHERE number = ?", package, place
        )

    def delay(self, place: int, try_at: float) -> None:
        """Try a want again later."""
        self._db.write("UPDATE intents SET try_at = ? WHERE number = ?", try_at, place)

    def settle(self, place: int) -> None:
        """Forget a want that is true."""
        self._db.write("DELETE FROM intents WHERE number = ?", place)

    def refuse(self, place: int, reason: str) -> None:
        """Note that a want cannot be, and why."""
        self._db.write("UPDATE intents SET reason = ? WHERE number = ?", reason, place)

    def find(self, place: int) -> Want | None:
        """Return a want by its number."""
        row = self._db.row(
            "SELECT kind, subject, data FROM intents WHERE number = ?", place
        )
        return Record(text(row[0]), blob(row[1]), blob(row[2])).want() if row else None

    def forget_all(self) -> None:
        """Want nothing any more: this device was removed."""
        self._db.write("DELETE FROM intents")
