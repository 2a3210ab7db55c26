"""Finds who or what a person means by a name, a title or the start of a fingerprint."""

from linnet.client.core.identity import fingerprint
from linnet.client.store.contacts import ContactRow
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.values import ConversationState
from linnet.errors import UsageError
from linnet.ids import ConversationId

SHORTEST_PREFIX = 4


def find_contact(store: Store, who: str) -> ContactRow:
    """Find one contact.

    Raises:
        UsageError: nobody, or more than one, is called so.
    """
    everyone = store.contacts.all()
    by_name = [one for one in everyone if one.name.casefold() == who.casefold()]
    by_key = [one for one in everyone if _begins(one.account, who)]
    found = by_name or by_key
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"Nobody here is called {who!r}; see your contacts.")
    names = ", ".join(f"{one.name} ({fingerprint(one.account)})" for one in found)
    raise UsageError(
        f"More than one is called {who!r}: {names}. "
        "Give the first characters of the fingerprint instead."
    )


def find_conversation(store: Store, who: str | ConversationId) -> ConversationRow:
    """Find one conversation by contact, title or id.

    Raises:
        UsageError: none, or more than one, is called so.
    """
    rows = store.conversations.shown()
    if isinstance(who, bytes):
        found = [row for row in rows if row.id == who]
    else:
        found = _named(store, rows, who)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError("There is no such conversation; see your chats.")
    raise UsageError(
        f"More than one conversation is called {who!r}. "
        "Give the first characters of the fingerprint or of the conversation's id."
    )


def find_request(store: Store, who: str | ConversationId) -> ConversationRow:
    """Find one request that waits.

    Raises:
        UsageError: none, or more than one, is from whoever is meant.
    """
    rows = [
        row
        for row in store.conversations.all()
        if row.state is ConversationState.REQUEST
    ]
    if isinstance(who, bytes):
        found = [row for row in rows if row.id == who]
    else:
        found = [row for row in rows if _is_of(store, row, who)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError("There is no such request; see your requests.")
    raise UsageError(
        f"More than one request is from {who!r}. "
        "Give the first characters of the fingerprint."
    )


def title_of(store: Store, row: ConversationRow) -> str:
    """Return how a conversation is called."""
    if row.title:
        return row.title
    contact = store.contacts.find(row.peer) if row.peer else None
    return contact.name if contact else "Conversation"


def _named(
    store: Store, rows: list[ConversationRow], who: str
) -> list[ConversationRow]:
    shown = [row for row in rows if row.state is not ConversationState.REQUEST]
    direct = [row for row in shown if row.peer and _is_of(store, row, who)]
    groups = [row for row in shown if row.title.casefold() == who.casefold()]
    by_id = [row for row in shown if _begins(row.id, who)]
    return groups + _newest_way(direct) or by_id


def _newest_way(rows: list[ConversationRow]) -> list[ConversationRow]:
    """Of several conversations with one account, take the one both sides would take."""
    peers = {row.peer for row in rows}
    if len(peers) != 1:
        return rows
    live = [row for row in rows if row.state is ConversationState.ACTIVE]
    return sorted(live or rows, key=lambda row: row.id)[:1]


def _is_of(store: Store, row: ConversationRow, who: str) -> bool:
    account = row.peer or row.inviter
    contact = store.contacts.find(account) if account else None
    if contact is None:
        return False
    is_named = contact.name.casefold() == who.casefold()
    return (
        is_named
        or _begins(contact.account, who)
        or (bool(row.title) and row.title.casefold() == who.casefold())
    )


def _begins(key: bytes, who: str) -> bool:
    return len(who) >= SHORTEST_PREFIX and key.hex().startswith(who.lower())
