"""Contents of ours that came back, for those who could not read them where they stand.

Specified in ``spec/conversations.md`` §6.10. Kept as long as their envelopes are held.
"""

from linnet.client.store.columns import blob, number
from linnet.client.store.database import Database
from linnet.ids import AccountKey, ConversationId, EnvelopeId


class SentTable:
    """Reads and writes what this device has said."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(
        self,
        conversation: ConversationId,
        envelope: EnvelopeId,
        content: bytes,
        *,
        replaces: bytes | None,
    ) -> None:
        """Keep a content that stands in the stream now."""
        self._db.write(
            "INSERT OR REPLACE INTO sent (conversation, envelope, replaces, content)"
            " VALUES (?, ?, ?, ?)",
            conversation,
            envelope,
            replaces,
            content,
        )

    def find(self, conversation: ConversationId, envelope: EnvelopeId) -> bytes | None:
        """Return a content of ours."""
        row = self._db.row(
            "SELECT content FROM sent WHERE conversation = ? AND envelope = ?",
            conversation,
            envelope,
        )
        return blob(row[0]) if row else None

    def repeat(
        self, conversation: ConversationId, envelope: EnvelopeId
    ) -> bytes | None:
        """Return a content to repeat, once: everybody hears the repetition."""
        changed = self._db.write(
            "UPDATE sent SET is_repeated = 1 WHERE conversation = ? AND envelope = ?"
            " AND NOT is_repeated",
            conversation,
            envelope,
        )
        return self.find(conversation, envelope) if changed else None

    def may_hear(
        self, conversation: ConversationId, account: AccountKey, *, epoch: int
    ) -> bool:
        """Whether an account is a member and was one in an epoch."""
        row = self._db.row(
            "SELECT since FROM members WHERE conversation = ? AND account = ?",
            conversation,
            account,
        )
        return row is not None and number(row[0]) <= epoch
