"""Puts an account together for a new device, and takes one into a new home.

Specified in ``spec/devices.md`` §4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from linnet.client.core.bundle import (
    ACTIVE,
    BROKEN,
    LEFT,
    REMOVED,
    AccountBundle,
    ConversationGiven,
    RelayGiven,
)
from linnet.client.core.devices import DeviceNamed, PreferencesSet
from linnet.client.core.envelope import BlobRef
from linnet.client.core.identity import Account
from linnet.client.core.records import HistoryRecord
from linnet.client.store.accounts import AccountTable, Profile
from linnet.client.store.contacts import ContactRow
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.database import Database
from linnet.client.store.devices import DeviceRow
from linnet.client.store.home import Store
from linnet.client.sync.passing import pieces
from linnet.client.sync.sharing import STATES, contact_entry
from linnet.client.values import ConversationState, Preferences
from linnet.errors import BugError, Malformed
from linnet.ids import ConversationId, Sequence
from mls import BasicCredential, Identity

PIECE_BYTES: Final = 900_000
"""Of records in one piece; with what holds them together below a mebibyte."""
_GIVEN: Final = {
    ConversationState.ACTIVE: ACTIVE,
    ConversationState.JOINING: ACTIVE,
    ConversationState.LEAVING: LEFT,
    ConversationState.LEFT: LEFT,
    ConversationState.REMOVED: REMOVED,
    ConversationState.BROKEN: BROKEN,
}
_TAKEN: Final = {
    LEFT: ConversationState.LEFT,
    REMOVED: ConversationState.REMOVED,
    BROKEN: ConversationState.BROKEN,
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an account knew at one instant.

    Attributes:
        newest: up to which arrival of each conversation its history goes.
    """

    relays: tuple[RelayGiven, ...]
    devices: tuple[DeviceNamed, ...]
    conversations: tuple[ConversationGiven, ...] = field(repr=False)
    newest: dict[ConversationId, int]


def snapshot(store: Store) -> Snapshot:
    """Note what there is to hand over, in the transaction that wants the device."""
    rows = [one for one in store.conversations.shown() if one.state in _GIVEN]
    return Snapshot(
        tuple(
            RelayGiven(
                one.descriptor, one.pass_token, one.inbox_sequence, one.inbox_envelope
            )
            for one in store.account.relays()
            if one.is_mine
        ),
        tuple(
            DeviceNamed(one.id, one.name, one.linked_at) for one in store.devices.all()
        ),
        tuple(given for row in rows if (given := _give(store, row))),
        {row.id: store.history.newest(row.id) for row in rows},
    )


def _give(store: Store, row: ConversationRow) -> ConversationGiven | None:
    relay = store.account.relay(row.relay)
    if relay is None or row.is_direct != (row.peer is not None):
        return None
    return ConversationGiven(
        row.id,
        row.kind,
        _GIVEN[row.state],
        row.title,
        row.peer,
        row.inviter,
        relay.descriptor,
        row.stream,
        row.timer,
        row.place_base,
        int(row.created_at * 1000),
        store.history.seen_message(row.id),
        tuple(store.conversations.members(row.id)),
    )


def history_of(store: Store, taken: Snapshot) -> Iterable[list[HistoryRecord]]:
    """Yield the history up to a snapshot in pieces."""
    records = (
        record
        for conversation, newest in taken.newest.items()
        for record in store.history.records(conversation, after=0, upto=newest)
    )
    return pieces(records, PIECE_BYTES)


def bundle_of(
    store: Store, taken: Snapshot, history: tuple[BlobRef, ...]
) -> AccountBundle:
    """Put the account together."""
    profile = store.profile
    said = profile.preferences
    return AccountBundle(
        profile.account.seed,
        profile.invite_secret,
        profile.owner_secret,
        profile.name,
        PreferencesSet(said.delivery_receipts, said.read_receipts, said.typing),
        taken.relays,
        tuple(contact_entry(one) for one in store.contacts.all()),
        taken.devices,
        taken.conversations,
        history,
    )


def save_account(database: Database, bundle: AccountBundle, identity: Identity) -> None:
    """Write the account itself into a new home, whose device has an identity."""
    credential = identity.credential
    if not isinstance(credential, BasicCredential):
        raise BugError("A device was made with a credential of another kind.")
    said = bundle.preferences
    AccountTable(database).save(
        Profile(
            account=Account(bundle.seed),
            name=bundle.name,
            owner_secret=bundle.owner_secret,
            invite_secret=bundle.invite_secret,
            credential=credential.identity,
            signature_private=identity.signature_private,
            preferences=Preferences(said.delivery, said.read, said.typing),
        )
    )


def take_bundle(
    store: Store,
    bundle: AccountBundle,
    history: Iterable[HistoryRecord],
    *,
    active: ConversationState = ConversationState.JOINING,
) -> None:
    """Fill a new home; the account itself is in it already.

    Args:
        store: the new home's.
        bundle: the account.
        history: what was said.
        active: what a conversation is here that was active there.

    Raises:
        Malformed: it names this account as a contact, or a conversation twice.
    """
    for one in bundle.relays:
        store.account.remember_relay(one.relay, pass_token=one.pass_token, is_mine=True)
        store.account.move_inbox_cursor(
            one.relay.key, Sequence(one.sequence), one.envelope
        )
    for contact in bundle.contacts:
        _check(contact.account != store.me)
        standing = STATES[contact.state]
        store.contacts.save(
            ContactRow(
                contact.account,
                contact.name,
                standing,
                contact.is_verified,
                contact.card,
            )
        )
    for device in bundle.devices:
        store.devices.note(DeviceRow(device.device, device.name, device.linked_at))
    for given in bundle.conversations:
        _check(store.conversations.row(given.id) is None)
        store.account.remember_relay(given.relay, pass_token=None, is_mine=False)
        state = active if given.state == ACTIVE else _TAKEN[given.state]
        store.conversations.describe(given, state)
    where = {given.id: given.relay for given in bundle.conversations}
    for record in history:
        _check(record.conversation in where)
        store.history.put(record, where[record.conversation])
    for given in bundle.conversations:
        seen = given.seen and store.history.arrival_of(given.id, given.seen)
        store.conversations.set_seen(given.id, seen or 0)


def _check(is_sound: bool) -> None:
    if not is_sound:
        raise Malformed("What the other device handed over contradicts itself.")
