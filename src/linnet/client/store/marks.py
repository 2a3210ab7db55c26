"""What a device notes about a conversation, to do things of its own accord.

Specified in ``spec/conversations.md`` §6.3 and §6.9.
"""

from linnet.client.store.columns import real
from linnet.client.store.database import Database
from linnet.ids import ConversationId


class MarkTable:
    """Reads and writes such notes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def freshened_at(self, conversation: ConversationId) -> float:
        """Return when this device last gave the group new keys of its own; 0: never."""
        row = self._db.row(
            "SELECT freshened_at FROM conversations WHERE id = ?", conversation
        )
        return real(row[0]) if row else 0.0

    def freshened(self, conversation: ConversationId, now: float) -> None:
        """Note that this device gave the group new keys of its own."""
        self._db.write(
            "UPDATE conversations SET freshened_at = ? WHERE id = ?", now, conversation
        )

    def is_doubtful(self, conversation: ConversationId) -> bool:
        """Whether the relay may have lost something while this device was out."""
        row = self._db.row(
            "SELECT is_doubtful FROM conversations WHERE id = ?", conversation
        )
        return bool(row and row[0])

    def settle_doubt(self, conversation: ConversationId) -> None:
        """Note that the relay has all that is held here, or will be sent it."""
        self._db.write(
            "UPDATE conversations SET is_doubtful = 0 WHERE id = ?", conversation
        )
