"""Coming into a group from outside, by a commit of one's own (RFC 9420 §12.4.3.2)."""

from dataclasses import dataclass, field, replace

from mls.commits import Commit
from mls.committing import NewPath, new_path
from mls.epochs import Inputs, Succession, advance, mixed_psks, succeed
from mls.errors import (
    UsageError,
)
from mls.framing import (
    AuthenticatedContent,
    Authentication,
    FramedContent,
    Sender,
    SenderType,
)
from mls.identities import Identity
from mls.joining import GroupOptions, authenticate_senders, checked_tree, unsigned_leaf
from mls.key_schedule import (
    EXTERNAL_INIT,
    EpochSecrets,
    interim_transcript_hash,
)
from mls.proposal_lists import (
    AppliedProposal,
    Judgement,
    Outcome,
    apply_list,
    check_list,
)
from mls.proposals import ExternalInit, PreSharedKey, Proposal, Remove
from mls.psks import PskId, Psks, look_up
from mls.secret_tree import SecretTree
from mls.secrets import Secret
from mls.settings import Settings
from mls.state import GroupState
from mls.suites import Entropy, Suite
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex
from mls.tree_rules import all_keys, check_common_ground, keys_after
from mls.welcomes import GroupInfo
from mls.wire_formats import WireFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCommitOptions:
    """How a group is entered from outside.

    Attributes:
        ratchet_tree: the tree, if the group info does not hold it.
        psks: pre-shared keys to prove knowledge of.
        resync: our old leaf, to be removed by the same commit.
        leaf: extensions and capabilities of our leaf.
        authenticated_data: what travels beside the commit.
    """

    ratchet_tree: bytes | None = None
    psks: Psks = field(default_factory=dict, repr=False)
    resync: LeafIndex | None = None
    leaf: GroupOptions = GroupOptions()
    authenticated_data: bytes = b""


def join_from_outside(
    info: GroupInfo,
    identity: Identity,
    settings: Settings,
    options: ExternalCommitOptions,
    *,
    entropy: Entropy,
) -> tuple[GroupState, AuthenticatedContent]:
    """Become a member by an external commit (§12.4.3.2); gives the commit as well.

    Raises:
        InvalidMessage: a rule is broken; the kind says which.
        UsageError: the identity is of another suite.
    """
    if identity.suite != info.context.suite:
        raise UsageError("the identity is of another suite than the group")
    suite = identity.suite
    tree = checked_tree(info, settings, options.ratchet_tree)
    kem_output, init = suite.hpke.export_to(
        info.external_key, EXTERNAL_INIT, suite.hash_length
    )
    outside = _view_from_outside(info, tree, identity, settings)
    authenticate_senders(outside)
    proposals = _external_proposals(suite, kem_output, options, entropy)
    sender = Sender(SenderType.NEW_MEMBER_COMMIT)
    applied = [AppliedProposal(proposal, sender) for proposal in proposals]
    check_list(Judgement(outside, None, None), applied)
    outcome = apply_list(outside, applied)
    index = outcome.tree.next_free()
    outcome = replace(outcome, tree=outcome.tree.extended_to(index))
    leaf = unsigned_leaf(identity, settings, options.leaf, entropy)
    path = new_path(outside, outcome, index, leaf, entropy)
    framed = FramedContent(
        info.context.group_id,
        info.context.epoch,
        sender,
        options.authenticated_data,
        Commit(tuple(proposals), path.path),
    )
    return _succeed_outside(outside, outcome, path, framed, (index, init, options.psks))


def _external_proposals(
    suite: Suite, kem_output: bytes, options: ExternalCommitOptions, entropy: Entropy
) -> list[Proposal]:
    proposals: list[Proposal] = [ExternalInit(kem_output)]
    if options.resync is not None:
        proposals.append(Remove(options.resync))
    for name in options.psks:
        proposals.append(PreSharedKey(PskId(name, entropy(suite.hash_length))))
    return proposals


def _view_from_outside(
    info: GroupInfo, tree: RatchetTree, identity: Identity, settings: Settings
) -> GroupState:
    """A state without secrets, from which an outsider makes its commit."""
    suite, none = info.context.suite, info.context.suite.no_secret
    confirmed, tag = info.context.confirmed_transcript_hash, info.confirmation_tag
    return GroupState(
        settings=settings,
        identity=identity,
        own_leaf=LeafIndex(tree.leaf_count),
        context=info.context,
        tree=tree,
        keys=all_keys(tree),
        private_keys={},
        secrets=EpochSecrets(*[none] * 8),
        messages=SecretTree.grow(suite, tree.leaf_count, none),
        confirmation_tag=tag,
        interim_transcript_hash=interim_transcript_hash(suite, confirmed, tag),
    )


def _succeed_outside(
    outside: GroupState,
    outcome: Outcome,
    path: NewPath,
    framed: FramedContent,
    place: tuple[LeafIndex, Secret, Psks],
) -> tuple[GroupState, AuthenticatedContent]:
    index, init, psks = place
    keys = keys_after(outside.keys, outside.tree, path.tree)
    check_common_ground(path.tree.root.support, outcome.extensions)
    signed = AuthenticatedContent.sign(
        outside.identity,
        wire_format=WireFormat.PUBLIC_MESSAGE,
        framed=framed,
        context=outside.context.encode(),
    )
    look_up(outcome.psks, psks)
    inputs = Inputs(init, path.commit_secret, mixed_psks(outside, outcome, psks))
    epoch = advance(outside, path.context, signed, inputs, path.tree.leaf_count)
    succession = Succession(
        epoch, outcome, path.tree, keys, path.private_keys, outside.identity
    )
    # Nothing is known of the epoch before: its secrets above were placeholders.
    state = replace(
        succeed(outside, succession), own_leaf=index, past=(), resumption=()
    )
    authentication = Authentication(
        signed.authentication.signature, epoch.confirmation_tag
    )
    return state, replace(signed, authentication=authentication)
