"""Writes letters to members who are met, and reads theirs (spec/bags.md §8).

A letter goes past the stream, so it brings only what needs no order: what members say.
Whatever else is in one is left out, with nothing kept of having tried to read it.
"""

from collections.abc import Sequence
from typing import Final

from linnet.client.core import letters
from linnet.client.core.envelope import EpochKeys
from linnet.client.core.info import DEVICES
from linnet.client.core.outcomes import Arrival, Spoken
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.log import Held
from linnet.client.sync.hub import Hub
from linnet.client.sync.reception import Reception
from linnet.client.sync.sharing import share_contact
from linnet.client.values import ConversationState
from linnet.errors import Forged, Malformed
from linnet.ids import Epoch

MOST_WRONG: Final = 8
"""Envelopes of one letter that bring nothing that may be taken; the rest is left."""
EPOCHS: Final = 4
"""How many epochs back a letter may have been written."""


def write(hub: Hub) -> list[bytes]:
    """Return letters with what is queued, for the members of each conversation."""
    return [letter for row in _live(hub) for letter in hub.followers[row.id].letters()]


def read(hub: Hub, sealed: Sequence[bytes]) -> int:
    """Take letters; return how many were for this account."""
    log = hub.store.log
    keys = [
        (row, found)
        for row in _live(hub)
        for epoch in log.epochs(row.id)[:EPOCHS]
        if (found := log.keys(row.id, epoch))
    ]
    return sum(_read_one(hub, letter, keys) for letter in sealed)


def _live(hub: Hub) -> list[ConversationRow]:
    rows = hub.store.conversations.all()
    return [
        row
        for row in rows
        if row.state is ConversationState.ACTIVE
        and row.kind != DEVICES
        and row.id in hub.followers
    ]


def _read_one(
    hub: Hub, letter: bytes, known: list[tuple[ConversationRow, EpochKeys]]
) -> bool:
    for row, keys in known:
        try:
            found = letters.unseal(keys, row.stream, letter)
        except Forged:
            continue
        except Malformed:
            return False
        return _take(hub, row, keys.epoch, found)
    return False


def _take(
    hub: Hub, row: ConversationRow, epoch: Epoch, found: list[letters.Sealed]
) -> bool:
    """Take what a letter brings; say whether somebody else wrote it."""
    store = hub.store
    found = [one for one in found if not store.outbox.find(row.id, one[0])]
    with store.db.transaction():
        reception = Reception(store, hub.tell, hub.entropy)
        heard = _hear_all(hub, reception, row, epoch, found)
        if reception.to_confirm:
            hub.confirm(row, reception.to_confirm, is_read=False)
        for account in reception.accepted:
            if contact := store.contacts.find(account):
                share_contact(hub, contact)
    if heard:
        # Only what is new: whoever gives old letters again must not disturb anything.
        hub.followers[row.id].begin_anew()
        hub.wake_clock()
    return bool(found)


def _hear_all(
    hub: Hub,
    reception: Reception,
    row: ConversationRow,
    epoch: Epoch,
    found: list[letters.Sealed],
) -> int:
    """Take and count what members said; of anything else the machine is thrown away."""
    store, machine, wrong, heard = hub.store, None, 0, 0
    for envelope, data in found:
        if not data or store.log.has(row.id, envelope):
            continue
        machine = machine or store.conversations.load(row.id)
        outcome = machine.receive(Arrival(epoch, envelope, data), hub.now())
        if not isinstance(outcome, Spoken):
            machine, wrong = None, wrong + 1
            if wrong > MOST_WRONG:
                return heard  # no honest member writes so
            continue
        # It stands behind what is here, until the stream says where.
        now_ms = int(hub.now() * 1000)
        held = Held(row.sequence, envelope, epoch, now_ms, False, data)
        store.log.hold(row.id, held)
        reception.hear(row, outcome, held)
        store.conversations.save_ratchet(machine)
        heard += 1
    return heard
