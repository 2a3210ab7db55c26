"""Messages in the store: the timeline of each conversation, as it is shown.

Specified in ``spec/conversations.md`` §7. Applies what contents mean: who may edit what
is decided here, by comparing senders.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from linnet.client.store.columns import blob, maybe_blob, number
from linnet.client.store.database import Database
from linnet.client.values import MessageState
from linnet.ids import AccountKey, ConversationId, EnvelopeId, MessageId


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to put into the timeline."""

    id: MessageId
    mimi: bytes = field(repr=False)
    sender: AccountKey = field(repr=False)
    time: float
    text: str = field(repr=False)
    state: MessageState
    reply_to: bytes | None = field(default=None, repr=False)
    attachment: bytes | None = field(default=None, repr=False)
    expire_after: int | None = None
    expires_at: float | None = None
    place: int | None = None


MOST_CHANGES = 16
"""Notices of one commit that move with it; more in one commit stay where they are."""


class MessageTable:
    """Writes the timeline; what is shown of it is read in `views.py`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, conversation: ConversationId, new: NewMessage) -> None:
        """Put a message into the timeline; a received one gets its place at once."""
        self._db.write(
            "INSERT INTO messages (conversation, id, mimi, sender, time, text, state,"
            " reply_to, attachment, expire_after, expires_at, place, arrival)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            conversation,
            new.id,
            new.mimi,
            new.sender,
            new.time,
            new.text,
            new.state.value,
            new.reply_to,
            new.attachment,
            new.expire_after,
            new.expires_at,
            new.place,
            None if new.place is None else self._next_arrival(conversation),
        )
        self._index(self._db.last_rowid(), new.text)

    def add_notice(  # noqa: PLR0913  all that makes a notice
        self,
        conversation: ConversationId,
        envelope: EnvelopeId,
        *,
        order: int,
        actor: AccountKey,
        sentence: str,
        time: float,
        place: int | None = None,
    ) -> MessageId | None:
        """Put a sentence about what happened into the timeline; None when it is.

        It stands where the stream has what it is about, without a place at the end.
        """
        name = _notice_name(envelope, order)
        if place is None:
            place = self._last_place(conversation)
        added = self._db.write(
            "INSERT OR IGNORE INTO messages (conversation, id, mimi, sender, time,"
            " notice, state, place, arrival)"
            " VALUES (?, ?, ?, ?, ?, ?, 'received', ?, ?)",
            conversation,
            name,
            b"\x00" + name + bytes(15),
            actor,
            time,
            sentence,
            place,
            self._next_arrival(conversation),
        )
        return name if added else None

    def move(
        self, conversation: ConversationId, envelope: EnvelopeId, place: int
    ) -> None:
        """Put what an envelope brought where the stream has the envelope now."""
        names = [bytes(envelope)]
        names += [_notice_name(envelope, order) for order in range(MOST_CHANGES)]
        marks = ", ".join("?" * len(names))
        self._db.write(
            "UPDATE messages SET place = ? WHERE conversation = ?"  # noqa: S608
            f" AND place IS NOT NULL AND id IN ({marks})",
            place,
            conversation,
            *names,
        )

    def begin_places(self, conversation: ConversationId) -> None:
        """Put what comes from now on after all that is here: the stream is another."""
        self._db.write(
            "UPDATE conversations SET place_base = max(place_base + sequence,"
            " coalesce((SELECT max(place) FROM messages WHERE conversation = ?1), 0))"
            " WHERE id = ?1",
            conversation,
        )

    def take_back(self, conversation: ConversationId, message: MessageId) -> None:
        """Queue a message of ours again: the stream does not have it any more."""
        self._db.write(
            "UPDATE messages SET place = NULL, arrival = NULL, state = 'queued'"
            " WHERE conversation = ? AND id = ?",
            conversation,
            message,
        )

    def arrive(
        self,
        conversation: ConversationId,
        message: MessageId,
        *,
        time: float,
        place: int,
        now: float,
    ) -> bool:
        """Give a message of ours its place, because it came back from the stream.

        Its time to disappear begins `now`, by this machine's clock: the relay's may be
        another.
        """
        changed = self._db.write(
            "UPDATE messages SET arrival = ?, place = ?, time = ?,"
            " state = 'on the relay', reason = NULL,"
            " expires_at = coalesce(expires_at, ? + expire_after)"
            " WHERE conversation = ? AND id = ? AND arrival IS NULL",
            self._next_arrival(conversation),
            place,
            time,
            now,
            conversation,
            message,
        )
        return changed > 0

    def set_state(
        self,
        conversation: ConversationId,
        message: MessageId,
        state: MessageState,
        *,
        reason: str | None = None,
    ) -> bool:
        """Note how far a message of ours has come."""
        changed = self._db.write(
            "UPDATE messages SET state = ?, reason = ?"
            " WHERE conversation = ? AND id = ? AND arrival IS NULL",
            state.value,
            reason,
            conversation,
            message,
        )
        return changed > 0

    def has(self, conversation: ConversationId, message: bytes) -> bool:
        """Whether a message is in the timeline."""
        row = self._db.row(
            "SELECT 1 FROM messages WHERE conversation = ? AND id = ?",
            conversation,
            message,
        )
        return row is not None

    def mimi_of(self, conversation: ConversationId, message: MessageId) -> bytes | None:
        """Return the MIMI id of a message."""
        row = self._db.row(
            "SELECT mimi FROM messages WHERE conversation = ? AND id = ?",
            conversation,
            message,
        )
        return blob(row[0]) if row else None

    def edit(
        self,
        conversation: ConversationId,
        target: bytes,
        *,
        sender: AccountKey,
        new_text: str,
    ) -> MessageId | None:
        """Replace the text of a message of the same sender; None if there is none."""
        row = self._own(conversation, target, sender)
        if row is None:
            return None
        place, message = row
        self._db.write(
            "UPDATE messages SET text = ?, edited = 1 WHERE number = ?", new_text, place
        )
        self._index(place, new_text)
        return message

    def delete(
        self, conversation: ConversationId, target: bytes, *, sender: AccountKey
    ) -> MessageId | None:
        """Delete a message of the same sender; its place stays."""
        row = self._own(conversation, target, sender)
        if row is None:
            return None
        place, message = row
        self._db.write(
            "UPDATE messages SET text = '', deleted = 1, edited = 0,"
            " attachment = NULL WHERE number = ?",
            place,
        )
        self._db.write("DELETE FROM words WHERE rowid = ?", place)
        self._forget_sent(conversation, message)
        self._db.write(
            "DELETE FROM reactions WHERE conversation = ? AND target = ?",
            conversation,
            message,
        )
        return message

    def receipt(
        self,
        conversation: ConversationId,
        mimi: bytes,
        *,
        account: AccountKey,
        is_read: bool,
    ) -> MessageId | None:
        """Note that a member got or read a message of ours."""
        row = self._db.row(
            "SELECT id FROM messages WHERE conversation = ? AND mimi = ?",
            conversation,
            mimi,
        )
        if row is None:
            return None
        self._db.write(
            "INSERT INTO receipts VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET is_read = max(is_read, excluded.is_read)",
            conversation,
            blob(row[0]),
            account,
            int(is_read),
        )
        return MessageId(blob(row[0]))

    def see_all(
        self, conversation: ConversationId, me: AccountKey, now: float
    ) -> tuple[int, list[bytes]]:
        """Start the time of what was seen now; return up to where, and what it was."""
        row = self._db.row(
            "SELECT coalesce(max(arrival), 0) FROM messages WHERE conversation = ?",
            conversation,
        )
        newest = number(row[0]) if row else 0
        rows = self._db.rows(
            "SELECT mimi FROM messages WHERE conversation = ? AND sender != ?"
            " AND notice IS NULL AND arrival > (SELECT seen FROM conversations"
            " WHERE id = ?) ORDER BY arrival",
            conversation,
            me,
            conversation,
        )
        self._db.write(
            "UPDATE messages SET expires_at = ? + expire_after WHERE conversation = ?"
            " AND sender != ? AND expire_after IS NOT NULL AND expires_at IS NULL",
            now,
            conversation,
            me,
        )
        return newest, [blob(one[0]) for one in rows]

    def purge_expired(self, now: float) -> list[tuple[ConversationId, MessageId]]:
        """Delete for good what has expired; return what it was."""
        rows = self._db.rows(
            "SELECT number, conversation, id FROM messages WHERE expires_at <= ?", now
        )
        gone = []
        for place, conversation, message in rows:
            for table in ("reactions", "receipts"):
                column = "target" if table == "reactions" else "message"
                self._db.write(
                    f"DELETE FROM {table} WHERE conversation = ? AND {column} = ?",  # noqa: S608
                    conversation,
                    message,
                )
            self._db.write("DELETE FROM words WHERE rowid = ?", place)
            self._forget_sent(
                ConversationId(blob(conversation)), MessageId(blob(message))
            )
            self._db.write("DELETE FROM messages WHERE number = ?", place)
            gone.append((ConversationId(blob(conversation)), MessageId(blob(message))))
        return gone

    def next_expiry(self) -> float | None:
        """Return when the next message expires."""
        row = self._db.row("SELECT min(expires_at) FROM messages")
        return float(row[0]) if row and isinstance(row[0], float | int) else None

    def attachment(
        self, conversation: ConversationId, message: MessageId
    ) -> bytes | None:
        """Return how a message's file is found and opened."""
        row = self._db.row(
            "SELECT attachment FROM messages WHERE conversation = ? AND id = ?",
            conversation,
            message,
        )
        return maybe_blob(row[0]) if row else None

    def _own(
        self, conversation: ConversationId, target: bytes, sender: AccountKey
    ) -> tuple[int, MessageId] | None:
        row = self._db.row(
            "SELECT number, id FROM messages WHERE conversation = ? AND mimi = ?"
            " AND sender = ? AND notice IS NULL AND NOT deleted",
            conversation,
            target,
            sender,
        )
        return (number(row[0]), MessageId(blob(row[1]))) if row else None

    def _forget_sent(self, conversation: ConversationId, message: MessageId) -> None:
        """Let what was deleted, and its edits, not stay as what can be repeated."""
        self._db.write(
            "DELETE FROM sent WHERE conversation = ?1 AND (envelope = ?2 OR replaces ="
            " (SELECT mimi FROM messages WHERE conversation = ?1 AND id = ?2))",
            conversation,
            message,
        )

    def _last_place(self, conversation: ConversationId) -> int:
        row = self._db.row(
            "SELECT coalesce(max(place), 0) FROM messages WHERE conversation = ?",
            conversation,
        )
        return number(row[0]) if row else 0

    def _index(self, place: int, words: str) -> None:
        self._db.write("DELETE FROM words WHERE rowid = ?", place)
        if words:
            self._db.write(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", place, words
            )

    def _next_arrival(self, conversation: ConversationId) -> int:
        row = self._db.row(
            "SELECT coalesce(max(arrival), 0) + 1 FROM messages WHERE conversation = ?",
            conversation,
        )
        return number(row[0]) if row else 1


def _notice_name(envelope: EnvelopeId, order: int) -> MessageId:
    return MessageId(sha256(b"notice" + envelope + order.to_bytes(4)).digest()[:16])
