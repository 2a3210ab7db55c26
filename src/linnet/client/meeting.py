"""How people come together: adding, accepting, declining, blocking, groups."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from linnet.client.core.devices import RequestAnswered
from linnet.client.core.founding import found
from linnet.client.core.info import DIRECT, GROUP, ConversationInfo
from linnet.client.core.meaning import card_part
from linnet.client.core.posts import LONGEST_NOTE
from linnet.client.core.wants import WantMember, WantName
from linnet.client.events import ContactChanged, ConversationChanged
from linnet.client.store.accounts import RelayRow
from linnet.client.store.contacts import ContactRow
from linnet.client.store.conversations import ConversationRow
from linnet.client.sync.cards import own_link
from linnet.client.sync.hub import Hub
from linnet.client.sync.reception import Reception
from linnet.client.sync.sharing import share, share_contact, want_siblings
from linnet.client.sync.siblings import REMOVED
from linnet.client.values import ContactState, ConversationState
from linnet.errors import LocalError, Malformed, UsageError
from linnet.ids import AccountKey, ConversationId, EnvelopeId, StreamId
from linnet.wire.invites import InviteLink


def add(hub: Hub, text: str, note: str) -> ConversationId:
    """Begin a conversation with the owner of a link.

    Raises:
        UsageError: the link is malformed, ours, or of a blocked account.
    """
    check_device(hub)
    link = _read_link(hub, text)
    if len(note.encode()) > LONGEST_NOTE:
        raise UsageError(f"A note has at most {LONGEST_NOTE} bytes.")
    store = hub.store
    known = store.contacts.find(link.account)
    if known and known.state is ContactState.BLOCKED:
        raise UsageError(f"{known.name} is blocked; unblock them first.")
    for row in store.conversations.all():
        if row.peer != link.account:
            continue
        if row.state is ConversationState.REQUEST:
            return accept(hub, row.id)
        if row.state is ConversationState.ACTIVE:
            _refresh_card(hub, link)
            return row.id
    with store.db.transaction():
        name = known.name if known else link.name or "somebody"
        is_verified = known.verified if known else False
        contact = ContactRow(
            link.account, name, ContactState.ASKED, is_verified, link.pack()
        )
        store.contacts.save(contact)
        share_contact(hub, contact)
        row = found_conversation(hub, DIRECT, "", peer=link.account, note=note)
        store.wants.add(row.id, WantMember(link.account))
        want_siblings(hub, row.id)
        hub.compose(row, card_part(own_link(store).pack()))
    _begin(hub, row.id)
    return row.id


def new_group(hub: Hub, title: str, contacts: Sequence[ContactRow]) -> ConversationId:
    """Begin a group.

    Raises:
        UsageError: the title cannot be, or somebody cannot be added.
    """
    check_device(hub)
    for contact in contacts:
        check_addable(contact)
    with hub.store.db.transaction():
        row = found_conversation(hub, GROUP, title.strip(), peer=None, note="")
        for contact in contacts:
            hub.store.wants.add(row.id, WantMember(contact.account))
        want_siblings(hub, row.id)
    _begin(hub, row.id)
    return row.id


def check_device(hub: Hub) -> None:
    """Say whether this device still belongs to its account.

    Raises:
        UsageError: it was removed.
    """
    if hub.store.devices.is_removed:
        raise UsageError(REMOVED)


def check_addable(contact: ContactRow) -> None:
    """Say whether a contact can be added to a group.

    Raises:
        UsageError: they cannot, and why.
    """
    if contact.state is ContactState.BLOCKED:
        raise UsageError(f"{contact.name} is blocked; unblock them first.")
    if contact.card is None:
        raise UsageError(
            f"There is no invite link of {contact.name}; add them by their link first."
        )


def accept(hub: Hub, conversation: ConversationId) -> ConversationId:
    """Accept a request: read the conversation, and answer with our card."""
    check_device(hub)
    store = hub.store
    row = _row(hub, conversation)
    with store.db.transaction():
        store.conversations.set_state(row.id, ConversationState.ACTIVE)
        machine = store.conversations.load(row.id)
        relay = machine.info.relay
        store.account.remember_relay(relay, pass_token=None, is_mine=False)
        contact = store.contacts.find(row.inviter) if row.inviter else None
        if contact and (row.is_direct or contact.state is ContactState.KNOWN):
            state = ContactState.ACCEPTED if row.is_direct else contact.state
            store.contacts.save(replace(contact, state=state))
            share_contact(hub, replace(contact, state=state))
        share(hub, RequestAnswered(row.id, True))
        want_siblings(hub, row.id)
        live = replace(row, state=ConversationState.ACTIVE)
        if row.is_direct:
            hub.compose(live, card_part(own_link(store).pack()))
        name = store.profile.name
        if name not in [one.name for one in machine.members if one.account == store.me]:
            store.wants.add(row.id, WantName(name))
    _begin(hub, row.id)
    return row.id


def decline(hub: Hub, conversation: ConversationId) -> None:
    """Forget a request."""
    with hub.store.db.transaction():
        hub.store.conversations.delete(conversation)
        share(hub, RequestAnswered(conversation, False))


def block(hub: Hub, contact: ContactRow) -> None:
    """Block an account: its requests go, its conversation of two ends here."""
    store = hub.store
    with store.db.transaction():
        changed = replace(contact, state=ContactState.BLOCKED)
        store.contacts.save(changed)
        store.db.after_commit(hub.learn_ways)
        share_contact(hub, changed)
        for row in store.conversations.all():
            if row.state is ConversationState.REQUEST:
                if row.inviter == contact.account:
                    store.conversations.delete(row.id)
            elif row.peer == contact.account:
                store.conversations.set_state(row.id, ConversationState.LEFT)
                _say(hub, row, f"You blocked {contact.name}.")
                store.db.after_commit(partial(hub.wake, row.id))
        shown = store.contacts.shown(changed)
        store.db.after_commit(lambda: hub.tell(ContactChanged(shown)))


def unblock(hub: Hub, contact: ContactRow) -> None:
    """Take a block back.

    Raises:
        UsageError: there is none.
    """
    if contact.state is not ContactState.BLOCKED:
        raise UsageError(f"{contact.name} is not blocked.")
    changed = replace(contact, state=ContactState.KNOWN)
    with hub.store.db.transaction():
        hub.store.contacts.save(changed)
        share_contact(hub, changed)


def verify(hub: Hub, contact: ContactRow, *, verified: bool) -> ContactRow:
    """Note that safety numbers were compared."""
    changed = replace(contact, verified=verified)
    with hub.store.db.transaction():
        hub.store.contacts.save(changed)
        share_contact(hub, changed)
    return changed


def found_conversation(
    hub: Hub, kind: int, title: str, *, peer: AccountKey | None, note: str
) -> ConversationRow:
    """Make a conversation that nobody else is in yet, on a relay of ours.

    Raises:
        UsageError: the title cannot be.
    """
    store = hub.store
    profile, relay = store.profile, home_relay(hub)
    try:
        machine = found(
            store.me,
            profile.identity,
            profile.name,
            info=ConversationInfo(
                kind=kind,
                title=title,
                admins=frozenset([store.me]) if kind == GROUP else frozenset(),
                stream=StreamId(hub.entropy(16)),
                relay=relay.descriptor,
            ),
            now=hub.now(),
            entropy=hub.entropy,
        )
    except LocalError as error:
        raise UsageError("This cannot be the title of a group.") from error
    store.conversations.add(
        machine,
        state=ConversationState.ACTIVE,
        now=hub.now(),
        inviter=store.me,
        note=note,
        peer=peer,
    )
    return _row(hub, machine.id)


def home_relay(hub: Hub) -> RelayRow:
    """Choose the relay a new conversation lives on: ours, and up if one is."""
    mine = [one for one in hub.store.account.relays() if one.is_mine]
    open_now = {line.relay.key for line in hub.lines if line.link.is_open}
    up = [one for one in mine if one.descriptor.key in open_now]
    return (up or mine)[0]


def _read_link(hub: Hub, text: str) -> InviteLink:
    try:
        link = InviteLink.parse(text)
    except Malformed as error:
        raise UsageError(str(error)) from error
    if link.account == hub.store.me:
        raise UsageError("This is your own invite link; give it to somebody else.")
    return link


def _refresh_card(hub: Hub, link: InviteLink) -> None:
    contact = hub.store.contacts.find(link.account)
    if contact:
        with hub.store.db.transaction():
            hub.store.contacts.save(replace(contact, card=link.pack()))


def _say(hub: Hub, row: ConversationRow, sentence: str) -> None:
    Reception(hub.store, hub.tell, hub.entropy).notice(
        row, EnvelopeId(hub.entropy(16)), hub.store.me, sentence, time=hub.now()
    )


def _begin(hub: Hub, conversation: ConversationId) -> None:
    hub.tell(ConversationChanged(conversation))
    hub.open_conversation(conversation)
    hub.wake(conversation)
    hub.wake_courier()


def _row(hub: Hub, conversation: ConversationId) -> ConversationRow:
    row = hub.store.conversations.row(conversation)
    if row is None:
        raise UsageError("There is no such conversation.")
    return row
