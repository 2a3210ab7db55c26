"""The proposals of a commit: whether they are valid together, and what they change.

RFC 9420 §12.1 (each on its own), §12.2 (together), §12.3 (in which order they apply).
Sender and receivers of a commit use the same functions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mls.credentials import CredentialClaim, Purpose
from mls.errors import InvalidKeyPackage, InvalidProposal
from mls.extensions import (
    MLS_10,
    Extensions,
    ExternalSender,
    RequiredCapabilities,
    Support,
)
from mls.framing import Sender, SenderType
from mls.key_packages import KeyPackage
from mls.leaf_nodes import LeafSource
from mls.proposals import (
    Add,
    CustomProposal,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    Update,
    may_come_from_outside,
)
from mls.psks import PskId, ResumptionPsk, ResumptionUsage
from mls.state import GroupState
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex
from mls.tree_rules import check_replacement


@dataclass(frozen=True, slots=True)
class AppliedProposal:
    """A proposal that a commit covers.

    Attributes:
        proposal: what it changes.
        sender: who proposed it; the committer, if it came by value.
        reference: what the commit calls it by; None if it came by value.
    """

    proposal: Proposal
    sender: Sender
    reference: bytes | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a list of proposals is judged by.

    Attributes:
        state: the group before the commit.
        committer: its leaf; None if it comes in from outside.
        moment: when lifetimes are checked; None if they are not.
        usage: what resumption keys may be used for.
    """

    state: GroupState = field(repr=False)
    committer: LeafIndex | None
    moment: int | None
    usage: ResumptionUsage = ResumptionUsage.APPLICATION


Proposals = Sequence[AppliedProposal]
Kind = TypeVar("Kind")


def check_list(judgement: Judgement, proposals: Proposals) -> None:
    """Make sure that a commit may cover these proposals (§12.2).

    Raises:
        InvalidMessage: it may not; the kind says which rule is broken.
    """
    for entry in proposals:
        check_one(judgement, entry)
    check_together(judgement, proposals)


def check_together(judgement: Judgement, proposals: Proposals) -> None:
    """Make sure that proposals, each valid on its own, are so together (§12.2).

    Raises:
        InvalidProposal: they are not.
    """
    if judgement.committer is None:
        _check_external(proposals)
    else:
        _check_regular(judgement.committer, proposals)
    _check_no_repetition(proposals)


def check_one(judgement: Judgement, entry: AppliedProposal) -> None:
    """Make sure that one proposal is valid on its own (§12.1).

    Raises:
        InvalidMessage: it is not; the kind says which rule is broken.
    """
    check_origin(entry.proposal, entry.sender)
    match entry.proposal:
        case Add(key_package):
            _check_add(judgement, key_package)
        case Update():
            _check_update(judgement.state, entry.proposal, entry.sender)
        case Remove(leaf):
            judgement.state.member(leaf)
        case PreSharedKey(psk):
            _check_psk(judgement, psk)
        case ReInit():
            if entry.proposal.version < MLS_10:
                raise InvalidProposal("a reinit goes back to an older version")
        case GroupContextExtensions(extensions):
            _check_extensions(judgement.state, extensions)
        case ExternalInit() | CustomProposal():
            pass


def check_origin(proposal: Proposal, sender: Sender) -> None:
    """Make sure that somebody in this role may propose this (§12.1.8).

    Raises:
        InvalidProposal: they may not.
    """
    if sender.type == SenderType.EXTERNAL and not may_come_from_outside(proposal):
        raise InvalidProposal("an external sender may not propose this")
    is_newcomer = sender.type == SenderType.NEW_MEMBER_PROPOSAL
    if is_newcomer and not isinstance(proposal, Add):
        raise InvalidProposal("a newcomer may propose nothing but to be added")


def _check_add(judgement: Judgement, package: KeyPackage) -> None:
    if package.suite_id != judgement.state.suite.id:
        raise InvalidKeyPackage("a key package is of another suite")
    package.verify(now=judgement.moment)
    judgement.state.settings.check_length(package.leaf)


def _check_update(state: GroupState, proposal: Update, sender: Sender) -> None:
    index = sender.leaf
    if index is None:
        raise InvalidProposal("only a member may update its leaf")
    leaf = proposal.leaf
    check_replacement(state.member(index).leaf_node, leaf, LeafSource.UPDATE)
    leaf.check(state.suite, now=None)
    leaf.verify_signature(state.suite, group_id=state.context.group_id, leaf=index)
    state.suite.check_public(leaf.encryption_key)


def _check_psk(judgement: Judgement, psk: PskId) -> None:
    if len(psk.nonce) != judgement.state.suite.hash_length:
        raise InvalidProposal("the nonce of a pre-shared key has the wrong length")
    name = psk.name
    if isinstance(name, ResumptionPsk) and name.usage not in (
        ResumptionUsage.APPLICATION,
        judgement.usage,
    ):
        raise InvalidProposal("a resumption key is used for what it is not for")


def _check_extensions(state: GroupState, extensions: Extensions) -> None:
    RequiredCapabilities.find(extensions)
    known = ExternalSender.find(state.context.extensions)
    for sender in ExternalSender.find(extensions):
        if sender not in known:
            authenticate_external(state, sender)


def authenticate_external(state: GroupState, sender: ExternalSender) -> None:
    """Ask the application about an external sender.

    Raises:
        CredentialRejected: it says no.
    """
    purpose = Purpose.EXTERNAL_SENDER
    claim = CredentialClaim(sender.credential, sender.signature_key, purpose)
    state.settings.authenticate(claim)


def _check_regular(committer: LeafIndex, proposals: Proposals) -> None:
    touched: set[int] = set()
    for entry in proposals:
        proposal = entry.proposal
        if isinstance(proposal, ExternalInit):
            raise InvalidProposal("a member's commit has an external init")
        if not isinstance(proposal, Update | Remove):
            continue
        index = proposal.leaf if isinstance(proposal, Remove) else entry.sender.index
        if index == committer:
            raise InvalidProposal("a commit updates or removes its own committer")
        if index in touched:
            raise InvalidProposal("a commit changes one leaf twice")
        touched.add(index)
    is_reinit = any(isinstance(entry.proposal, ReInit) for entry in proposals)
    if is_reinit and len(proposals) > 1:
        raise InvalidProposal("a reinit comes together with other proposals")


def _check_external(proposals: Proposals) -> None:
    kinds = [entry.proposal.type for entry in proposals]
    if any(entry.reference is not None for entry in proposals):
        raise InvalidProposal("an external commit refers to a proposal")
    if kinds.count(ExternalInit.type) != 1 or kinds.count(Remove.type) > 1:
        raise InvalidProposal("an external commit needs one external init")
    if not {ExternalInit.type, Remove.type, PreSharedKey.type}.issuperset(kinds):
        raise InvalidProposal("an external commit covers what only members may propose")


def _check_no_repetition(proposals: Proposals) -> None:
    psks = [e.proposal.psk for e in proposals if isinstance(e.proposal, PreSharedKey)]
    if len(set(psks)) != len(psks):
        raise InvalidProposal("a commit uses one pre-shared key twice")
    kinds = [entry.proposal.type for entry in proposals]
    if kinds.count(GroupContextExtensions.type) > 1:
        raise InvalidProposal("a commit replaces the group's extensions twice")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A group after its proposals and before its path (§12.3)."""

    tree: RatchetTree = field(repr=False)
    extensions: Extensions
    added: tuple[tuple[LeafIndex, KeyPackage], ...] = ()
    removed: tuple[LeafIndex, ...] = ()
    updated: tuple[LeafIndex, ...] = ()
    psks: tuple[PskId, ...] = ()
    external_init: ExternalInit | None = None
    reinit: ReInit | None = None

    @property
    def added_leaves(self) -> frozenset[LeafIndex]:
        """Where newcomers are."""
        return frozenset(leaf for leaf, _ in self.added)


def apply_list(state: GroupState, proposals: Proposals) -> Outcome:
    """What a list of valid proposals makes of a group (§12.3).

    Raises:
        InvalidProposal: members do not support a proposal among them.
    """
    extensions = state.context.extensions
    for entry in proposals:
        if isinstance(entry.proposal, GroupContextExtensions):
            extensions = entry.proposal.extensions
    tree, updated = _apply_updates(state.tree, proposals)
    removed = tuple(
        e.proposal.leaf for e in proposals if isinstance(e.proposal, Remove)
    )
    for leaf in removed:
        tree = tree.remove(leaf)
    _check_custom(tree.root.support, (entry.proposal for entry in proposals))
    tree, added = _apply_adds(tree, proposals)
    return Outcome(
        tree=tree,
        extensions=extensions,
        added=added,
        removed=removed,
        updated=updated,
        psks=tuple(
            e.proposal.psk for e in proposals if isinstance(e.proposal, PreSharedKey)
        ),
        external_init=_only(proposals, ExternalInit),
        reinit=_only(proposals, ReInit),
    )


def _only(proposals: Proposals, kind: type[Kind]) -> Kind | None:
    found = (e.proposal for e in proposals if isinstance(e.proposal, kind))
    return next(found, None)


def _apply_updates(
    tree: RatchetTree, proposals: Proposals
) -> tuple[RatchetTree, tuple[LeafIndex, ...]]:
    updated = []
    for entry in proposals:
        index = entry.sender.leaf
        if isinstance(entry.proposal, Update) and index is not None:
            tree = tree.update(index, entry.proposal.leaf)
            updated.append(index)
    return tree, tuple(updated)


def _apply_adds(
    tree: RatchetTree, proposals: Proposals
) -> tuple[RatchetTree, tuple[tuple[LeafIndex, KeyPackage], ...]]:
    added = []
    for entry in proposals:
        if isinstance(entry.proposal, Add):
            package = entry.proposal.key_package
            tree, index = tree.add(package.leaf)
            added.append((index, package))
    return tree, tuple(added)


def _check_custom(support: Support | None, proposals: Iterable[Proposal]) -> None:
    kinds = [kind.type for kind in proposals if isinstance(kind, CustomProposal)]
    if support is not None and not support.has_proposals(kinds):
        raise InvalidProposal("some member does not support a proposal of a commit")


def authenticate_changes(
    state: GroupState, proposals: Proposals, outcome: Outcome
) -> None:
    """Ask the application about every leaf that proposals bring (§5.3.1).

    Raises:
        CredentialRejected: it says no.
    """
    for index, package in outcome.added:
        leaf = package.leaf
        claim = CredentialClaim(leaf.credential, leaf.signature_key, leaf=index)
        state.settings.authenticate(claim)
    for entry in proposals:
        if isinstance(entry.proposal, Update) and entry.sender.leaf is not None:
            after, index = entry.proposal.leaf, entry.sender.leaf
            state.settings.authenticate(
                CredentialClaim(
                    after.credential,
                    after.signature_key,
                    leaf=index,
                    previous=state.member(index).credential,
                )
            )
