"""What is done to a conversation itself: members, admins, title, relay, leaving."""

from collections.abc import Sequence

from linnet.client.core.info import DIRECT, LONGEST_TITLE
from linnet.client.core.wants import (
    Want,
    WantAdmin,
    WantDeviceGone,
    WantGone,
    WantMember,
    WantMove,
    WantTitle,
)
from linnet.client.events import ConversationChanged
from linnet.client.meeting import check_addable
from linnet.client.standing import relay_name
from linnet.client.store.contacts import ContactRow
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.hub import Hub
from linnet.client.values import ConversationState
from linnet.client.writing import check_writable
from linnet.errors import UsageError
from linnet.ids import AccountKey, StreamId


def add(hub: Hub, row: ConversationRow, contacts: Sequence[ContactRow]) -> None:
    """Add contacts to a group.

    Raises:
        UsageError: we may not, or one is in it or cannot be added.
    """
    _check_admin(hub, row)
    for contact in contacts:
        check_addable(contact)
        if contact.account in _members(hub, row):
            raise UsageError(f"{contact.name} is in this group already.")
    _want(hub, row, [WantMember(one.account) for one in contacts])


def remove(hub: Hub, row: ConversationRow, who: str) -> None:
    """Remove a member from a group.

    Raises:
        UsageError: we may not, or there is no such member but us.
    """
    _check_admin(hub, row)
    account = _member(hub, row, who)
    if account == hub.store.me:
        raise UsageError("To go yourself, leave the group.")
    _want(hub, row, [WantGone(account)])


def leave(hub: Hub, row: ConversationRow) -> None:
    """Leave; where nobody else is, the conversation just ends."""
    check_writable(hub, row)
    store = hub.store
    is_last = set(_members(hub, row)) <= {store.me}
    siblings = store.conversations.load(row.id).siblings
    with store.db.transaction():
        state = ConversationState.LEFT if is_last else ConversationState.LEAVING
        store.conversations.set_state(row.id, state)
        for one in siblings:
            store.wants.add(row.id, WantDeviceGone(one.device))
        if not is_last and not siblings:
            hub.propose_leaving(row)
    hub.wake(row.id)
    hub.tell(ConversationChanged(row.id))


def rename(hub: Hub, row: ConversationRow, title: str) -> None:
    """Give a group another title.

    Raises:
        UsageError: we may not, or it is empty, too long or not printable.
    """
    _check_admin(hub, row)
    title = title.strip()
    is_sound = title.isprintable() and 1 <= len(title.encode()) <= LONGEST_TITLE
    if not is_sound:
        raise UsageError(f"A title has 1 to {LONGEST_TITLE} printable bytes.")
    _want(hub, row, [WantTitle(title)])


def set_admin(hub: Hub, row: ConversationRow, who: str, *, is_admin: bool) -> None:
    """Make a member an admin or a plain member.

    Raises:
        UsageError: we may not, there is no such member, or no admin would be left.
    """
    _check_admin(hub, row)
    account = _member(hub, row, who)
    admins = [one for one, _, admin in hub.store.conversations.members(row.id) if admin]
    if not is_admin and admins == [account]:
        raise UsageError("A group needs an admin; make somebody else one first.")
    _want(hub, row, [WantAdmin(account, is_admin)])


def move(hub: Hub, row: ConversationRow, relay: str) -> None:
    """Move a conversation to another relay of ours.

    Raises:
        UsageError: we may not, there is no such relay, or it lives there already.
    """
    check_writable(hub, row)
    if row.kind != DIRECT:
        _check_admin(hub, row)
    mine = [
        one.descriptor
        for one in hub.store.account.relays()
        if one.is_mine
        and len(relay) >= 4
        and one.descriptor.key.hex().startswith(relay)
    ]
    if len(mine) != 1:
        raise UsageError("None of your relays has a key that begins so; see status.")
    if mine[0].key == row.relay:
        raise UsageError(f"The conversation lives on {relay_name(row.relay)} already.")
    _want(hub, row, [WantMove(mine[0], StreamId(hub.entropy(16)))])


def _want(hub: Hub, row: ConversationRow, wants: Sequence[Want]) -> None:
    with hub.store.db.transaction():
        for want in wants:
            hub.store.wants.add(row.id, want)
    hub.wake(row.id)
    hub.wake_courier()


def _check_admin(hub: Hub, row: ConversationRow) -> None:
    check_writable(hub, row)
    if row.kind == DIRECT:
        raise UsageError("This is a conversation of two people; make a group instead.")
    members = hub.store.conversations.members(row.id)
    if not any(account == hub.store.me and admin for account, _, admin in members):
        raise UsageError("Only admins of the group can do this.")


def _members(hub: Hub, row: ConversationRow) -> list[AccountKey]:
    return [account for account, _, _ in hub.store.conversations.members(row.id)]


def _member(hub: Hub, row: ConversationRow, who: str) -> AccountKey:
    members = hub.store.conversations.members(row.id)
    found = [a for a, name, _ in members if name.casefold() == who.casefold()]
    found = found or [
        a for a, _, _ in members if len(who) >= 4 and a.hex().startswith(who.lower())
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"More than one member is called {who!r}.")
    raise UsageError(f"No member of this group is called {who!r}.")
