"""Coming into a group: by its creation (RFC 9420 §11) or a welcome (§12.4.3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mls.credentials import CredentialClaim
from mls.errors import (
    InvalidGroupInfo,
    InvalidTag,
    InvalidWelcome,
)
from mls.extensions import Capabilities, Extensions, ExternalSender
from mls.identities import Identity
from mls.key_packages import OwnKeyPackage
from mls.key_schedule import (
    Epoch,
    EpochSecrets,
    GroupContext,
    derive_epoch,
    epoch_secret,
    interim_transcript_hash,
    welcome_secret,
)
from mls.leaf_nodes import LeafNode, LeafSource, Lifetime
from mls.proposal_lists import (
    authenticate_external,
)
from mls.psks import PskId, Psks, ResumptionPsk, ResumptionUsage, look_up, psk_secret
from mls.secret_tree import SecretTree
from mls.secrets import Secret
from mls.settings import Settings
from mls.state import GroupState
from mls.suites import Entropy, PrivateKey, Suite
from mls.tree import RatchetTree
from mls.tree_hash import tree_hash
from mls.tree_kem import PathSecrets
from mls.tree_math import LeafIndex, NodeIndex, common_ancestor, node_of
from mls.tree_rules import all_keys, check_common_ground, check_whole_tree
from mls.welcomes import GroupInfo, GroupSecrets, Welcome

_CREATOR_LIFETIME = 90 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOptions:
    """How a group, or our leaf in one, is made.

    Attributes:
        extensions: of the group.
        leaf_extensions: of our leaf.
        capabilities: of our leaf; None for those of the settings.
    """

    extensions: Extensions = ()
    leaf_extensions: Extensions = ()
    capabilities: Capabilities | None = None


def create(
    group_id: bytes,
    identity: Identity,
    settings: Settings,
    options: GroupOptions,
    *,
    now: int,
    entropy: Entropy,
) -> GroupState:
    """Make a group of one (§11).

    Raises:
        InvalidMessage: the options ask for what our leaf does not support.
    """
    suite = identity.suite
    key = suite.generate_key(entropy)
    leaf = replace(
        unsigned_leaf(identity, settings, options, entropy),
        encryption_key=key.public,
        source=LeafSource.KEY_PACKAGE,
        lifetime=Lifetime.starting(now, _CREATOR_LIFETIME),
        encoded=b"",
    ).signed(identity)
    leaf.check(suite, now=None)
    tree = RatchetTree.of(leaf)
    check_common_ground(tree.root.support, options.extensions)
    hashed = tree_hash(suite, tree.root)
    context = GroupContext(suite, group_id, Epoch(0), hashed, b"", options.extensions)
    secrets, encryption = derive_epoch(suite, entropy(suite.hash_length))
    tag = secrets.confirmation_tag(suite, b"")
    return GroupState(
        settings=settings,
        identity=identity,
        own_leaf=LeafIndex(0),
        context=context,
        tree=tree,
        keys=all_keys(tree),
        private_keys={node_of(LeafIndex(0)): key},
        secrets=secrets,
        messages=SecretTree.grow(suite, 1, encryption),
        confirmation_tag=tag,
        interim_transcript_hash=interim_transcript_hash(suite, b"", tag),
    )


def unsigned_leaf(
    identity: Identity, settings: Settings, options: GroupOptions, entropy: Entropy
) -> LeafNode:
    """A leaf of ours that still lacks its key, source and signature."""
    capabilities = options.capabilities or settings.capabilities
    if settings.grease:
        capabilities = capabilities.with_grease(entropy)
    return LeafNode(
        encryption_key=b"",
        signature_key=identity.signature_key,
        credential=identity.credential,
        capabilities=capabilities,
        source=LeafSource.COMMIT,
        extensions=options.leaf_extensions,
    )


def checked_tree(
    info: GroupInfo, settings: Settings, out_of_band: bytes | None
) -> RatchetTree:
    """The tree of a group info, with every rule checked and everyone authenticated.

    Raises:
        InvalidMessage: a rule is broken; the kind says which.
    """
    context, tree = info.context, info.ratchet_tree(out_of_band)
    if tree_hash(context.suite, tree.root) != context.tree_hash:
        raise InvalidGroupInfo("a ratchet tree is not the one of the group")
    signer = tree.leaf(info.signer)
    if signer is None:
        raise InvalidGroupInfo("a group info is signed by a blank leaf")
    info.verify(signer.signature_key)
    check_whole_tree(context.suite, tree, context.group_id)
    check_common_ground(tree.root.support, context.extensions)
    for index, leaf in tree.leaves():
        settings.check_length(leaf)
        claim = CredentialClaim(leaf.credential, leaf.signature_key, leaf=index)
        settings.authenticate(claim)
    return tree


def authenticate_senders(state: GroupState) -> None:
    """Ask the application about the external senders of a group.

    Raises:
        CredentialRejected: it says no.
    """
    for sender in ExternalSender.find(state.context.extensions):
        authenticate_external(state, sender)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a welcome gives its reader."""

    package: OwnKeyPackage
    told: GroupSecrets = field(repr=False)
    info: GroupInfo
    psk_secret: Secret = field(repr=False)


def open_welcome(
    message: bytes, packages: Sequence[OwnKeyPackage], psks: Psks
) -> Arrival:
    """Open a welcome; nothing of the group it is for is checked yet.

    Raises:
        UnknownKeyPackage: it is for none of our key packages.
        UnknownPsk: it needs a pre-shared key that was not given.
        InvalidMessage: it does not open.
    """
    welcome = Welcome.from_message(message)
    package, sealed = welcome.entry_for(packages)
    suite = welcome.suite
    told = welcome.open_secrets(package.init_private, sealed)
    _check_psks(suite, told.psks)
    mixed = psk_secret(suite, told.psks, look_up(told.psks, psks))
    info = welcome.open_group_info(welcome_secret(suite, told.joiner_secret, mixed))
    if info.context.suite != suite:
        raise InvalidWelcome("a welcome is of another suite than its group")
    return Arrival(package, told, info, mixed)


def _check_psks(suite: Suite, psks: Sequence[PskId]) -> None:
    if any(len(psk.nonce) != suite.hash_length for psk in psks):
        raise InvalidWelcome("the nonce of a pre-shared key has the wrong length")
    special = [psk for psk in psks if special_usage(psk) is not None]
    if special and len(psks) > 1:
        raise InvalidWelcome("a welcome mixes a group's succession with other keys")
    if len(set(psks)) != len(psks):
        raise InvalidWelcome("a welcome uses one pre-shared key twice")


def special_usage(psk: PskId) -> ResumptionUsage | None:
    """The usage of a key that ties two groups together; None of any other key."""
    name = psk.name
    if isinstance(name, ResumptionPsk) and name.usage != ResumptionUsage.APPLICATION:
        return name.usage
    return None


def join(
    arrival: Arrival, settings: Settings, ratchet_tree: bytes | None
) -> GroupState:
    """Become a member by a welcome (§12.4.3.1).

    Raises:
        InvalidMessage: a rule is broken; the kind says which.
    """
    info, package = arrival.info, arrival.package
    context, suite = info.context, info.context.suite
    tree = checked_tree(info, settings, ratchet_tree)
    own = _find_leaf(tree, package.public.leaf)
    joiner = arrival.told.joiner_secret
    secret = epoch_secret(suite, joiner, arrival.psk_secret, context)
    secrets, encryption = derive_epoch(suite, secret)
    confirmed = context.confirmed_transcript_hash
    _check_tag(suite, secrets, info)
    state = GroupState(
        settings=settings,
        identity=package.identity,
        own_leaf=own,
        context=context,
        tree=tree,
        keys=all_keys(tree),
        private_keys=_private_keys(suite, tree, own, arrival),
        secrets=secrets,
        messages=SecretTree.grow(suite, tree.leaf_count, encryption),
        confirmation_tag=info.confirmation_tag,
        interim_transcript_hash=interim_transcript_hash(
            suite, confirmed, info.confirmation_tag
        ),
    )
    authenticate_senders(state)
    return state


def _check_tag(suite: Suite, secrets: EpochSecrets, info: GroupInfo) -> None:
    confirmed = info.context.confirmed_transcript_hash
    key = secrets.confirmation_key
    try:
        suite.verify_mac(key, confirmed, info.confirmation_tag)
    except InvalidTag as error:
        raise InvalidWelcome("the confirmation tag of a welcome is wrong") from error


def _find_leaf(tree: RatchetTree, leaf: LeafNode) -> LeafIndex:
    for index, other in tree.leaves():
        if other.encoded == leaf.encoded:
            return index
    raise InvalidWelcome("a welcome is to a group that we are not in")


def _private_keys(
    suite: Suite, tree: RatchetTree, own: LeafIndex, arrival: Arrival
) -> dict[NodeIndex, PrivateKey]:
    keys = {node_of(own): arrival.package.leaf_private}
    first, signer = arrival.told.path_secret, arrival.info.signer
    if first is None:
        return keys
    if signer == own:
        raise InvalidWelcome("a welcome is signed by its own reader")
    meeting = common_ancestor(signer, own)
    nodes = [step.parent.index for step in tree.filtered_path(signer)]
    if meeting not in nodes:
        raise InvalidWelcome("a welcome tells a secret of a node that has none")
    above = nodes[nodes.index(meeting) :]
    secrets = PathSecrets.derive(suite, first, above)
    for node, key in secrets.private_keys().items():
        if tree.key_at(node) != key.public:
            raise InvalidWelcome("the secrets of a welcome do not fit its tree")
        keys[node] = key
    return keys
