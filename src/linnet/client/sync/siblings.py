"""What the devices of this account hear from each other, and what comes of it.

Specified in ``spec/devices.md`` §5 to §7. Called inside the transaction that also moves
the cursor of the devices conversation.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from linnet.client.core.content import Content
from linnet.client.core.conversation import Conversation
from linnet.client.core.devices import (
    DEVICES,
    AccountNamed,
    ContactSet,
    DeviceNamed,
    Entry,
    HistorySent,
    PreferencesSet,
    RelayAdded,
    RequestAnswered,
    SecretsRotated,
    SeenUpTo,
    ShelfLaid,
    read_entry,
    topic_of,
)
from linnet.client.core.outcomes import Deed, EpochChanged
from linnet.client.core.parts import SinglePart
from linnet.client.core.wants import WantName
from linnet.client.events import (
    ContactChanged,
    ConversationChanged,
    DevicesChanged,
)
from linnet.client.store.contacts import ContactRow
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.passing import take_records
from linnet.client.sync.reception import Reception
from linnet.client.sync.secrets import rotate_secrets, take_secrets
from linnet.client.sync.sharing import STATES, share, want_siblings
from linnet.client.values import ContactState, ConversationState, Preferences
from linnet.errors import Malformed
from linnet.ids import DeviceId, EnvelopeId

TAKEOVER_SECONDS: Final = 3600
REMOVED: Final = (
    "This device was removed from your account. What was said before stays readable "
    "here; nothing more is received or sent."
)


@dataclass(frozen=True, slots=True)
class Siblings:
    """Takes what the other devices say into the store."""

    hub: Hub

    def hear(self, content: Content, time: float) -> None:
        """Take one message of the devices conversation; others are skipped."""
        entry = _entry(content)
        if entry is None or topic_of(entry) in self._pending():
            return  # what this device has said since comes later in the stream
        self._take(entry, time)

    def _pending(self) -> set[tuple[type[Entry], bytes]]:
        """Return what this device has said of, and has not come back yet."""
        row = self.hub.store.conversations.devices()
        if row is None:
            return set()
        contents = self.hub.store.outbox.contents(row.id)
        entries = [_entry(Content.decode(data)) for data in contents]
        kept = [one for one in entries if one and not isinstance(one, HistorySent)]
        return {topic_of(one) for one in kept}

    def _take(self, entry: Entry, time: float) -> None:
        hub, store = self.hub, self.hub.store
        match entry:
            case DeviceNamed(device, name, linked_at):
                store.devices.rename(device, name, linked_at)
                self._tell_devices()
            case PreferencesSet(delivery, read, typing):
                store.account.set_preferences(Preferences(delivery, read, typing))
            case ContactSet():
                self._contact(entry)
            case SecretsRotated(invite, owner):
                take_secrets(hub, invite, owner)
            case ShelfLaid(device):
                self._shelf(device, time)
            case HistorySent(_, records):
                take_records(hub, records)
            case _:
                self._take_more(entry)

    def _take_more(self, entry: Entry) -> None:
        hub, store = self.hub, self.hub.store
        match entry:
            case AccountNamed(name):
                self._name(name)
            case RequestAnswered(conversation, is_accepted):
                row = store.conversations.row(conversation)
                if row and row.state is ConversationState.REQUEST:
                    self._answer(row, is_accepted=is_accepted)
            case SeenUpTo(conversation, message):
                arrival = store.history.arrival_of(conversation, message)
                if arrival is not None:
                    store.conversations.set_seen(conversation, arrival)
                    store.history.start_timers(conversation, arrival, hub.now())
                    store.db.after_commit(hub.wake_clock)
                    changed = ConversationChanged(conversation)
                    store.db.after_commit(partial(hub.tell, changed))
            case RelayAdded(relay, token):
                store.account.remember_relay(relay, pass_token=token, is_mine=True)
                store.db.after_commit(partial(hub.open_inbox, relay.key))
            case _:
                return

    def _name(self, name: str) -> None:
        store = self.hub.store
        if name == store.profile.name:
            return
        store.account.save(replace(store.profile, name=name))
        for row in store.conversations.all():
            if row.state is ConversationState.ACTIVE:
                store.wants.add(row.id, WantName(name))
                store.db.after_commit(partial(self.hub.wake, row.id))

    def _contact(self, entry: ContactSet) -> None:
        hub, store = self.hub, self.hub.store
        if entry.account == store.me:
            return
        state = STATES[entry.state]
        known = store.contacts.find(entry.account)
        card = entry.card or (known.card if known else None)
        changed = ContactRow(entry.account, entry.name, state, entry.is_verified, card)
        if changed == known:
            return
        store.contacts.save(changed)
        if state is ContactState.BLOCKED:
            self._end_with(changed)
        told = ContactChanged(store.contacts.shown(changed))
        store.db.after_commit(lambda: hub.tell(told))

    def _end_with(self, contact: ContactRow) -> None:
        """Hear nothing more of an account that was blocked on another device."""
        hub, store = self.hub, self.hub.store
        store.db.after_commit(hub.learn_ways)
        for row in store.conversations.all():
            if row.state is ConversationState.REQUEST:
                if row.inviter == contact.account:
                    store.conversations.delete(row.id)
            elif row.peer == contact.account:
                store.conversations.set_state(row.id, ConversationState.LEFT)
                store.db.after_commit(partial(hub.wake, row.id))
            changed = ConversationChanged(row.id)
            store.db.after_commit(partial(hub.tell, changed))

    def _answer(self, row: ConversationRow, *, is_accepted: bool) -> None:
        """Do with a request what was done with it on another device."""
        hub, store = self.hub, self.hub.store
        changed = ConversationChanged(row.id)
        if not is_accepted:
            store.conversations.delete(row.id)
        else:
            store.conversations.set_state(row.id, ConversationState.ACTIVE)
            relay = store.conversations.load(row.id).info.relay
            store.account.remember_relay(relay, pass_token=None, is_mine=False)
            store.db.after_commit(partial(hub.open_conversation, row.id))
        store.db.after_commit(partial(hub.tell, changed))

    def _shelf(self, device: DeviceId, time: float) -> None:
        """Take the shelf over from a device that was connected before this one."""
        hub, store = self.hub, self.hub.store
        is_mine, last = device == store.device, store.devices.kept_number("shelf_at")
        is_older = time < hub.started_at and hub.now() - last > TAKEOVER_SECONDS
        if not is_mine and is_older:
            take_shelf(hub)

    # Who is a device

    def circle_changed(self, machine: Conversation, outcome: EpochChanged) -> None:
        """Take up that a device came or went."""
        hub, store = self.hub, self.hub.store
        if outcome.removed_me:
            be_removed(hub)
            return
        deeds = {one.deed for one in outcome.changes}
        store.devices.are({one.device for one in machine.members}, hub.now())
        if outcome.is_mine and Deed.DEVICE_REMOVED in deeds:
            rotate_secrets(hub, hub.entropy(32))
        own = store.devices.find(store.device)
        if deeds & {Deed.DEVICE_ADDED, Deed.RETURNED}:
            self._welcome()
        elif own and own.is_pending:
            introduce(hub)
        self._tell_devices()

    def _welcome(self) -> None:
        """Say how this device is called, and want the new one in conversations."""
        introduce(self.hub)
        for row in self.hub.store.conversations.shown():
            want_siblings(self.hub, row.id, is_later=True)

    def _tell_devices(self) -> None:
        self.hub.store.db.after_commit(lambda: self.hub.tell(DevicesChanged()))


def _entry(content: Content) -> Entry | None:
    match content.part:
        case SinglePart(media_type=kind, content=data) if kind == DEVICES:
            try:
                return read_entry(data)
            except Malformed:
                return None
        case _:
            return None


def introduce(hub: Hub) -> None:
    """Tell the other devices how this one is called."""
    own = hub.store.devices.find(hub.store.device)
    if own:
        share(hub, DeviceNamed(own.id, own.name, own.linked_at))


def take_shelf(hub: Hub) -> None:
    """Lay this device's packages on the public shelf, in place of another's."""
    store = hub.store
    for relay in store.account.relays():
        if relay.is_mine:
            store.account.replace_shelf(relay.descriptor.key)
    store.devices.keep("shelf_at", int(hub.now()))
    share(hub, ShelfLaid(store.device))
    store.db.after_commit(hub.renew_inboxes)


def be_removed(hub: Hub) -> None:
    """End everything on a device that was removed, but keep what was said."""
    store = hub.store
    store.devices.keep("removed_at", max(1, int(hub.now())))
    reception = Reception(store, hub.tell, hub.entropy)
    for row in store.conversations.shown():
        if row.state is ConversationState.REQUEST:
            continue
        reception.notice(
            row, EnvelopeId(hub.entropy(16)), store.me, REMOVED, time=hub.now()
        )
        store.db.after_commit(partial(hub.tell, ConversationChanged(row.id)))
        store.db.after_commit(partial(hub.wake, row.id))
    store.conversations.remove_all()
    store.wants.forget_all()
    store.db.after_commit(lambda: hub.tell(DevicesChanged()))
    store.db.after_commit(hub.renew_inboxes)
