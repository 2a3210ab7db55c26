"""What status reports of members say of messages of ours (conversations.md §7.2)."""

from collections.abc import Iterable

from linnet.client.core.meaning import DELIVERED, READ
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.ids import AccountKey, MessageId


def confirmed(
    store: Store,
    row: ConversationRow,
    account: AccountKey,
    statuses: Iterable[tuple[bytes, int]],
) -> list[MessageId]:
    """Note what an account got or read; return the messages that look different now."""
    if account == store.me:
        return []  # another device of ours got or read what others wrote
    changed: dict[MessageId, None] = {}
    for mimi, status in statuses:
        if status in (DELIVERED, READ):
            message = store.messages.receipt(
                row.id, mimi, account=account, is_read=status == READ
            )
            if message:
                changed[message] = None
    return list(changed)
