"""Tells the other devices of this account what they must know (spec/devices.md §5)."""

from linnet.client.core.devices import ContactSet, Entry, entry_part
from linnet.client.core.wants import WantDevice
from linnet.client.store.contacts import ContactRow
from linnet.client.sync.hub import Hub
from linnet.client.values import ContactState, ConversationState
from linnet.ids import ConversationId

STATES = (
    ContactState.KNOWN,
    ContactState.ASKED,
    ContactState.ACCEPTED,
    ContactState.BLOCKED,
)
"""By the number that stands for each in an entry."""
LATER_SECONDS = 10.0
"""How long whoever did not bring a device in leaves adding it to who did."""


def share(hub: Hub, entry: Entry) -> None:
    """Queue an entry for the other devices, if there are any."""
    row = hub.store.conversations.devices()
    if row is not None:
        hub.compose(row, entry_part(entry))


def share_contact(hub: Hub, contact: ContactRow) -> None:
    """Tell the other devices how a contact stands now."""
    share(hub, contact_entry(contact))


def contact_entry(contact: ContactRow) -> ContactSet:
    """Return a contact as entries hold it."""
    return ContactSet(
        contact.account,
        contact.name,
        STATES.index(contact.state),
        contact.verified,
        contact.card,
    )


def want_siblings(
    hub: Hub, conversation: ConversationId, *, is_later: bool = False
) -> None:
    """Want the other devices of this account in a conversation that is new here."""
    store = hub.store
    row = store.conversations.row(conversation)
    others = [one.id for one in store.devices.all() if one.id != store.device]
    if row is None or row.state is not ConversationState.ACTIVE or not others:
        return
    present = {one.device for one in store.conversations.load(conversation).members}
    wanted = {
        one.want.device
        for one in store.wants.of(conversation)
        if isinstance(one.want, WantDevice)
    }
    try_at = hub.now() + LATER_SECONDS if is_later else 0.0
    for device in others:
        if device not in present | wanted:
            store.wants.add(conversation, WantDevice(device), try_at=try_at)
    store.db.after_commit(lambda: hub.wake(conversation))
    store.db.after_commit(hub.wake_courier)
