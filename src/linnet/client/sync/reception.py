"""Puts what came of an envelope into the store, and tells who listens once it is there.

Called inside the transaction that also moves cursor and ratchet, so a message, the key
that opened it and the place it stood at are kept together or not at all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from linnet.client.core.content import Content
from linnet.client.core.conversation import Conversation
from linnet.client.core.identity import Entropy
from linnet.client.core.info import DEVICES
from linnet.client.core.meaning import (
    Again,
    CardShown,
    Meaning,
    Missed,
    Reacted,
    Receipts,
    Said,
    TimerSet,
    Unknown,
    Withdrawn,
    meaning_of,
)
from linnet.client.core.outcomes import Change, Deed, EpochChanged, Spoken
from linnet.client.core.shared_roads import ManifestBrought, RoadShared
from linnet.client.events import (
    ContactChanged,
    ConversationChanged,
    Event,
    MessageChanged,
    MessageReceived,
    MessageSent,
)
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.store.log import Held
from linnet.client.store.messages import NewMessage
from linnet.client.store.outbox import OutKind
from linnet.client.sync.leads import file_of, learn_card, learn_roads
from linnet.client.sync.receipts import confirmed
from linnet.client.sync.repeating import heard_again, to_repeat
from linnet.client.sync.sentences import (
    MISSED,
    UNKNOWN_KIND,
    UNREADABLE,
    sentence_of,
    timer_sentence,
)
from linnet.client.sync.welcoming import post_welcomes
from linnet.client.values import ContactState, ConversationState, MessageState
from linnet.errors import Malformed
from linnet.ids import (
    AccountKey,
    ConversationId,
    EnvelopeId,
    MessageId,
    Sequence,
)
from linnet.wire.requests import NO_ENVELOPE


@dataclass(slots=True)
class Reception:
    """Takes outcomes of one conversation into the store."""

    store: Store
    tell: Callable[[Event], None]
    entropy: Entropy
    to_confirm: list[bytes] = field(default_factory=list)
    to_ask: list[EnvelopeId] = field(default_factory=list)
    to_repeat: list[bytes] = field(default_factory=list)
    entries: list[tuple[Content, float]] = field(default_factory=list)
    accepted: list[AccountKey] = field(default_factory=list)
    newcomers: list[int] = field(default_factory=list)

    def hear(self, row: ConversationRow, spoken: Spoken, held: Held) -> None:
        """Take what a member said."""
        contact = self.store.contacts.find(spoken.sender)
        if contact and contact.state is ContactState.BLOCKED:
            return
        try:
            meaning = meaning_of(spoken.content)
        except Malformed:
            meaning = Unknown()
        self._apply(row, spoken, meaning, held)

    def _apply(
        self,
        row: ConversationRow,
        spoken: Spoken,
        meaning: Meaning,
        held: Held,
    ) -> None:
        content, sender = spoken.content, spoken.sender
        if row.kind == DEVICES and not isinstance(meaning, Missed | Again):
            self.entries.append((content, held.time_ms / 1000))
            return
        messages, target = self.store.messages, content.replaces
        reactions = self.store.reactions
        changed: MessageId | None = None
        match meaning:
            case Said(text) if target is not None:
                changed = messages.edit(row.id, target, sender=sender, new_text=text)
            case Said():
                self._add(row, spoken, meaning, held)
            case Withdrawn() if target is not None:
                changed = reactions.unreact(row.id, target, account=sender)
                changed = changed or messages.delete(row.id, target, sender=sender)
            case Reacted(emoji) if content.in_reply_to is not None:
                changed = reactions.react(
                    row.id,
                    content.in_reply_to,
                    mimi=spoken.mimi,
                    account=sender,
                    emoji=emoji,
                )
            case RoadShared() | ManifestBrought():
                said = learn_roads(self.store, row, sender, meaning)
                if said:
                    name = self._name(row.id, sender)
                    self._notice(row, held, sender, f"{name} {said}")
            case _:
                self._note(row, spoken, meaning, held)
        if changed:
            self._changed(row.id, changed)

    def _note(
        self,
        row: ConversationRow,
        spoken: Spoken,
        meaning: Meaning,
        held: Held,
    ) -> None:
        name = self._name(row.id, spoken.sender)
        match meaning:
            case Receipts(statuses):
                for one in confirmed(self.store, row, spoken.sender, statuses):
                    self._changed(row.id, one)
            case CardShown(card):
                changed = learn_card(self.store, row, spoken.sender, card)
                if changed:
                    self._told(changed)
                    self.accepted.append(spoken.sender)
            case TimerSet(seconds):
                self.store.conversations.set_timer(row.id, seconds)
                sentence = f"{name} {timer_sentence(seconds)}"
                self._notice(row, held, spoken.sender, sentence)
                self._told(ConversationChanged(row.id))
            case Missed(envelopes):
                self.to_repeat += to_repeat(self.store, row, spoken.sender, envelopes)
            case Again(content):
                heard = heard_again(self.store, row, spoken.sender, content)
                if heard:
                    self._apply(row, *heard)
            case _:
                self._notice(row, held, spoken.sender, f"{name} {UNKNOWN_KIND}")

    def _add(
        self,
        row: ConversationRow,
        spoken: Spoken,
        said: Said,
        held: Held,
    ) -> None:
        message = MessageId(bytes(held.id))
        if self.store.messages.has(row.id, message):
            self.store.messages.move(row.id, held.id, row.place(held.sequence))
            return
        expires = spoken.content.expires
        is_mine = spoken.sender == self.store.me
        expires_at: float | None = None
        if expires and not expires.relative:
            expires_at = expires.time
        elif expires and is_mine:
            expires_at = held.time_ms / 1000 + expires.time
        self.store.messages.add(
            row.id,
            NewMessage(
                id=message,
                mimi=spoken.mimi,
                sender=spoken.sender,
                time=held.time_ms / 1000,
                place=row.place(held.sequence),
                text=said.text,
                state=MessageState.ON_THE_RELAY if is_mine else MessageState.RECEIVED,
                reply_to=spoken.content.in_reply_to,
                attachment=file_of(self.store, row, said),
                expire_after=expires.time if expires and expires.relative else None,
                expires_at=expires_at,
            ),
        )
        if not is_mine:
            self.to_confirm.append(spoken.mimi)
        if shown := self.store.views.one(row.id, message):
            event = MessageSent if is_mine else MessageReceived
            self._told(event(row.id, shown))

    def unreadable(self, row: ConversationRow, held: Held) -> None:
        """Say once in a row that something could not be read."""
        self._say_once(row, held, UNREADABLE)

    def missed(self, row: ConversationRow, held: Held) -> None:
        """Ask for what was written in an epoch whose keys are gone here."""
        if not self.to_ask:
            self._say_once(row, held, MISSED)
        if self.store.log.miss(row.id, held.id, is_missed=True):
            self.to_ask.append(held.id)

    def _say_once(self, row: ConversationRow, held: Held, sentence: str) -> None:
        latest = self.store.views.page(row.id, before=None, limit=1)
        if not latest or latest[0].notice != sentence:
            self._notice(row, held, self.store.me, sentence)

    # What of ours came back

    def own_returned(self, row: ConversationRow, held: Held) -> None:
        """Give something of ours its place."""
        sent = self.store.outbox.find(row.id, held.id)
        if sent and sent.kind is OutKind.CONTENT:
            content = Content.decode(sent.content)
            replaces = content.replaces
            if row.kind == DEVICES:
                self.entries.append((content, held.time_ms / 1000))
            self.store.sent.keep(row.id, held.id, sent.content, replaces=replaces)
        self.store.outbox.remove(row.id, held.id)
        message, place = MessageId(bytes(held.id)), row.place(held.sequence)
        taken = held.time_ms / 1000
        if self.store.messages.arrive(
            row.id, message, time=taken, place=place, now=time.time()
        ):
            self._changed(row.id, message)

    def seen_again(self, row: ConversationRow, held: Held) -> None:
        """Take up the relay's order, in which everyone else has it too."""
        if self.store.outbox.find(row.id, held.id):
            self.own_returned(row, held)
        self.store.messages.move(row.id, held.id, row.place(held.sequence))

    # What commits did

    def epoch_changed(
        self,
        row: ConversationRow,
        machine: Conversation,
        outcome: EpochChanged,
        *,
        held: Held,
    ) -> None:
        """Take a commit: members, notices, invitations, wants that are true now."""
        conversations = self.store.conversations
        if outcome.removed_me:
            left = row.state is ConversationState.LEAVING or any(
                one.actor == self.store.me for one in outcome.changes
            )
            state = ConversationState.LEFT if left else ConversationState.REMOVED
            conversations.set_state(row.id, state)
        else:
            self._enter(row, machine, outcome, held)
            if any(one.deed is Deed.ADDED for one in outcome.changes):
                self.to_ask = self.store.log.missed(row.id)
        for change in outcome.changes:
            self._meet(change)
        for order, change in enumerate(outcome.changes):
            if not self._is_founding(row, change):
                name = partial(self._name, row.id)
                sentence = sentence_of(change, self.store.me, name)
                self._notice(row, held, change.actor, sentence, order=order)
        if row.kind != DEVICES:
            self._told(ConversationChanged(row.id))

    def _enter(
        self,
        row: ConversationRow,
        machine: Conversation,
        outcome: EpochChanged,
        held: Held,
    ) -> None:
        conversations = self.store.conversations
        self.newcomers += post_welcomes(
            self.store, self.entropy, row, machine, outcome, held=held
        )
        for number in outcome.fulfilled:
            self.store.wants.settle(number)
        if outcome.is_mine and row.is_restored:
            conversations.set_flag(row.id, restored=False)
        self.store.outbox.unseal(row.id)
        conversations.save_circle(machine)
        if outcome.moved:
            relay = machine.info.relay
            self.store.account.remember_relay(relay, pass_token=None, is_mine=False)
            self.store.log.forget(row.id)
            self.store.messages.begin_places(row.id)
            conversations.move_cursor(row.id, Sequence(0), NO_ENVELOPE)
            conversations.set_flag(row.id, on_relay=True)

    def _is_founding(self, row: ConversationRow, change: Change) -> bool:
        return row.is_direct and change.deed is Deed.ADDED

    def _meet(self, change: Change) -> None:
        if (
            change.deed in (Deed.ADDED, Deed.RENAMED)
            and change.subject != self.store.me
        ):
            met = self.store.contacts.meet(change.subject, change.text)
            if change.deed is Deed.RENAMED:
                self._told(ContactChanged(self.store.contacts.shown(met)))

    def _name(self, conversation: ConversationId, account: AccountKey) -> str:
        if account == self.store.me:
            return "You"
        return self.store.views.name(conversation, account)

    # Telling

    def notice(
        self,
        row: ConversationRow,
        envelope: EnvelopeId,
        actor: AccountKey,
        sentence: str,
        *,
        time: float,
    ) -> None:
        """Put a sentence about the conversation into its timeline."""
        self._add_notice(row, envelope, actor, sentence, time=time, order=1000)

    def _notice(
        self,
        row: ConversationRow,
        held: Held,
        actor: AccountKey,
        sentence: str,
        *,
        order: int = 0,
    ) -> None:
        self._add_notice(
            row,
            held.id,
            actor,
            sentence,
            time=held.time_ms / 1000,
            order=order,
            place=row.place(held.sequence),
        )

    def _add_notice(  # noqa: PLR0913  all that makes a notice
        self,
        row: ConversationRow,
        envelope: EnvelopeId,
        actor: AccountKey,
        sentence: str,
        *,
        time: float,
        order: int,
        place: int | None = None,
    ) -> None:
        if row.kind == DEVICES:
            return
        if not sentence.endswith("."):
            sentence += "."
        name = self.store.messages.add_notice(
            row.id,
            envelope,
            order=order,
            actor=actor,
            sentence=sentence,
            time=time,
            place=place,
        )
        shown = name and self.store.views.one(row.id, name)
        if shown:
            self._told(MessageReceived(row.id, shown))

    def _changed(self, conversation: ConversationId, message: MessageId) -> None:
        def told() -> None:
            if shown := self.store.views.one(conversation, message):
                self.tell(MessageChanged(conversation, shown))

        self.store.db.after_commit(told)

    def _told(self, event: Event) -> None:
        self.store.db.after_commit(lambda: self.tell(event))
