"""What is to be sent and how far it has come: envelopes, posts and files.

Specified in ``spec/conversations.md`` §6.2. A row stays until its envelope has come
back from the stream, so that nothing is lost between the relay's word and the log.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from linnet.client.store.columns import (
    blob,
    maybe_blob,
    maybe_text,
    number,
    text,
)
from linnet.client.store.database import Database, Row
from linnet.client.values import TransferState
from linnet.ids import AccountKey, ConversationId, EnvelopeId, MessageId


class OutState(StrEnum):
    """How far an envelope of ours has come."""

    HELD = "held"
    """Waits for its file to be on the relay."""
    WAITING = "waiting"
    ACKED = "acked"
    """On the relay's disk; not yet come back from the stream."""
    FAILED = "failed"


class OutKind(StrEnum):
    """What an envelope of ours carries."""

    CONTENT = "content"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class OutRow:
    """One envelope to send."""

    number: int
    conversation: ConversationId = field(repr=False)
    envelope: EnvelopeId
    state: OutState
    kind: OutKind
    content: bytes = field(repr=False)
    epoch: int | None
    sealed: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class PostRow:
    """One invitation to put into an inbox."""

    envelope: EnvelopeId
    conversation: ConversationId = field(repr=False)
    recipient: AccountKey = field(repr=False)
    card: bytes = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One file that moves."""

    conversation: ConversationId = field(repr=False)
    message: MessageId
    is_upload: bool
    path: str = field(repr=False)
    moved: int
    state: TransferState
    reason: str | None


class OutboxTable:
    """Reads and writes the outbox."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self,
        conversation: ConversationId,
        envelope: EnvelopeId,
        content: bytes,
        *,
        kind: OutKind = OutKind.CONTENT,
        state: OutState = OutState.WAITING,
    ) -> None:
        """Queue an envelope."""
        self._db.write(
            "INSERT INTO outbox (conversation, envelope, state, kind, content)"
            " VALUES (?, ?, ?, ?, ?)",
            conversation,
            envelope,
            state.value,
            kind.value,
            content,
        )

    def next(self, conversation: ConversationId, limit: int) -> list[OutRow]:
        """Return what is to be sent now, in order; a held file stops nobody else."""
        rows = self._db.rows(
            "SELECT * FROM outbox WHERE conversation = ? AND state = 'waiting'"
            " ORDER BY number LIMIT ?",
            conversation,
            limit,
        )
        return [_read(row) for row in rows]

    def find(self, conversation: ConversationId, envelope: EnvelopeId) -> OutRow | None:
        """Return one row."""
        row = self._db.row(
            "SELECT * FROM outbox WHERE conversation = ? AND envelope = ?",
            conversation,
            envelope,
        )
        return _read(row) if row else None

    def seal(self, row: OutRow, epoch: int, sealed: bytes) -> None:
        """Keep the encrypted envelope; from here on it is sent unchanged."""
        self._db.write(
            "UPDATE outbox SET sealed = ?, epoch = ? WHERE number = ?",
            sealed,
            epoch,
            row.number,
        )

    def set_state(
        self, conversation: ConversationId, envelope: EnvelopeId, state: OutState
    ) -> None:
        """Note how far an envelope has come."""
        self._db.write(
            "UPDATE outbox SET state = ? WHERE conversation = ? AND envelope = ?",
            state.value,
            conversation,
            envelope,
        )

    def unseal(
        self, conversation: ConversationId, envelope: EnvelopeId | None = None
    ) -> None:
        """Encrypt anew: one that was stale, or all that are not on the relay."""
        self._db.write(
            "UPDATE outbox SET sealed = NULL, epoch = NULL, state = 'waiting'"
            " WHERE conversation = ?1 AND state IN ('waiting', 'acked')"
            " AND (?2 IS NULL OR envelope = ?2)",
            conversation,
            envelope,
        )

    def forget_leaving(self, conversation: ConversationId) -> None:
        """Forget the wish to leave: this device was out, and is in again."""
        self._db.write(
            "DELETE FROM outbox WHERE conversation = ? AND kind = 'leaving'",
            conversation,
        )

    def take_back_acks(self, conversation: ConversationId) -> None:
        """Send again what the relay had taken and lost."""
        self._db.write(
            "UPDATE outbox SET state = 'waiting'"
            " WHERE conversation = ? AND state = 'acked'",
            conversation,
        )

    def remove(self, conversation: ConversationId, envelope: EnvelopeId) -> None:
        """Forget a row: it came back."""
        self._db.write(
            "DELETE FROM outbox WHERE conversation = ? AND envelope = ?",
            conversation,
            envelope,
        )

    def contents(self, conversation: ConversationId) -> list[bytes]:
        """Return the contents that have not come back yet."""
        rows = self._db.rows(
            "SELECT content FROM outbox WHERE conversation = ? AND kind = 'content'"
            " AND state != 'failed'",
            conversation,
        )
        return [blob(row[0]) for row in rows]

    def counts(self, conversation: ConversationId | None = None) -> tuple[int, int]:
        """Return how many are queued and how many have failed."""
        row = self._db.row(
            "SELECT coalesce(sum(state IN ('held', 'waiting')), 0),"
            " coalesce(sum(state = 'failed'), 0) FROM outbox"
            " WHERE ?1 IS NULL OR conversation = ?1",
            conversation,
        )
        return (number(row[0]), number(row[1])) if row else (0, 0)

    def pending(self, conversation: ConversationId) -> bool:
        """Whether anything is on its way or waits to go."""
        row = self._db.row(
            "SELECT 1 FROM outbox WHERE conversation = ? AND state != 'failed' LIMIT 1",
            conversation,
        )
        return row is not None

    # Posts

    def add_post(self, post: PostRow, now: float) -> None:
        """Queue an invitation."""
        self._db.write(
            "INSERT INTO posts (envelope, conversation, recipient, card, body, made_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            post.envelope,
            post.conversation,
            post.recipient,
            post.card,
            post.body,
            now,
        )

    def due_posts(self, now: float) -> list[PostRow]:
        """Return the invitations to send now."""
        rows = self._db.rows(
            "SELECT envelope, conversation, recipient, card, body FROM posts"
            " WHERE NOT is_posted AND reason IS NULL AND try_at <= ? ORDER BY rowid",
            now,
        )
        return [
            PostRow(
                EnvelopeId(blob(envelope)),
                ConversationId(blob(conversation)),
                AccountKey(blob(recipient)),
                blob(card),
                blob(body),
            )
            for envelope, conversation, recipient, card, body in rows
        ]

    def pending_posts(self) -> int:
        """Return how many invitations are not in their inbox yet."""
        row = self._db.row(
            "SELECT count(*) FROM posts WHERE NOT is_posted AND reason IS NULL"
        )
        return number(row[0]) if row else 0

    def posted(self, post: PostRow, relay: bytes) -> None:
        """Note that an invitation is in the inbox of its card on a relay."""
        self._db.write(
            "UPDATE posts SET is_posted = 1, relay = ? WHERE envelope = ? AND card = ?",
            relay,
            post.envelope,
            post.card,
        )

    def delay_post(self, envelope: EnvelopeId, try_at: float) -> None:
        """Try an invitation again later."""
        self._db.write(
            "UPDATE posts SET try_at = ? WHERE envelope = ?", try_at, envelope
        )

    def refuse_post(self, envelope: EnvelopeId, reason: str) -> None:
        """Note that an invitation cannot be delivered."""
        self._db.write(
            "UPDATE posts SET reason = ? WHERE envelope = ?", reason, envelope
        )

    def repost(self, relay: bytes) -> None:
        """Send again what a relay may have lost."""
        self._db.write(
            "UPDATE posts SET is_posted = 0, try_at = 0 WHERE relay = ?", relay
        )

    def repost_to(self, recipient: AccountKey, card: bytes) -> None:
        """Send what went to an account again, by a newer card of theirs."""
        self._db.write(
            "UPDATE posts SET is_posted = 0, try_at = 0, reason = NULL, card = ?"
            " WHERE recipient = ?",
            card,
            recipient,
        )

    def prune_posts(self, before: float) -> None:
        """Forget invitations that are too old to be sent again."""
        self._db.write("DELETE FROM posts WHERE is_posted AND made_at < ?", before)

    # Files

    def transfer(self, row: TransferRow) -> None:
        """Write how far a file has come."""
        self._db.write(
            "INSERT OR REPLACE INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?)",
            row.conversation,
            row.message,
            int(row.is_upload),
            row.path,
            row.moved,
            row.state.value,
            row.reason,
        )

    def retry_upload(self, conversation: ConversationId, message: MessageId) -> bool:
        """Send a file again that failed; say whether there is one."""
        changed = self._db.write(
            "UPDATE transfers SET state = 'waiting', reason = NULL"
            " WHERE conversation = ? AND message = ? AND is_upload"
            " AND state = 'failed'",
            conversation,
            message,
        )
        return changed > 0

    def uploads(self) -> list[TransferRow]:
        """Return the files that still have to go up."""
        rows = self._db.rows(
            "SELECT * FROM transfers WHERE is_upload AND state IN ('waiting', 'moving')"
        )
        return [_read_transfer(row) for row in rows]


def _read(row: Row) -> OutRow:
    epoch = row[6]
    return OutRow(
        number(row[0]),
        ConversationId(blob(row[1])),
        EnvelopeId(blob(row[2])),
        OutState(text(row[3])),
        OutKind(text(row[4])),
        blob(row[5]),
        None if epoch is None else number(epoch),
        maybe_blob(row[7]),
    )


def _read_transfer(row: Row) -> TransferRow:
    return TransferRow(
        ConversationId(blob(row[0])),
        MessageId(blob(row[1])),
        bool(row[2]),
        text(row[3]),
        number(row[4]),
        TransferState(text(row[5])),
        maybe_text(row[6]),
    )
