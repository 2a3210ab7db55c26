"""A conversation as a pure machine over its MLS group.

Specified in ``spec/conversations.md``. Rules of this file: the stream decides the
order; nothing of ours counts before it comes back; state that a caller does not keep
never happened, so every step can be refused by dropping the machine and loading it.
Knows no store, relay or clock.
"""

from dataclasses import dataclass, field
from typing import Self

from linnet.client.core.content import Content, message_id, mimi_id
from linnet.client.core.envelope import BlobRef, EpochKeys, seal, unseal
from linnet.client.core.identity import Entropy
from linnet.client.core.info import DEVICES, INFO_EXTENSION, ConversationInfo
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
from linnet.client.core.people import Person, group_settings, people, person
from linnet.client.core.policy import Circle, check_commit, check_proposal
from linnet.client.core.reports import changes_of
from linnet.client.core.staging import Staged, unpack_group
from linnet.errors import Forged, LocalError, Malformed, RemoteError
from linnet.ids import AccountKey, ConversationId, EnvelopeId, Epoch
from mls import (
    ApplicationReceived,
    CommitReceived,
    Group,
    MLSError,
    ProposalReceived,
    Remove,
    Status,
    WrongEpoch,
)

LEAVE_DELAY = 2.0


@dataclass(slots=True)
class Conversation:
    """One conversation of one device.

    Attributes:
        group: the MLS group at the newest epoch that was adopted.
        keys: keys of that epoch.
        past: keys of former epochs, as long as envelopes of theirs are held.
        staged: our own commit that waits to come back.
    """

    me: AccountKey = field(repr=False)
    group: Group = field(repr=False)
    info: ConversationInfo
    keys: EpochKeys = field(repr=False)
    past: dict[Epoch, EpochKeys] = field(default_factory=dict, repr=False)
    staged: Staged | None = None

    @classmethod
    def of(cls, me: AccountKey, group: Group) -> Self:
        """Make the machine of a group.

        Raises:
            Malformed: the group does not say what it is, or a member who they are.
        """
        people(group.members)
        keys = EpochKeys.derive(group.epoch, group.export)
        return cls(me, group, info_of(group), keys)

    @property
    def id(self) -> ConversationId:
        """The MLS group id."""
        return ConversationId(self.group.group_id)

    @property
    def members(self) -> list[Person]:
        """Who is in it, one entry a device."""
        return people(self.group.members)

    @property
    def circle(self) -> Circle:
        """Who is in it and what it is, for the rules."""
        return Circle(self.info, tuple(self.members))

    @property
    def is_alone(self) -> bool:
        """Whether nobody is in it who could hear: no other account, or device."""
        if self.info.kind == DEVICES:
            return len(self.members) == 1
        return all(one.account == self.me for one in self.members)

    @property
    def siblings(self) -> list[Person]:
        """The other devices of this account that are in it."""
        own = int(self.group.own_leaf)
        return [o for o in self.members if o.account == self.me and o.leaf != own]

    # Sending

    def encrypt(self, content: bytes, envelope: EnvelopeId, entropy: Entropy) -> bytes:
        """Encrypt a message in the current epoch; store the moved ratchet first."""
        self.group, message = self.group.encrypt(content, entropy=entropy)
        return self._seal(message, envelope, entropy)

    def propose_leaving(self, envelope: EnvelopeId, entropy: Entropy) -> bytes:
        """Ask the others to take this device out (spec/conversations.md §6.5)."""
        proposal = Remove(self.group.own_leaf)
        self.group, message = self.group.propose(proposal, entropy=entropy)
        return self._seal(message, envelope, entropy)

    def _seal(self, message: bytes, envelope: EnvelopeId, entropy: Entropy) -> bytes:
        return seal(
            self.keys,
            self.info.stream,
            envelope=envelope,
            body=message,
            entropy=entropy,
        )

    # Receiving

    def receive(self, arrival: Arrival, now: float) -> Outcome:
        """Take the next envelope of the stream and say what came of it.

        Whatever a member or the relay sent, the answer is an outcome, never an error.
        """
        staged = self.staged
        if staged and arrival.envelope == staged.envelope:
            return self._adopt_own(staged)
        if arrival.is_ours:
            return OwnReturned()
        try:
            return self._read(arrival, now)
        except (RemoteError, MLSError) as error:
            is_late = isinstance(error, WrongEpoch) and arrival.epoch < self.keys.epoch
            return Unreadable(str(error), type(error).__name__, is_late)

    def _read(self, arrival: Arrival, now: float) -> Outcome:
        keys = self._keys_of(arrival.epoch)
        body = arrival.blob
        if body is None:
            opened = unseal(
                keys,
                self.info.stream,
                envelope=arrival.envelope,
                data=arrival.data,
            )
            if isinstance(opened, BlobRef):
                return BlobNeeded(opened)
            body = opened
        received = self.group.process(body, now=int(now))
        match received:
            case ApplicationReceived():
                return self._hear(received, arrival.envelope)
            case ProposalReceived():
                return self._consider(received)
            case CommitReceived():
                return self._judge(received)

    def _keys_of(self, epoch: int) -> EpochKeys:
        if epoch == self.keys.epoch:
            return self.keys
        try:
            return self.past[Epoch(epoch)]
        except KeyError as error:
            raise Malformed("A message is of an epoch that is long over.") from error

    def _hear(self, received: ApplicationReceived, envelope: EnvelopeId) -> Outcome:
        # The ratchet has moved for good, whatever the plaintext turns out to be.
        self.group = received.group
        sender = person(received.sender).account
        content = Content.decode(received.plaintext)
        mimi = mimi_id(sender, self.id, content=received.plaintext, salt=content.salt)
        if bytes(message_id(mimi)) != envelope:
            raise Forged("A message came under the id of another one.")
        return Spoken(sender, content, mimi)

    def _consider(self, received: ProposalReceived) -> Outcome:
        circle = self.circle
        proposer = circle.sender(received.sender)
        check_proposal(circle, received.proposal, proposer.account)
        self.group = received.group
        return ProposalKept(self._rank() * LEAVE_DELAY)

    def _rank(self) -> int:
        """How many others are to commit what is pending before this device does."""
        leaving = {
            int(pending.proposal.leaf)
            for pending in self.group.pending_proposals
            if isinstance(pending.proposal, Remove)
        }
        own = int(self.group.own_leaf)
        return sum(
            1 for one in self.members if one.leaf < own and one.leaf not in leaving
        )

    def _judge(self, received: CommitReceived) -> Outcome:
        report, group = received.report, received.group
        if report.removed_me:
            changes = changes_of(self.circle, self.info, report, after=())
            self.group = group
            return EpochChanged(changes, lost=self.staged is not None, removed_me=True)
        try:
            info, after = info_of(group), people(group.members)
            check_commit(self.circle, report, info=info, after=after)
        except RemoteError as error:
            return Broken(
                f"{error} What they sent was refused; this conversation cannot go on. "
                "Begin another one without them."
            )
        changes = changes_of(self.circle, info, report, after=after)
        moved = info.stream != self.info.stream
        lost, self.staged = self.staged is not None, None
        self._enter(group, info)
        return EpochChanged(changes, lost=lost, moved=moved)

    def _adopt_own(self, staged: Staged) -> Outcome:
        self.staged = None
        if staged.is_resync:
            self._enter(unpack_group(staged.commit, group_settings()), self.info)
            return EpochChanged((), fulfilled=staged.wants, is_mine=True)
        commit = staged.staged_commit(group_settings())
        group = self.group.accept(commit)
        info = info_of(group)
        moved = info.stream != self.info.stream
        self._enter(group, info)
        return EpochChanged(
            staged.changes,
            fulfilled=staged.wants,
            invitees=staged.invitees,
            welcome=commit.welcome,
            is_mine=True,
            moved=moved,
        )

    def _enter(self, group: Group, info: ConversationInfo) -> None:
        if group.status is not Status.ACTIVE:
            raise LocalError("A conversation was entered that is over.")
        self.past[self.keys.epoch] = self.keys
        self.group, self.info = group, info
        self.keys = EpochKeys.derive(group.epoch, group.export)


def info_of(group: Group) -> ConversationInfo:
    """Read what a group says it is.

    Raises:
        Malformed: it does not, or says something impossible.
    """
    for extension in group.extensions:
        if extension.type == INFO_EXTENSION:
            return ConversationInfo.decode(extension.data)
    raise Malformed("A conversation does not say what it is.")
