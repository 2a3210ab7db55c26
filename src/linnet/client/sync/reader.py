"""Stores what a conversation's stream brings, batch by batch.

One transaction holds envelopes, messages, ratchet and cursor, so a crash at any instant
leaves a state from which reading goes on without loss or repetition.
"""

import logging
from dataclasses import replace
from typing import Final

from linnet.client.core.content import LARGEST_CONTENT
from linnet.client.core.info import DEVICES
from linnet.client.core.meaning import MOST_RECEIPTS, again_part, missed_part
from linnet.client.core.outcomes import (
    Arrival,
    BlobNeeded,
    Broken,
    EpochChanged,
    Outcome,
    OwnReturned,
    ProposalKept,
    Spoken,
    Unreadable,
)
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.log import Held
from linnet.client.sync.blobs import fetch_small
from linnet.client.sync.followed import Followed
from linnet.client.sync.passing import pass_on
from linnet.client.sync.reception import Reception
from linnet.client.sync.rejoining import take_stashed
from linnet.client.sync.sender import Sender
from linnet.client.sync.sharing import share_contact
from linnet.client.sync.siblings import Siblings
from linnet.client.sync.stream import Came, Stream
from linnet.client.values import ConversationState
from linnet.errors import Forged, Malformed, Refused
from linnet.ids import Epoch
from linnet.wire.refusals import Refusal

LIVE: Final = (ConversationState.ACTIVE, ConversationState.LEAVING)
ROOM: Final = 256
"""What a content that repeats another one takes more than that one."""
NOTHING: Final = b""
"""Stands for a blob that is not there; no message is empty, so it is skipped."""

_log = logging.getLogger(__name__)


class Reader:
    """Takes deliveries of one conversation into the store."""

    def __init__(self, follower: Followed, sender: Sender) -> None:
        self._follower = follower
        self._sender = sender
        self._hub = follower.hub

    async def take(self, stream: Stream, came: list[Came]) -> None:
        """Store deliveries; what lies in a blob is fetched and delivered again."""
        blob: bytes | None = None
        while came:
            needed = self._store_some(came, blob)
            if needed is None:
                return
            blob = await self._fetch(stream, needed)

    def take_carried(self, came: list[Came]) -> bool:
        """Store what a bag brought; False where something of it lies in a blob."""
        return self._store_some(came, None) is None

    async def _fetch(self, stream: Stream, needed: BlobNeeded) -> bytes:
        try:
            return await fetch_small(stream.line, needed.blob)
        except (Forged, Malformed):
            return NOTHING
        except Refused as refusal:
            if refusal.code in (Refusal.NO_SUCH_BLOB, Refusal.BLOB_INCOMPLETE):
                return NOTHING
            raise

    def _store_some(self, came: list[Came], blob: bytes | None) -> BlobNeeded | None:
        """Store deliveries in one transaction, up to one that lies in a blob."""
        hub, follower = self._hub, self._follower
        try:
            with hub.store.db.transaction():
                reception = Reception(hub.store, hub.tell, hub.entropy)
                needed = self._store_each(reception, came, blob)
                if reception.to_confirm:
                    hub.confirm(follower.row, reception.to_confirm, is_read=False)
                self._heal(reception)
                for account in reception.accepted:
                    contact = hub.store.contacts.find(account)
                    if contact:
                        share_contact(hub, contact)
                for content, time in reception.entries:
                    Siblings(hub).hear(content, time)
                hub.store.conversations.save_ratchet(follower.machine)
        except BaseException:
            follower.drop_machine()
            raise
        hub.wake_clock()
        return needed

    def _heal(self, reception: Reception) -> None:
        """Ask for what was missed, and say again what others have missed."""
        row = self._follower.row
        if row.state is not ConversationState.ACTIVE:
            return
        for begin in range(0, len(reception.to_ask), MOST_RECEIPTS):
            asked = reception.to_ask[begin : begin + MOST_RECEIPTS]
            self._hub.compose(row, missed_part(asked))
        for content in reception.to_repeat:
            if len(content) <= LARGEST_CONTENT - ROOM:
                self._hub.compose(row, again_part(content))

    def _store_each(
        self, reception: Reception, came: list[Came], blob: bytes | None
    ) -> BlobNeeded | None:
        while came:
            needed = self._store_one(reception, came[0], blob)
            if needed:
                return needed
            blob = None
            came.pop(0)
        return None

    def _store_one(
        self, reception: Reception, item: Came, blob: bytes | None
    ) -> BlobNeeded | None:
        store, one, row = self._hub.store, item.envelope, self._follower.row
        held = Held(one.sequence, one.envelope, one.epoch, one.time_ms, False, one.data)
        outcome: Outcome | None = None
        if store.log.has(row.id, one.envelope):
            store.log.place(row.id, held)
            reception.seen_again(row, held)
        elif row.state in LIVE and one.data and self._concerns_us(one.epoch):
            outcome = self._receive(row, held, blob)
            if isinstance(outcome, BlobNeeded):
                return outcome
            is_commit = isinstance(outcome, EpochChanged)
            store.log.hold(row.id, replace(held, is_commit=is_commit))
        # A commit that moves the conversation sets the cursor anew after this.
        store.conversations.move_cursor(row.id, one.sequence, one.envelope)
        if outcome is not None:
            self._apply(reception, row, held, outcome)
        return None

    def _concerns_us(self, epoch: Epoch) -> bool:
        """Whether this device was in the conversation in an epoch, and remembers it."""
        machine = self._follower.machine
        return epoch >= machine.keys.epoch or epoch in machine.past

    def _receive(self, row: ConversationRow, held: Held, blob: bytes | None) -> Outcome:
        is_ours = self._hub.store.outbox.find(row.id, held.id) is not None
        arrival = Arrival(held.epoch, held.id, held.data, blob=blob, is_ours=is_ours)
        return self._follower.machine.receive(arrival, self._hub.now())

    def _apply(
        self, reception: Reception, row: ConversationRow, held: Held, outcome: Outcome
    ) -> None:
        match outcome:
            case Spoken():
                reception.hear(row, outcome, held)
            case OwnReturned():
                reception.own_returned(row, held)
            case EpochChanged():
                self._enter(reception, row, held, outcome)
            case ProposalKept(delay):
                self._hub.store.conversations.save_epoch(self._follower.machine)
                self._sender.committer.commit_at = self._hub.now() + delay
            case Unreadable(_, kind, is_late):
                epoch = self._follower.machine.keys.epoch
                _log.debug("Unreadable of epoch %d in %d: %s", held.epoch, epoch, kind)
                if is_late:
                    reception.missed(row, held)
                else:
                    reception.unreadable(row, held)
            case BlobNeeded():
                reception.unreadable(row, held)
            case Broken(sentence):
                self._follower.give_up(sentence, reception=reception, envelope=held.id)

    def _enter(
        self,
        reception: Reception,
        row: ConversationRow,
        held: Held,
        outcome: EpochChanged,
    ) -> None:
        machine = self._follower.machine
        hub = self._hub
        self._sender.committer.epoch_changed()
        if outcome.is_mine:
            self._hub.store.marks.freshened(row.id, self._hub.now())
        if not outcome.removed_me:
            self._hub.store.conversations.save_epoch(machine)
        reception.epoch_changed(row, machine, outcome, held=held)
        if row.kind == DEVICES:
            Siblings(hub).circle_changed(machine, outcome)
        elif reception.newcomers:
            pass_on(hub, row, since=min(reception.newcomers))
            reception.newcomers.clear()
        if outcome.removed_me:
            take_stashed(self._hub, row)
            self._follower.drop_machine()
        is_leaving = row.state is ConversationState.LEAVING and not outcome.removed_me
        if is_leaving and not machine.siblings:
            # A proposal ends with the epoch it was made in.
            self._hub.propose_leaving(row)
        self._hub.store.db.after_commit(self._hub.wake_courier)
