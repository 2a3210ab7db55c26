"""Makes a home of what a backup holds (spec/identity.md §8, "Linnet backup 2")."""

import secrets
import time
from pathlib import Path

from linnet.client.bundling import save_account, take_bundle
from linnet.client.core.conversation import Conversation
from linnet.client.core.identity import Account
from linnet.client.core.info import DEVICES
from linnet.client.core.kept import Kept, PlaceKept
from linnet.client.core.people import group_settings, new_identity
from linnet.client.store.database import Database
from linnet.client.store.devices import DeviceRow
from linnet.client.store.home import Store
from linnet.client.store.lock import locked
from linnet.client.store.vault import write_vault
from linnet.client.values import ConversationState
from linnet.errors import LinnetError, Malformed
from linnet.ids import DeviceId
from mls import Group, MLSError

_MADE = ("vault", "linnet.db", "linnet.db-wal", "linnet.db-shm", "lock")


def take_kept(home: Path, kept: Kept, passphrase: str | None) -> None:
    """Write an account into an empty home; it is a new device of it.

    Raises:
        Malformed: the backup contradicts itself; nothing is left in the home.
        StorageError: the home cannot be written.
    """
    try:
        with locked(home):
            key = secrets.token_bytes(32)
            database = Database.open(home / "linnet.db", key)
            try:
                with database.transaction():
                    _fill(home, database, kept)
            finally:
                database.close()
            write_vault(home / "vault", key, passphrase)
    except LinnetError:
        for made in _MADE:
            (home / made).unlink(missing_ok=True)
        raise


def _fill(home: Path, database: Database, kept: Kept) -> None:
    bundle = kept.bundle
    identity = new_identity(Account(bundle.seed), secrets.token_bytes)
    save_account(database, bundle, identity)
    store = Store.of(home, database)
    # A backup has a place in each conversation that its device was in.
    without = ConversationState.BROKEN if kept.places else ConversationState.JOINING
    take_bundle(store, bundle, kept.records, active=without)
    machines = [(one, _machine(store, one)) for one in kept.places]
    for place, machine in machines:
        _enter(store, place, machine)
    _be_another(store, [machine for _, machine in machines])
    for relay in store.account.relays():
        store.account.replace_shelf(relay.descriptor.key)


def _machine(store: Store, place: PlaceKept) -> Conversation:
    try:
        group = Group.restore(
            place.epoch_state, place.ratchet_state, settings=group_settings()
        )
    except MLSError as error:
        raise Malformed("A backup holds a group that cannot be read.") from error
    machine = Conversation.of(store.me, group)
    if machine.id != place.conversation or _former(machine) is None:
        raise Malformed("A backup holds a group of another conversation.")
    return machine


def _former(machine: Conversation) -> DeviceId | None:
    """Return which device the backup was made on."""
    own = int(machine.group.own_leaf)
    devices = [
        one.device
        for one in machine.members
        if one.leaf == own and one.account == machine.me
    ]
    return devices[0] if devices else None


def _enter(store: Store, place: PlaceKept, machine: Conversation) -> None:
    """Stand where the former device stood; its leaf is replaced before all else."""
    rooms = store.conversations
    row = rooms.row(machine.id)
    if machine.info.kind == DEVICES and row is None:
        rooms.add(
            machine,
            state=ConversationState.ACTIVE,
            now=time.time(),
            inviter=store.me,
            is_on_relay=True,
        )
    elif row is None or row.state is not ConversationState.BROKEN:
        return
    rooms.set_state(machine.id, ConversationState.ACTIVE)
    rooms.save_epoch(machine)
    rooms.save_circle(machine)
    rooms.move_cursor(machine.id, place.sequence, place.envelope)
    rooms.set_flag(machine.id, restored=True)


def _be_another(store: Store, machines: list[Conversation]) -> None:
    """Put this device in the place of the former one on the list of devices."""
    listed = store.devices.all()
    former = {one.id for one in listed} if len(listed) == 1 else set()
    former |= {one for machine in machines if (one := _former(machine))}
    known = [one for one in listed if one.id in former]
    for device in known:
        store.devices.forget(device.id)
    if len(known) == len(listed) and store.conversations.devices() is None:
        return  # it is the only one, as on an account that never had another
    name, linked_at = (known[0].name, known[0].linked_at) if known else ("Device", 0)
    store.devices.note(DeviceRow(store.device, name, linked_at, is_pending=True))
