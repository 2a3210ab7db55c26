"""Making a commit (RFC 9420 §12.4.1), and the welcome that goes with it (§12.4.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mls.choosing import Weighed, choose, weigh
from mls.commits import Commit, PathNode, ProposalReference, UpdatePath
from mls.credentials import CredentialClaim
from mls.epochs import (
    Inputs,
    NewEpoch,
    Succession,
    advance,
    mixed_psks,
    provisional_context,
    succeed,
)
from mls.errors import UsageError
from mls.extensions import RATCHET_TREE, Extension, pick_grease
from mls.framing import AuthenticatedContent, Authentication, Sender
from mls.key_packages import KeyPackage
from mls.key_schedule import GroupContext
from mls.leaf_nodes import LeafNode, LeafSource
from mls.proposal_lists import (
    AppliedProposal,
    Judgement,
    Outcome,
    Proposals,
    check_one,
)
from mls.proposals import Proposal, Update, requires_path
from mls.psks import Psks, ResumptionUsage
from mls.reports import Author, CommitReport, report_commit
from mls.secrets import Secret
from mls.sending import Framing, UpdateOptions, completed, seal, sign_content
from mls.state import GroupState
from mls.suites import Entropy, PrivateKey
from mls.tree import RatchetTree, Step
from mls.tree_kem import (
    PathSecrets,
    fresh_path,
    merge_path,
    seal_path,
    still_valid,
)
from mls.tree_math import LeafIndex, NodeIndex, common_ancestor, node_of
from mls.tree_rules import check_common_ground, keys_after
from mls.welcomes import (
    GroupInfo,
    GroupSecrets,
    Welcome,
    external_pub,
    seal_group_info,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitOptions:
    """How a commit is made.

    Attributes:
        references: which pending proposals it covers; None for all that are valid.
        psks: pre-shared keys that its proposals name.
        path: whether to renew our own keys even where no rule requires it.
        public: whether those who carry the commit may read it.
        authenticated_data: what travels beside the commit.
        tree_in_welcome: whether newcomers get the tree with the welcome; else give them
            `export_ratchet_tree()` of the next epoch by another way.
        group_info: whether to show the next epoch to outsiders, for external commits.
        update: what changes in our leaf.
    """

    references: tuple[bytes, ...] | None = None
    psks: Psks = field(default_factory=dict, repr=False)
    path: bool = True
    public: bool = False
    authenticated_data: bytes = b""
    tree_in_welcome: bool = True
    group_info: bool = False
    update: UpdateOptions = UpdateOptions()


@dataclass(frozen=True, slots=True)
class Made:
    """A commit that was made, and the two ways the group can go on."""

    message: bytes
    welcome: bytes | None
    group_info: bytes | None
    current: GroupState
    next: GroupState
    report: CommitReport


@dataclass(frozen=True, slots=True)
class NewPath:
    """Our new path, and the tree with it."""

    tree: RatchetTree
    context: GroupContext
    path: UpdatePath | None
    secrets: PathSecrets | None
    commit_secret: Secret = field(repr=False)
    private_keys: Mapping[NodeIndex, PrivateKey] = field(repr=False)


def make_commit(
    state: GroupState,
    by_value: tuple[Proposal, ...],
    options: CommitOptions,
    *,
    now: int,
    entropy: Entropy,
    usage: ResumptionUsage = ResumptionUsage.APPLICATION,
) -> Made:
    """Make a commit of pending proposals and of new ones.

    Raises:
        UsageError: the group has ended for us, or a reference is unknown.
        InvalidMessage: the proposals are not valid together.
        UnknownPsk: a pre-shared key was not given.
        CredentialRejected: the application refuses a newcomer.
    """
    state.require_active()
    judgement = Judgement(state, state.own_leaf, state.settings.moment(now), usage)
    weighed = _gather(judgement, by_value, options, entropy)
    proposals, outcome = weighed.proposals, weighed.outcome
    path = _path_for(state, proposals, outcome, options, entropy)
    keys = keys_after(weighed.keys, outcome.tree, path.tree)
    check_common_ground(path.tree.root.support, outcome.extensions)
    content = sign_content(state, _as_commit(proposals, path.path), _framing(options))
    psks = mixed_psks(state, outcome, options.psks)
    inputs = Inputs(state.secrets.init, path.commit_secret, psks)
    epoch = advance(state, path.context, content, inputs, path.tree.leaf_count)
    current, message = seal(state, _tagged(content, epoch), entropy)
    identity = options.update.identity if path.path is not None else None
    succession = Succession(
        epoch, outcome, path.tree, keys, path.private_keys, identity or state.identity
    )
    next_ = succeed(current, succession)
    secrets, with_tree = path.secrets, options.tree_in_welcome
    return Made(
        message,
        _welcome(next_, epoch, outcome, secrets, entropy, with_tree=with_tree),
        _published(next_, entropy) if options.group_info else None,
        current,
        next_,
        report_commit(state, Author(state.own_leaf), proposals, outcome, path.tree),
    )


def _framing(options: CommitOptions) -> Framing:
    return Framing(public=options.public, authenticated_data=options.authenticated_data)


def _gather(
    judgement: Judgement,
    by_value: tuple[Proposal, ...],
    options: CommitOptions,
    entropy: Entropy,
) -> Weighed:
    state = judgement.state
    me = Sender.member(state.own_leaf)
    new = [AppliedProposal(completed(state, each, entropy), me) for each in by_value]
    if any(isinstance(each, Update) for each in by_value):
        raise UsageError("a commit renews our leaf by its path, not by an update")
    pending = {
        entry.reference: AppliedProposal(entry.proposal, entry.sender, entry.reference)
        for entry in state.pending
        if not entry.is_forgotten
    }
    if options.references is None:
        return choose(judgement, list(pending.values()), new, options.psks)
    if not pending.keys() >= set(options.references):
        raise UsageError("a reference is to no pending proposal")
    named = [pending[reference] for reference in options.references]
    for entry in (*named, *new):
        check_one(judgement, entry)
    return weigh(judgement, [*named, *new], options.psks)


def _as_commit(proposals: Proposals, path: UpdatePath | None) -> Commit:
    entries = tuple(
        entry.proposal
        if entry.reference is None
        else ProposalReference(entry.reference)
        for entry in proposals
    )
    return Commit(entries, path)


def _tagged(content: AuthenticatedContent, epoch: NewEpoch) -> AuthenticatedContent:
    signature = content.authentication.signature
    return replace(
        content, authentication=Authentication(signature, epoch.confirmation_tag)
    )


def _path_for(
    state: GroupState,
    proposals: Proposals,
    outcome: Outcome,
    options: CommitOptions,
    entropy: Entropy,
) -> NewPath:
    required = not proposals or any(requires_path(each.proposal) for each in proposals)
    if not (required or options.path or options.update != UpdateOptions()):
        context = provisional_context(state, outcome.tree, outcome)
        keys = still_valid(state.private_keys, outcome.tree)
        zero = state.suite.no_secret
        return NewPath(outcome.tree, context, None, None, zero, keys)
    identity = options.update.identity or state.identity
    old = state.member(state.own_leaf).leaf_node
    leaf = options.update.applied_to(old, state.identity)
    if identity != state.identity:
        claim = CredentialClaim(
            leaf.credential,
            leaf.signature_key,
            leaf=state.own_leaf,
            previous=old.credential,
        )
        state.settings.authenticate(claim)
    at = replace(state, identity=identity)
    return new_path(at, outcome, state.own_leaf, leaf, entropy)


def new_path(
    state: GroupState,
    outcome: Outcome,
    index: LeafIndex,
    leaf: LeafNode,
    entropy: Entropy,
) -> NewPath:
    """Renew a leaf and its direct path, signed as `state.identity` (§7.5)."""
    suite, before = state.suite, outcome.tree
    leaf_key = suite.generate_key(entropy)
    secrets = fresh_path(suite, before, index, entropy)
    publics = [key.public for key in secrets.keys]
    parents, parent_hash = merge_path(suite, before, index, publics)
    signed = replace(
        leaf,
        encryption_key=leaf_key.public,
        source=LeafSource.COMMIT,
        parent_hash=parent_hash,
        encoded=b"",
    ).signed(state.identity, group_id=state.context.group_id, leaf=index)
    signed.check(suite, now=None)
    tree = before.with_path(index, signed, parents)
    context = provisional_context(state, tree, outcome)
    steps = before.filtered_path(index)
    nodes = _sealed(state, steps, secrets, outcome, context)
    keys = {
        **still_valid(state.private_keys, tree),
        **secrets.private_keys(),
        node_of(index): leaf_key,
    }
    return NewPath(
        tree, context, UpdatePath(signed, nodes), secrets, secrets.commit_secret, keys
    )


def _sealed(
    state: GroupState,
    steps: tuple[Step, ...],
    secrets: PathSecrets,
    outcome: Outcome,
    context: GroupContext,
) -> tuple[PathNode, ...]:
    return seal_path(
        state.suite,
        steps,
        secrets,
        without=outcome.added_leaves,
        context=context.encode(),
    )


def group_info(
    state: GroupState, entropy: Entropy, *, with_tree: bool, with_key: bool = False
) -> GroupInfo:
    """Show an epoch to those outside (§12.4.3)."""
    extensions = []
    if with_tree:
        extensions.append(Extension(RATCHET_TREE, state.tree.encode()))
    if with_key:
        extensions.append(external_pub(state.secrets.external_key(state.suite).public))
    if state.settings.grease:
        extensions.append(Extension(pick_grease(entropy), b""))
    return GroupInfo(
        state.context, tuple(extensions), state.confirmation_tag, state.own_leaf
    ).signed(state.identity)


def _published(state: GroupState, entropy: Entropy) -> bytes:
    return group_info(state, entropy, with_tree=True, with_key=True).to_message()


def _welcome(
    state: GroupState,
    epoch: NewEpoch,
    outcome: Outcome,
    secrets: PathSecrets | None,
    entropy: Entropy,
    *,
    with_tree: bool,
) -> bytes | None:
    if not outcome.added:
        return None
    suite, info = state.suite, group_info(state, entropy, with_tree=with_tree)
    sealed_info = seal_group_info(suite, epoch.welcome_secret, info)
    entries = []
    for leaf, package in outcome.added:
        told = GroupSecrets(
            epoch.joiner_secret, _path_secret(state, leaf, secrets), outcome.psks
        )
        sealed = _seal_secrets(state, package, sealed_info, told)
        entries.append((package.reference, sealed))
    return Welcome(suite.id, tuple(entries), sealed_info).to_message()


def _seal_secrets(
    state: GroupState, package: KeyPackage, sealed_info: bytes, told: GroupSecrets
) -> tuple[bytes, bytes]:
    key = package.init_key
    return state.suite.encrypt(key, b"Welcome", sealed_info, told.encode())


def _path_secret(
    state: GroupState, leaf: LeafIndex, secrets: PathSecrets | None
) -> Secret | None:
    if secrets is None:
        return None
    position = secrets.nodes.index(common_ancestor(state.own_leaf, leaf))
    return secrets.secrets[position]
