"""What members' cards and files lead to: where they and it are found from now on.

Specified in ``spec/conversations.md`` §7.2. A card speaks only for whoever sends it.
"""

from dataclasses import replace

from linnet.client.core.meaning import Said
from linnet.client.core.shared_roads import ManifestBrought, RoadShared, admitted
from linnet.client.events import ContactChanged
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.store.views import pack_file
from linnet.client.sync.sentences import (
    REFUSED_MANIFEST,
    UNKNOWN_MANIFEST,
    manifest_sentence,
    roads_sentence,
)
from linnet.client.values import ContactState
from linnet.errors import Malformed, RemoteError
from linnet.ids import AccountKey
from linnet.wire.following import read_series
from linnet.wire.invites import InviteLink


def learn_card(
    store: Store, row: ConversationRow, sender: AccountKey, card: bytes
) -> ContactChanged | None:
    """Keep a card; return what to tell when it shows that a request was accepted."""
    try:
        link = InviteLink.unpack(card)
    except Malformed:
        return None
    contact = store.contacts.find(sender)
    if link.account != sender or contact is None:
        return None
    has_accepted = contact.state is ContactState.ASKED and row.is_direct
    state = ContactState.ACCEPTED if has_accepted else contact.state
    changed = replace(contact, card=card, state=state)
    store.contacts.save(changed)
    return ContactChanged(store.contacts.shown(changed)) if has_accepted else None


def file_of(store: Store, row: ConversationRow, said: Said) -> bytes | None:
    """Return how a file is found, also once the conversation has moved."""
    if said.file is None:
        return None
    relay = store.account.relay(row.relay)
    where = said.file.relay or (relay.descriptor if relay else None)
    return pack_file(replace(said.file, relay=where))


def learn_roads(
    store: Store,
    row: ConversationRow,
    sender: AccountKey,
    brought: RoadShared | ManifestBrought,
) -> str:
    """Take roads that a contact brings as far as may be; say what came, if anything."""
    contact = store.contacts.find(sender)
    is_contact = contact is not None and contact.state is ContactState.ACCEPTED
    if not row.is_direct or not is_contact:
        return ""
    if isinstance(brought, ManifestBrought):
        return _learn_manifest(store, brought.series)
    count = _keep_roads(store, sender, brought)
    return roads_sentence(count) if count else ""


def _learn_manifest(store: Store, data: bytes) -> str:
    """Take a newer edition of a manifest that is followed; whoever brings it."""
    try:
        series = read_series(data)
        for known in store.manifests.all():
            if known.id == series[-1].edition.id:
                taken = known.take(series)
                store.manifests.save(taken)
                return manifest_sentence(taken.number) if taken != known else ""
    except RemoteError:
        return REFUSED_MANIFEST
    return UNKNOWN_MANIFEST


def _keep_roads(store: Store, sender: AccountKey, shared: RoadShared) -> int:
    """Keep roads until the person takes them; return how many are new."""
    own = store.own_roads.all()
    relays = {
        key: [*one.descriptor.addresses, *(r.address for r in own if r.relay == key)]
        for one in store.account.relays()
        for key in [one.descriptor.key]
    }
    new = admitted(shared, sender, relays=relays, known=store.shared_roads.all())
    for road in new:
        store.shared_roads.save(road)
    return len(new)
