"""Applying a commit that somebody else made (RFC 9420 §12.4.2).

Rule of this file: a commit counts only once its confirmation tag fits.
"""

from dataclasses import dataclass, field, replace
from hmac import compare_digest

from mls.commits import Commit, ProposalReference, UpdatePath
from mls.credentials import Credential, CredentialClaim
from mls.epochs import (
    Inputs,
    Succession,
    advance,
    mixed_psks,
    provisional_context,
    succeed,
)
from mls.errors import (
    InvalidCommit,
    InvalidLeaf,
    InvalidTag,
    UnknownProposal,
)
from mls.framing import (
    AuthenticatedContent,
)
from mls.identities import Identity
from mls.key_schedule import EXTERNAL_INIT
from mls.key_sets import KeySet
from mls.leaf_nodes import LeafSource
from mls.proposal_lists import (
    AppliedProposal,
    Judgement,
    Outcome,
    Proposals,
    apply_list,
    authenticate_changes,
    check_list,
)
from mls.proposals import ExternalInit, Update, requires_path
from mls.psks import Psks
from mls.reports import (
    Author,
    ToldCommit,
    report_commit,
)
from mls.secrets import Secret
from mls.state import GroupState, Status
from mls.suites import PrivateKey
from mls.tree import RatchetTree
from mls.tree_kem import PathReceiver, apply_path, open_path, still_valid
from mls.tree_math import LeafIndex, NodeIndex, node_of
from mls.tree_rules import check_common_ground, check_replacement, keys_after


def receive_commit(
    state: GroupState,
    content: AuthenticatedContent,
    commit: Commit,
    *,
    now: int,
    psks: Psks,
) -> tuple[GroupState, ToldCommit]:
    """Apply a commit whose signature is verified; gives the next epoch's state.

    Raises:
        InvalidMessage: it breaks a rule; the kind says which.
        UnknownProposal: it names a proposal that we do not have.
        UnknownPsk: a pre-shared key was not given.
        CredentialRejected: the application refuses a leaf.
    """
    committer = content.framed.sender.leaf
    proposals = _resolved(state, content, commit)
    check_list(Judgement(state, committer, state.settings.moment(now)), proposals)
    _check_path_present(commit, proposals)
    outcome = apply_list(state, proposals)
    authenticate_changes(state, proposals, outcome)
    incoming = _incoming(state, commit, committer, outcome)
    author = Author(incoming.committer, is_external=committer is None)
    report = report_commit(state, author, proposals, outcome, incoming.tree)
    told = ToldCommit(content.framed.authenticated_data, report)
    if report.removed_me:
        return replace(state, status=Status.REMOVED, pending=()), told
    path = _opened_path(state, commit.path, outcome, incoming)
    inputs = Inputs(
        _init_secret(state, outcome),
        path.commit_secret,
        mixed_psks(state, outcome, psks),
    )
    context = provisional_context(state, incoming.tree, outcome)
    epoch = advance(state, context, content, inputs, incoming.tree.leaf_count)
    _check_tag(content, epoch.confirmation_tag)
    succession = Succession(
        epoch, outcome, incoming.tree, incoming.keys, path.private_keys, path.identity
    )
    return succeed(state, succession), told


def _resolved(
    state: GroupState, content: AuthenticatedContent, commit: Commit
) -> list[AppliedProposal]:
    pending = {entry.reference: entry for entry in state.pending}
    proposals = []
    for entry in commit.proposals:
        if not isinstance(entry, ProposalReference):
            proposals.append(AppliedProposal(entry, content.framed.sender))
            continue
        known = pending.pop(entry.hash, None)
        if known is None:
            raise UnknownProposal("a commit names a proposal that we do not have")
        proposals.append(AppliedProposal(known.proposal, known.sender, entry.hash))
    return proposals


def _check_path_present(commit: Commit, proposals: Proposals) -> None:
    required = not proposals or any(requires_path(each.proposal) for each in proposals)
    if required and commit.path is None:
        raise InvalidCommit("a commit has no path where one is required")


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A commit's path, applied to the tree but not opened."""

    committer: LeafIndex
    before: RatchetTree
    tree: RatchetTree
    keys: KeySet = field(repr=False)


def _incoming(
    state: GroupState, commit: Commit, committer: LeafIndex | None, outcome: Outcome
) -> _Incoming:
    before = outcome.tree
    index = committer
    if index is None:
        index = before.next_free()
        before = before.extended_to(index)
    keys = keys_after(state.keys, state.tree, before)
    if commit.path is None:
        check_common_ground(before.root.support, outcome.extensions)
        return _Incoming(index, before, before, keys)
    _check_path_leaf(state, commit.path, index, committer, outcome)
    _check_path_keys(commit.path, keys)
    tree = apply_path(state.suite, before, index, commit.path)
    keys = keys_after(keys, before, tree)
    check_common_ground(tree.root.support, outcome.extensions)
    return _Incoming(index, before, tree, keys)


def _check_path_leaf(
    state: GroupState,
    path: UpdatePath,
    index: LeafIndex,
    committer: LeafIndex | None,
    outcome: Outcome,
) -> None:
    leaf, group_id = path.leaf, state.context.group_id
    previous: Credential | None = None
    replaced = committer
    if replaced is None and outcome.removed:
        replaced = outcome.removed[0]
    if replaced is not None:
        old = state.member(replaced).leaf_node
        check_replacement(old, leaf, LeafSource.COMMIT)
        previous = old.credential
    elif leaf.source != LeafSource.COMMIT:
        raise InvalidLeaf("the leaf of a path has another source")
    leaf.check(state.suite, now=None)
    leaf.verify_signature(state.suite, group_id=group_id, leaf=index)
    state.settings.authenticate(
        CredentialClaim(
            leaf.credential, leaf.signature_key, leaf=index, previous=previous
        )
    )


def _check_path_keys(path: UpdatePath, keys: KeySet) -> None:
    publics = [path.leaf.encryption_key, *(node.encryption_key for node in path.nodes)]
    if len(set(publics)) != len(publics) or any(b"e" + key in keys for key in publics):
        raise InvalidCommit("a path uses a key that is in the tree already")


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a commit gives to us alone."""

    commit_secret: Secret = field(repr=False)
    private_keys: dict[NodeIndex, PrivateKey] = field(repr=False)
    identity: Identity


def _opened_path(
    state: GroupState, path: UpdatePath | None, outcome: Outcome, incoming: _Incoming
) -> _Opened:
    keys, identity = _own_keys(state, outcome, incoming.before)
    if path is None:
        return _Opened(state.suite.no_secret, keys, identity)
    secrets = open_path(
        state.suite,
        incoming.before.filtered_path(incoming.committer),
        path,
        PathReceiver(state.own_leaf, keys),
        without=outcome.added_leaves,
        context=provisional_context(state, incoming.tree, outcome).encode(),
    )
    merged = {**keys, **secrets.private_keys()}
    known = still_valid(merged, incoming.tree)
    return _Opened(secrets.commit_secret, known, identity)


def _own_keys(
    state: GroupState, outcome: Outcome, before: RatchetTree
) -> tuple[dict[NodeIndex, PrivateKey], Identity]:
    """Our keys after the proposals; a new leaf key if our Update is among them."""
    keys = still_valid(state.private_keys, before)
    if state.own_leaf not in outcome.updated:
        return keys, state.identity
    leaf = state.member(state.own_leaf, before).leaf_node
    for entry in state.pending:
        own = entry.update
        if own is not None and entry.proposal == Update(leaf):
            return {**keys, node_of(state.own_leaf): own.key}, own.identity
    raise UnknownProposal("a commit updates us, and we do not have the new key")


def _init_secret(state: GroupState, outcome: Outcome) -> Secret:
    external: ExternalInit | None = outcome.external_init
    if external is None:
        return state.secrets.init
    suite = state.suite
    key = state.secrets.external_key(suite)
    return suite.hpke.export_from(
        key.loaded, external.kem_output, EXTERNAL_INIT, suite.hash_length
    )


def _check_tag(content: AuthenticatedContent, expected: bytes) -> None:
    sent = content.authentication.confirmation_tag or b""
    if not compare_digest(sent, expected):
        raise InvalidTag("the confirmation tag of a commit is wrong")
