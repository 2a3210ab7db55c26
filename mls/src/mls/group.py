"""The door to the package: a group, as one of its members holds it.

A `Group` is a value. Whatever is done with it gives a new one, and leaves it as it was.

Rules for callers: make a new value's state durable before its message is sent; go on
with the newest value only; let somebody decide which commit of an epoch is the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mls.committing import CommitOptions, Made, make_commit
from mls.errors import StateMismatch
from mls.external_commits import ExternalCommitOptions, join_from_outside
from mls.identities import Identity
from mls.joining import (
    GroupOptions,
    create,
    join,
    open_welcome,
)
from mls.key_packages import KeyPackage, OwnKeyPackage
from mls.proposals import Proposal
from mls.protection import seal_public
from mls.psks import PskName, Psks, ResumptionUsage
from mls.receiving import receive
from mls.reports import CommitReport, Telling, ToldApplication, ToldCommit, ToldProposal
from mls.sending import (
    Framing,
    UpdateOptions,
    send_application,
    send_proposal,
    send_update,
)
from mls.settings import Settings
from mls.storage import decode_staged, encode_staged, restore
from mls.subgroups import (
    Successor,
    check_branch,
    check_reinit,
    check_tie,
    make_successor,
    succession_psks,
)
from mls.suites import Entropy
from mls.views import GroupView
from mls.welcomes import GroupInfo, Welcome
from mls.wire_formats import encode_message


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinOptions:
    """How a welcome is taken.

    Attributes:
        ratchet_tree: the tree, if it does not come with the welcome.
        psks: pre-shared keys that the welcome may name.
        parent: the group this one branches from or follows, if it does.
    """

    ratchet_tree: bytes | None = None
    psks: Psks = field(default_factory=dict, repr=False)
    parent: "Group | None" = None


@dataclass(frozen=True, slots=True)
class Group(GroupView):
    """A group of MLS, seen by one member, at one moment.

    What can be done with it is here; what it shows of itself is in `GroupView`.
    """

    @staticmethod
    def create(
        group_id: bytes,
        identity: Identity,
        *,
        settings: Settings,
        now: int,
        entropy: Entropy,
        options: GroupOptions = GroupOptions(),
    ) -> "Group":
        """Make a group of one (RFC 9420 §11); the others are added by a commit.

        Raises:
            InvalidMessage: the options ask for what our leaf does not support.
        """
        return Group(
            create(group_id, identity, settings, options, now=now, entropy=entropy)
        )

    @staticmethod
    def join(
        welcome: bytes,
        key_packages: Sequence[OwnKeyPackage],
        *,
        settings: Settings,
        options: JoinOptions = JoinOptions(),
    ) -> "Group":
        """Join by a welcome (§12.4.3.1); then delete the key package used.

        Raises:
            UnknownKeyPackage: the welcome is for none of the key packages.
            UnknownPsk: it needs a pre-shared key that was not given.
            InvalidMessage: a rule is broken; the kind says which.
            CredentialRejected: the application refuses a member.
        """
        parent = options.parent
        known = {} if parent is None else succession_psks(parent._state)
        psks: dict[PskName, bytes] = {**known, **options.psks}
        arrival = open_welcome(welcome, key_packages, psks)
        state = join(arrival, settings, options.ratchet_tree)
        check_tie(arrival, parent._state if parent else None, state.tree)
        return Group(state)

    @staticmethod
    def join_by_external_commit(
        group_info: bytes,
        identity: Identity,
        *,
        settings: Settings,
        entropy: Entropy,
        options: ExternalCommitOptions = ExternalCommitOptions(),
    ) -> "ExternalJoin":
        """Join from outside by a commit of our own (§12.4.3.2).

        Raises:
            InvalidMessage: a rule is broken; the kind says which.
            CredentialRejected: the application refuses a member.
        """
        info = GroupInfo.from_message(group_info)
        state, content = join_from_outside(
            info, identity, settings, options, entropy=entropy
        )
        public = seal_public(state.suite, b"", content, b"")
        message = encode_message(content.wire_format, public.encode())
        return ExternalJoin(message, Group(state))

    @staticmethod
    def welcome_references(welcome: bytes) -> tuple[bytes, ...]:
        """Which key packages a welcome is for, by their references.

        Raises:
            MalformedMessage: the bytes are not a welcome.
        """
        return tuple(entry[0] for entry in Welcome.from_message(welcome).secrets)

    def encrypt(
        self, plaintext: bytes, *, entropy: Entropy, authenticated_data: bytes = b""
    ) -> "tuple[Group, bytes]":
        """Encrypt an application message.

        Raises:
            UsageError: the group has ended for us, or proposals are pending: RFC 9420
                §12.4 wants them committed first. `forget_proposals` drops them.
        """
        state, message = send_application(
            self._state, plaintext, authenticated_data, entropy
        )
        return Group(state), message

    def propose(
        self, proposal: Proposal, *, entropy: Entropy, framing: Framing = Framing()
    ) -> "tuple[Group, bytes]":
        """Propose a change, for somebody to commit (§12.1).

        Raises:
            UsageError: the group has ended for us, or this cannot be proposed so.
        """
        state, message = send_proposal(self._state, proposal, framing, entropy)
        return Group(state), message

    def propose_update(
        self,
        *,
        entropy: Entropy,
        options: UpdateOptions = UpdateOptions(),
        framing: Framing = Framing(),
    ) -> "tuple[Group, bytes]":
        """Propose a new leaf for us, for somebody else to commit (§12.1.2).

        Raises:
            UsageError: the group has ended for us.
        """
        state, message = send_update(self._state, options, framing, entropy)
        return Group(state), message

    def forget_proposals(self) -> "Group":
        """Go on without the pending proposals: do not commit them, and speak again.

        A commit of somebody else may still name them, and then they take effect.
        """
        pending = tuple(
            replace(each, is_forgotten=True) for each in self._state.pending
        )
        return Group(replace(self._state, pending=pending))

    def commit(
        self,
        proposals: Sequence[Proposal] = (),
        *,
        now: int,
        entropy: Entropy,
        options: CommitOptions = CommitOptions(),
    ) -> "StagedCommit":
        """Commit proposals: new ones by value, pending ones by reference (§12.4.1).

        Nothing happens to the group until `accept`. Go on with `current` meanwhile.

        Raises:
            UsageError: the group has ended for us, or a reference is unknown.
            InvalidMessage: the proposals are not valid together.
            UnknownPsk: a pre-shared key was not given.
            CredentialRejected: the application refuses a newcomer.
        """
        made = make_commit(
            self._state, tuple(proposals), options, now=now, entropy=entropy
        )
        return StagedCommit.of(made)

    def accept(self, staged: "StagedCommit") -> "Group":
        """Go on with a commit of ours that was the first of its epoch.

        What was received since it was made stays received.

        Raises:
            StateMismatch: the commit was made in another epoch.
        """
        now, made, next_ = self._state, staged.current._state, staged.next._state
        if now.context != made.context or now.own_leaf != made.own_leaf:
            raise StateMismatch("a staged commit is of another epoch")
        past = list(next_.past)
        if past:
            past[-1] = replace(past[-1], messages=now.messages)
            by_epoch = {entry.context.epoch: entry for entry in now.past}
            past[:-1] = [by_epoch.get(old.context.epoch, old) for old in past[:-1]]
        return Group(replace(next_, past=tuple(past)))

    def process(
        self, message: bytes, *, now: int, psks: Psks | None = None
    ) -> "Received":
        """Take in a message of the group: check it, then say exactly what it did.

        Raises:
            InvalidMessage: it breaks a rule; the kind says which.
            CannotProcess: it breaks none, but this value cannot take it.
            MalformedMessage: the bytes are no message to a group.
        """
        state, told = receive(self._state, message, now=now, psks=psks or {})
        return _received(Group(state), told)

    def branch(
        self,
        group_id: bytes,
        members: Sequence[KeyPackage],
        *,
        identity: Identity,
        now: int,
        entropy: Entropy,
    ) -> "StagedCommit":
        """Make a new group of some members of this one (§11.3).

        Raises:
            UsageError: the suite is another, or a member is not from here.
            InvalidMessage: a key package is not valid.
        """
        check_branch(self._state, identity, members)
        plan = Successor(
            ResumptionUsage.BRANCH, group_id, self.extensions, identity, tuple(members)
        )
        made = make_successor(self._state, plan, now=now, entropy=entropy)
        return StagedCommit.of(made)

    def reinitialise(
        self,
        members: Sequence[KeyPackage],
        *,
        identity: Identity,
        now: int,
        entropy: Entropy,
    ) -> "StagedCommit":
        """Make the group that follows this one, after a commit of a ReInit (§11.2).

        Raises:
            UsageError: there was no such commit, or suite or members are others.
            InvalidMessage: a key package is not valid.
        """
        reinit = check_reinit(self._state, identity, members)
        plan = Successor(
            ResumptionUsage.REINIT,
            reinit.group_id,
            reinit.extensions,
            identity,
            tuple(members),
        )
        made = make_successor(self._state, plan, now=now, entropy=entropy)
        return StagedCommit.of(made)

    @staticmethod
    def restore(
        epoch_state: bytes, ratchet_state: bytes, *, settings: Settings
    ) -> "Group":
        """Put a stored group together: an epoch part and the last ratchet part of it.

        Raises:
            StateMismatch: the parts are of different epochs.
            MalformedMessage: the bytes are not a stored group.
        """
        return Group(restore(epoch_state, ratchet_state, settings))


@dataclass(frozen=True, slots=True)
class ExternalJoin:
    """A commit by which we come in; go on with `group` once it was accepted."""

    message: bytes
    group: Group


@dataclass(frozen=True, slots=True)
class StagedCommit:
    """A commit that nobody has ordered yet.

    Attributes:
        message: what to send to the group.
        welcome: what to send to those it adds, once it was accepted.
        group_info: the next epoch as outsiders may see it, if that was asked for.
        current: this epoch, its ratchet moved. Store it before sending; go on with it.
        next: the next epoch; take it by `Group.accept`.
        report: what the commit does. None after `from_bytes`.
    """

    message: bytes
    welcome: bytes | None
    group_info: bytes | None
    current: Group
    next: Group
    report: CommitReport | None = None

    @staticmethod
    def of(made: Made) -> "StagedCommit":
        """Stage a commit."""
        return StagedCommit(
            made.message,
            made.welcome,
            made.group_info,
            Group(made.current),
            Group(made.next),
            made.report,
        )

    def to_bytes(self) -> bytes:
        """Everything but `report`, for storage. Store the group's own parts as well."""
        states = (self.current._state, self.next._state)
        return encode_staged((self.message, self.welcome, self.group_info), states)

    @staticmethod
    def from_bytes(stored: bytes, *, settings: Settings) -> "StagedCommit":
        """The inverse of `to_bytes`.

        Raises:
            MalformedMessage: the bytes are not a staged commit.
        """
        messages, (current, next_) = decode_staged(stored, settings)
        return StagedCommit(*messages, Group(current), Group(next_))


@dataclass(frozen=True, slots=True)
class ApplicationReceived(ToldApplication):
    """An application message, its sender's signature verified."""

    group: Group


@dataclass(frozen=True, slots=True)
class ProposalReceived(ToldProposal):
    """A proposal, now pending."""

    group: Group


@dataclass(frozen=True, slots=True)
class CommitReceived(ToldCommit):
    """A commit. `group` is in the next epoch, unless the commit put us out."""

    group: Group


Received = ApplicationReceived | ProposalReceived | CommitReceived


def _received(group: Group, told: Telling) -> Received:
    data = told.authenticated_data
    if isinstance(told, ToldApplication):
        sender, epoch = told.sender, told.epoch
        return ApplicationReceived(data, told.plaintext, sender, epoch, group)
    if isinstance(told, ToldProposal):
        reference, sent_by = told.reference, told.sender
        return ProposalReceived(data, told.proposal, reference, sent_by, group)
    return CommitReceived(data, told.report, group)
