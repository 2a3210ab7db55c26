"""Messages as other devices of the account are told them, out of and into the store.

Specified in ``spec/devices.md`` §4 and §6.
"""

from collections.abc import Iterator
from dataclasses import replace

from linnet.client.core import cbor
from linnet.client.core.records import HistoryRecord, read_record, write_record
from linnet.client.store.columns import (
    blob,
    maybe_blob,
    maybe_real,
    maybe_text,
    number,
    real,
    text,
)
from linnet.client.store.database import Database, Row
from linnet.client.store.views import pack_file, unpack_file
from linnet.ids import AccountKey, ConversationId, MessageId
from linnet.wire.links import RelayDescriptor

_COLUMNS = (
    "conversation, id, mimi, sender, time, place, text, notice, reply_to, edited,"
    " deleted, attachment, expire_after, expires_at"
)


class HistoryTable:
    """Reads and writes what was said, as records."""

    def __init__(self, database: Database, me: AccountKey) -> None:
        self._db = database
        self._me = me

    def newest(self, conversation: ConversationId) -> int:
        """Return the arrival of what came last."""
        row = self._db.row(
            "SELECT coalesce(max(arrival), 0) FROM messages WHERE conversation = ?",
            conversation,
        )
        return number(row[0]) if row else 0

    def records(
        self,
        conversation: ConversationId,
        *,
        after: int,
        upto: int = 1 << 62,
        limit: int = 1 << 31,
    ) -> Iterator[HistoryRecord]:
        """Yield what arrived after one and up to another, in the timeline's order."""
        rows = self._db.rows(
            f"SELECT * FROM (SELECT {_COLUMNS}, number FROM messages"  # noqa: S608
            " WHERE conversation = ? AND place IS NOT NULL"
            " AND arrival > ? AND arrival <= ? ORDER BY arrival DESC LIMIT ?)"
            " ORDER BY place, number",
            conversation,
            after,
            upto,
            limit,
        )
        for row in rows:
            yield self._read(row)

    def put(self, record: HistoryRecord, relay: RelayDescriptor | None) -> bool:
        """Put a record into the timeline, unless it is there; say whether it was new.

        Args:
            record: what was said.
            relay: where a file lies that does not say so.
        """
        file = record.file
        if file and file.relay is None:
            file = replace(file, relay=relay)
        is_mine = record.sender == self._me and record.notice is None
        added = self._db.write(
            f"INSERT OR IGNORE INTO messages ({_COLUMNS}, state, arrival)"  # noqa: S608
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
            " ?15, (SELECT coalesce(max(arrival), 0) + 1 FROM messages"
            " WHERE conversation = ?1))",
            record.conversation,
            record.id,
            record.mimi,
            record.sender,
            record.time_ms / 1000,
            record.place,
            record.text,
            record.notice,
            record.reply_to,
            int(record.edited),
            int(record.deleted),
            pack_file(file) if file else None,
            record.expire_after,
            None if record.expires_ms is None else record.expires_ms / 1000,
            "on the relay" if is_mine else "received",
        )
        if not added:
            return False
        place = self._db.last_rowid()
        if record.text:
            sql = "INSERT INTO words (rowid, text) VALUES (?, ?)"
            self._db.write(sql, place, record.text)
        self._put_more(record)
        return True

    def _put_more(self, record: HistoryRecord) -> None:
        for mimi, account, emoji in record.reactions:
            self._db.write(
                "INSERT OR IGNORE INTO reactions VALUES (?, ?, ?, ?, ?)",
                record.conversation,
                mimi,
                record.id,
                account,
                emoji,
            )
        for account, is_read in record.receipts:
            self._db.write(
                "INSERT OR IGNORE INTO receipts VALUES (?, ?, ?, ?)",
                record.conversation,
                record.id,
                account,
                int(is_read),
            )

    def arrival_of(
        self, conversation: ConversationId, message: MessageId
    ) -> int | None:
        """Return as the how-manieth a message came here."""
        row = self._db.row(
            "SELECT arrival FROM messages WHERE conversation = ? AND id = ?",
            conversation,
            message,
        )
        return number(row[0]) if row and row[0] is not None else None

    def seen_message(self, conversation: ConversationId) -> MessageId | None:
        """Return the newest message that was seen."""
        row = self._db.row(
            "SELECT id FROM messages WHERE conversation = ?1 AND notice IS NULL"
            " AND arrival <= (SELECT seen FROM conversations WHERE id = ?1)"
            " ORDER BY arrival DESC LIMIT 1",
            conversation,
        )
        return MessageId(blob(row[0])) if row else None

    def start_timers(self, conversation: ConversationId, upto: int, now: float) -> None:
        """Start the time of messages of others that were seen elsewhere."""
        self._db.write(
            "UPDATE messages SET expires_at = ? + expire_after WHERE conversation = ?"
            " AND sender != ? AND arrival <= ? AND expire_after IS NOT NULL"
            " AND expires_at IS NULL",
            now,
            conversation,
            self._me,
            upto,
        )

    # What came before its conversation

    def keep(self, record: HistoryRecord) -> None:
        """Keep a record of a conversation that this device is not in yet."""
        self._db.write(
            "INSERT INTO kept_history (conversation, record) VALUES (?, ?)",
            record.conversation,
            cbor.encode(write_record(record)),
        )

    def take_kept(self, conversation: ConversationId) -> list[HistoryRecord]:
        """Return what was kept for a conversation, and keep it no more."""
        rows = self._db.rows(
            "SELECT record FROM kept_history WHERE conversation = ? ORDER BY number",
            conversation,
        )
        self._db.write("DELETE FROM kept_history WHERE conversation = ?", conversation)
        return [read_record(cbor.decode(blob(row[0]))) for row in rows]

    def _read(self, row: Row) -> HistoryRecord:
        conversation, message = ConversationId(blob(row[0])), MessageId(blob(row[1]))
        attachment, expires = maybe_blob(row[11]), maybe_real(row[13])
        after = row[12]
        return HistoryRecord(
            conversation,
            message,
            blob(row[2]),
            AccountKey(blob(row[3])),
            max(0, int(real(row[4]) * 1000)),
            max(0, number(row[5])),
            text(row[6]),
            maybe_text(row[7]),
            maybe_blob(row[8]),
            bool(row[9]),
            bool(row[10]),
            unpack_file(attachment) if attachment else None,
            None if after is None else number(after),
            None if expires is None else int(expires * 1000),
            self._reactions(conversation, message),
            self._receipts(conversation, message),
        )

    def _reactions(
        self, conversation: ConversationId, message: MessageId
    ) -> tuple[tuple[bytes, AccountKey, str], ...]:
        rows = self._db.rows(
            "SELECT mimi, account, emoji FROM reactions WHERE conversation = ?"
            " AND target = ? ORDER BY mimi",
            conversation,
            message,
        )
        return tuple((blob(m), AccountKey(blob(a)), text(e)) for m, a, e in rows)

    def _receipts(
        self, conversation: ConversationId, message: MessageId
    ) -> tuple[tuple[AccountKey, bool], ...]:
        rows = self._db.rows(
            "SELECT account, is_read FROM receipts WHERE conversation = ?"
            " AND message = ? ORDER BY account",
            conversation,
            message,
        )
        return tuple((AccountKey(blob(a)), bool(r)) for a, r in rows)
