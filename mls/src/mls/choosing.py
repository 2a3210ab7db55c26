"""Which of the proposals received a commit covers (RFC 9420 §12.2, §12.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mls.credentials import CredentialClaim
from mls.errors import InvalidMessage, UnknownPsk
from mls.key_sets import KeySet
from mls.proposal_lists import (
    AppliedProposal,
    Judgement,
    Outcome,
    Proposals,
    apply_list,
    authenticate_changes,
    check_one,
    check_together,
)
from mls.proposals import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    ReInit,
    Remove,
    Update,
)
from mls.psks import Psks, look_up
from mls.tree_rules import check_common_ground, keys_after


@dataclass(frozen=True, slots=True)
class Weighed:
    """Proposals that a commit can cover, and what they make of the group."""

    proposals: list[AppliedProposal]
    outcome: Outcome
    keys: KeySet = field(repr=False)


def weigh(judgement: Judgement, proposals: Proposals, psks: Psks) -> Weighed:
    """Try proposals out, each of them valid on its own.

    Raises:
        InvalidMessage: they are not valid together.
        UnknownPsk: a pre-shared key was not given.
    """
    state = judgement.state
    check_together(judgement, proposals)
    outcome = apply_list(state, proposals)
    authenticate_changes(state, proposals, outcome)
    keys = keys_after(state.keys, state.tree, outcome.tree)
    check_common_ground(outcome.tree.root.support, outcome.extensions)
    look_up(outcome.psks, state.known_psks(psks))
    return Weighed(list(proposals), outcome, keys)


def choose(
    judgement: Judgement, pending: Proposals, new: Proposals, psks: Psks
) -> Weighed:
    """Take, of the pending proposals, those a commit can cover with some new ones.

    What is new goes before what is pending, removes before updates of the same leaf,
    later updates before earlier ones, and everything before a reinit. Whoever proposes
    what cannot be committed does not keep us from committing the rest.

    Raises:
        InvalidMessage: the new ones are not valid.
        UnknownPsk: a pre-shared key of theirs was not given.
    """
    for entry in new:
        check_one(judgement, entry)
    chosen = _without_conflicts(judgement, pending, new)
    certain = weigh(judgement, new, psks)
    return _with_as_many(judgement, certain, chosen, psks)


def _with_as_many(
    judgement: Judgement, certain: Weighed, more: Proposals, psks: Psks
) -> Weighed:
    """Add as many proposals as can be: all, or what each half has to give.

    Halving keeps it cheap to find a few bad ones, which is what an attacker sends.
    """
    if not more:
        return certain
    try:
        return weigh(judgement, [*more, *certain.proposals], psks)
    except (InvalidMessage, UnknownPsk):
        if len(more) == 1:
            return certain
    middle = len(more) // 2
    later = _with_as_many(judgement, certain, more[middle:], psks)
    return _with_as_many(judgement, later, more[:middle], psks)


def _without_conflicts(
    judgement: Judgement, pending: Proposals, new: Proposals
) -> list[AppliedProposal]:
    valid = [entry for entry in pending if _is_valid(judgement, entry)]
    if any(isinstance(entry.proposal, ReInit) for entry in new):
        return []
    ordinary = [entry for entry in valid if not isinstance(entry.proposal, ReInit)]
    taken = _Taken(judgement, [*ordinary, *new])
    for entry in new:
        taken.claim(entry)
    chosen = [entry for entry in reversed(ordinary) if taken.claim(entry)]
    if chosen or new:
        return chosen[::-1]
    return [entry for entry in valid if isinstance(entry.proposal, ReInit)][-1:]


def _is_valid(judgement: Judgement, entry: AppliedProposal) -> bool:
    proposal = entry.proposal
    try:
        check_one(judgement, entry)
        if isinstance(proposal, Add):
            leaf = proposal.key_package.leaf
            claim = CredentialClaim(leaf.credential, leaf.signature_key)
            judgement.state.settings.authenticate(claim)
    except InvalidMessage:
        return False
    return not isinstance(proposal, ExternalInit)


class _Taken:
    """What the proposals chosen so far leave no room for."""

    def __init__(self, judgement: Judgement, candidates: Sequence[AppliedProposal]):
        state = judgement.state
        self._state, self._committer = state, judgement.committer
        self._removed = {
            entry.proposal.leaf
            for entry in candidates
            if isinstance(entry.proposal, Remove)
        }
        leaving = (state.tree.leaf(leaf) for leaf in self._removed)
        self._leaving = {leaf.signature_key for leaf in leaving if leaf is not None}
        self._claims: set[object] = set()

    def claim(self, entry: AppliedProposal) -> bool:
        """Take a place for a proposal; says whether there was one."""
        if not self._is_possible(entry):
            return False
        claim = _claim(entry)
        is_free = claim not in self._claims
        self._claims.add(claim)
        return is_free

    def _is_possible(self, entry: AppliedProposal) -> bool:
        proposal = entry.proposal
        if isinstance(proposal, Update):
            index = entry.sender.index
            return index not in self._removed and index != self._committer
        if isinstance(proposal, Remove):
            return proposal.leaf != self._committer
        if isinstance(proposal, Add):
            key = proposal.key_package.leaf.signature_key
            return key in self._leaving or b"s" + key not in self._state.keys
        return True


def _claim(entry: AppliedProposal) -> object:
    """A value that is equal for proposals of which a commit may cover only one."""
    proposal = entry.proposal
    if isinstance(proposal, Update):
        return "update", entry.sender.index
    if isinstance(proposal, Add):
        return "add", proposal.key_package.leaf.signature_key
    if isinstance(proposal, GroupContextExtensions):
        return "extensions"
    return proposal
