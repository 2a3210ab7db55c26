"""What a person reads: messages, members, what was seen."""

from linnet.client.core.devices import SeenUpTo
from linnet.client.events import ConversationChanged
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.sync.hub import Hub
from linnet.client.sync.sharing import share
from linnet.client.values import Member, Message
from linnet.errors import UsageError
from linnet.ids import ConversationId, MessageId

SHORTEST_PREFIX = 4


def find_message(
    store: Store, conversation: ConversationId, message: MessageId | str
) -> Message:
    """Find one message by its id or the first characters of it.

    Raises:
        UsageError: there is none, or more than one.
    """
    if isinstance(message, bytes):
        found = store.views.one(conversation, message)
        candidates = [found] if found else []
    elif len(message) < SHORTEST_PREFIX or not message.isalnum():
        candidates = []
    else:
        candidates = store.views.by_prefix(conversation, message)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise UsageError("More than one message has an id that begins so; give more.")
    raise UsageError("There is no such message in this conversation.")


def members_of(store: Store, conversation: ConversationId) -> list[Member]:
    """Return every account of a conversation."""
    verified = {one.account for one in store.contacts.all() if one.verified}
    return [
        Member(
            account=account,
            name=name,
            is_me=account == store.me,
            is_admin=is_admin,
            verified=account in verified or account == store.me,
        )
        for account, name, is_admin in store.conversations.members(conversation)
    ]


def mark_read(hub: Hub, row: ConversationRow) -> None:
    """Note that everything was seen, and say so if that may be known."""
    store = hub.store
    with store.db.transaction():
        newest, seen = store.messages.see_all(row.id, store.me, hub.now())
        store.conversations.set_seen(row.id, newest)
        if seen:
            hub.confirm(row, seen, is_read=True)
            newest_message = store.history.seen_message(row.id)
            if newest_message:
                share(hub, SeenUpTo(row.id, newest_message))
    if seen:
        hub.tell(ConversationChanged(row.id))
        hub.wake_clock()
