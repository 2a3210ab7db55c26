"""Reactions to messages; the same emoji of the same account counts once.

Specified in ``spec/conversations.md`` §7.2.
"""

from typing import Final

from linnet.client.store.columns import blob, text
from linnet.client.store.database import Database
from linnet.ids import AccountKey, ConversationId, MessageId

MOST_REACTIONS: Final = 16
"""Different ones of one account on a message; whoever sends more is not heard."""


class ReactionTable:
    """Reads and writes reactions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def react(
        self,
        conversation: ConversationId,
        target: bytes,
        *,
        mimi: bytes,
        account: AccountKey,
        emoji: str,
    ) -> MessageId | None:
        """Note a reaction and return to which message; None when it does not count."""
        row = self._db.row(
            "SELECT id FROM messages WHERE conversation = ? AND mimi = ?"
            " AND NOT deleted",
            conversation,
            target,
        )
        if row is None:
            return None
        message = MessageId(blob(row[0]))
        self._db.write(
            "DELETE FROM reactions WHERE conversation = ? AND target = ?"
            " AND account = ? AND emoji = ?",
            conversation,
            message,
            account,
            emoji,
        )
        if len(self.reactions_of(conversation, message, account)) >= MOST_REACTIONS:
            return None
        self._db.write(
            "INSERT OR REPLACE INTO reactions VALUES (?, ?, ?, ?, ?)",
            conversation,
            mimi,
            message,
            account,
            emoji,
        )
        return message

    def unreact(
        self, conversation: ConversationId, reaction: bytes, *, account: AccountKey
    ) -> MessageId | None:
        """Take a reaction of the same account back."""
        row = self._db.row(
            "SELECT target FROM reactions WHERE conversation = ? AND mimi = ?"
            " AND account = ?",
            conversation,
            reaction,
            account,
        )
        if row is None:
            return None
        self._db.write(
            "DELETE FROM reactions WHERE conversation = ? AND mimi = ?",
            conversation,
            reaction,
        )
        return MessageId(blob(row[0]))

    def reactions_of(
        self, conversation: ConversationId, message: MessageId, account: AccountKey
    ) -> list[tuple[bytes, str]]:
        """Return an account's reactions to a message: MIMI id and emoji."""
        rows = self._db.rows(
            "SELECT mimi, emoji FROM reactions WHERE conversation = ? AND target = ?"
            " AND account = ?",
            conversation,
            message,
            account,
        )
        return [(blob(mimi), text(emoji)) for mimi, emoji in rows]
