"""What happened to a group, told exactly, so that the application can judge it."""

from dataclasses import dataclass, field

from mls.framing import Sender
from mls.proposal_lists import AppliedProposal, Outcome, Proposals
from mls.proposals import Proposal, ReInit, Update
from mls.state import GroupState, Member
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member that replaced its leaf."""

    before: Member
    after: Member


@dataclass(frozen=True, slots=True)
class CommitReport:
    """What a commit did.

    Attributes:
        committer: who committed, as in the new epoch.
        is_external: whether the committer came in from outside by this very commit.
        applied: the proposals, in order, with who proposed each.
        added: who came in by an Add. (An external committer is not among them.)
        removed: who was put out, as in the old epoch.
        updated: who has a new leaf by an Update, and the committer if it has one.
        removed_me: whether we were put out.
        reinit: the parameters of the group that follows, if this one has ended.
    """

    committer: Member
    is_external: bool
    applied: tuple[AppliedProposal, ...]
    added: tuple[Member, ...]
    removed: tuple[Member, ...]
    updated: tuple[MemberChange, ...]
    removed_me: bool
    reinit: ReInit | None


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a commit: a leaf of the new tree, and whether it came in by that."""

    leaf: LeafIndex
    is_external: bool = False


def report_commit(
    state: GroupState,
    author: Author,
    proposals: Proposals,
    outcome: Outcome,
    tree: RatchetTree,
) -> CommitReport:
    """Tell what a commit does to the group in `state`; `tree` is what comes of it."""
    committer, is_external = author.leaf, author.is_external
    by_proposal = [
        MemberChange(state.member(leaf), Member(leaf, entry.proposal.leaf))
        for entry in proposals
        if isinstance(entry.proposal, Update)
        and (leaf := entry.sender.leaf) is not None
    ]
    node = tree.leaf(committer) or state.member(committer).leaf_node
    by_path = []
    if not is_external and node is not state.tree.leaf(committer):
        by_path.append(MemberChange(state.member(committer), Member(committer, node)))
    return CommitReport(
        committer=Member(committer, node),
        is_external=is_external,
        applied=tuple(proposals),
        added=tuple(Member(leaf, package.leaf) for leaf, package in outcome.added),
        removed=tuple(map(state.member, outcome.removed)),
        updated=(*by_proposal, *by_path),
        removed_me=state.own_leaf in outcome.removed,
        reinit=outcome.reinit,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What a received message is, before it is bound to the group that results."""

    authenticated_data: bytes


@dataclass(frozen=True, slots=True)
class ToldApplication(Told):
    """An application message."""

    plaintext: bytes = field(repr=False)
    sender: Member
    epoch: int


@dataclass(frozen=True, slots=True)
class ToldProposal(Told):
    """A proposal, now pending."""

    proposal: Proposal
    reference: bytes
    sender: Sender


@dataclass(frozen=True, slots=True)
class ToldCommit(Told):
    """A commit, applied."""

    report: CommitReport


Telling = ToldApplication | ToldProposal | ToldCommit
