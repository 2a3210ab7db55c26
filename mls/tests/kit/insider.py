"""An insider with real keys who sends what honest software never would.

Commits are made here step by step from the text of RFC 9420 §12.4.1, with no check at
all, and every step can be bent. With nothing bent the result is an honest commit, which
a test of its own shows; so whatever is refused is refused for what was bent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kit.people import FAST, Entropy
from mls import (
    Add,
    Group,
    GroupContextExtensions,
    Identity,
    PreSharedKey,
    Remove,
    Suite,
)
from mls.commits import Commit, ProposalReference, UpdatePath
from mls.extensions import Extensions
from mls.framing import (
    AuthenticatedContent,
    Content,
    FramedContent,
    Sender,
    SenderType,
)
from mls.key_packages import KeyPackage
from mls.key_schedule import (
    EXTERNAL_INIT,
    Epoch,
    EpochSecrets,
    GroupContext,
    confirmed_transcript_hash,
    derive_epoch,
    epoch_secret,
    joiner_secret,
    welcome_secret,
)
from mls.leaf_nodes import LeafNode, LeafSource
from mls.proposals import ExternalInit, Proposal, Update
from mls.protection import PrivateKeys, seal_private, seal_public
from mls.psks import Psks, look_up, psk_secret
from mls.secrets import Secret
from mls.state import GroupState, PendingProposal
from mls.suites import PrivateKey
from mls.tree import RatchetTree
from mls.tree_hash import tree_hash
from mls.tree_kem import PathSecrets, fresh_path, merge_path, seal_path
from mls.tree_math import LeafIndex
from mls.wire_formats import WireFormat, encode_message

Value = TypeVar("Value")
Entry = Proposal | PendingProposal | ProposalReference
ENTROPY = Entropy("insider")


def unbent(value: Value) -> Value:
    """Leave a step as the RFC has it."""
    return value


@dataclass(frozen=True, kw_only=True)
class Bend:
    """Where a commit departs from the rules.

    Attributes:
        leaf: the new leaf, before it is signed.
        signed_leaf: the same, after it was signed.
        keys: the public keys of the path, which then say nothing of its secrets.
        path: the whole path, after its secrets were sealed.
        commit: the commit, before it is signed.
        framed: the frame, before it is signed.
        signed: the signed content, before its tags are made.
        tag: the confirmation tag.
        signer: who signs the commit, if not the committer.
        leaf_signer: who signs the leaf, if not the committer.
        with_path: whether there is a path.
        without: which leaves no path secret is sealed to, if not the added ones.
        private: whether to send it in a private envelope.
    """

    leaf: Callable[[LeafNode], LeafNode] = unbent
    signed_leaf: Callable[[LeafNode], LeafNode] = unbent
    keys: Callable[[list[bytes]], list[bytes]] = unbent
    path: Callable[[UpdatePath], UpdatePath] = unbent
    commit: Callable[[Commit], Commit] = unbent
    framed: Callable[[FramedContent], FramedContent] = unbent
    signed: Callable[[AuthenticatedContent], AuthenticatedContent] = unbent
    tag: Callable[[bytes], bytes] = unbent
    signer: Identity | None = None
    leaf_signer: Identity | None = None
    with_path: bool = True
    without: frozenset[LeafIndex] | None = None
    private: bool = False


@dataclass(frozen=True)
class Seat:
    """From where somebody commits."""

    leaf: LeafIndex
    sender: Sender
    identity: Identity
    init_secret: Secret


@dataclass(frozen=True)
class Forged:
    """A commit, and everything of the epoch it makes."""

    message: bytes
    context: GroupContext
    tree: RatchetTree
    secrets: EpochSecrets
    encryption: Secret
    joiner: Secret
    welcome: Secret
    tag: bytes
    seat: Seat
    path: PathSecrets | None
    added: tuple[tuple[LeafIndex, KeyPackage], ...]


def inside(group: Group) -> GroupState:
    """What a member knows; an insider reads its own memory."""
    return group._state


def member_seat(state: GroupState) -> Seat:
    sender = Sender.member(state.own_leaf)
    return Seat(state.own_leaf, sender, state.identity, state.secrets.init)


@dataclass(frozen=True)
class _Applied:
    tree: RatchetTree
    extensions: Extensions
    added: tuple[tuple[LeafIndex, KeyPackage], ...]


def _apply(state: GroupState, proposals: Sequence[tuple[Proposal, Sender]]) -> _Applied:
    tree, extensions, added = state.tree, state.context.extensions, []
    for proposal, sender in proposals:
        if isinstance(proposal, GroupContextExtensions):
            extensions = proposal.extensions
        if isinstance(proposal, Update):
            tree = tree.update(LeafIndex(sender.index), proposal.leaf)
    for proposal, _ in proposals:
        if isinstance(proposal, Remove) and tree.leaf(proposal.leaf) is not None:
            tree = tree.remove(proposal.leaf)
    for proposal, _ in proposals:
        if isinstance(proposal, Add):
            tree, leaf = tree.add(proposal.key_package.leaf)
            added.append((leaf, proposal.key_package))
    return _Applied(tree, extensions, tuple(added))


def _resolve(
    state: GroupState, entries: Sequence[Entry], sender: Sender
) -> list[tuple[Proposal, Sender]]:
    resolved: list[tuple[Proposal, Sender]] = []
    for entry in entries:
        if isinstance(entry, PendingProposal):
            resolved.append((entry.proposal, entry.sender))
        elif not isinstance(entry, ProposalReference):
            resolved.append((entry, sender))
    return resolved


def _on_wire(entry: Entry) -> Proposal | ProposalReference:
    if isinstance(entry, PendingProposal):
        return ProposalReference(entry.reference)
    return entry


def _make_path(
    state: GroupState, seat: Seat, applied: _Applied, bend: Bend
) -> tuple[UpdatePath, PathSecrets, RatchetTree, GroupContext]:
    suite = state.suite
    tree = applied.tree.extended_to(seat.leaf)
    steps = tree.filtered_path(seat.leaf)
    secrets = fresh_path(suite, tree, seat.leaf, ENTROPY)
    keys = bend.keys([key.public for key in secrets.keys])
    parents, above = merge_path(suite, tree, seat.leaf, keys)
    leaf = bend.signed_leaf(
        bend.leaf(
            replace(
                template(state, seat),
                encryption_key=suite.generate_key(ENTROPY).public,
                source=LeafSource.COMMIT,
                lifetime=None,
                parent_hash=above,
                encoded=b"",
            )
        ).signed(
            bend.leaf_signer or seat.identity,
            group_id=state.context.group_id,
            leaf=seat.leaf,
        )
    )
    merged = tree.with_path(seat.leaf, leaf, parents)
    context = _next_context(state, merged, applied.extensions)
    added = frozenset(leaf for leaf, _ in applied.added)
    without = added if bend.without is None else bend.without
    nodes = seal_path(suite, steps, secrets, without=without, context=context.encode())
    named = tuple(
        replace(node, encryption_key=key) for node, key in zip(nodes, keys, strict=True)
    )
    return bend.path(UpdatePath(leaf, named)), secrets, merged, context


def template(state: GroupState, seat: Seat) -> LeafNode:
    """A leaf to start from: ours, or anybody's with the newcomer's keys."""
    own = state.tree.leaf(seat.leaf)
    if seat.sender.type == SenderType.MEMBER and own is not None:
        return own
    other = state.tree.leaf(state.own_leaf)
    assert other is not None
    return replace(
        other,
        credential=seat.identity.credential,
        signature_key=seat.identity.signature_key,
        encoded=b"",
    )


def _next_context(
    state: GroupState, tree: RatchetTree, extensions: Extensions
) -> GroupContext:
    return replace(
        state.context,
        epoch=Epoch(state.context.epoch + 1),
        tree_hash=tree_hash(state.suite, tree.root),
        extensions=extensions,
    )


def forge(
    group: Group,
    entries: Sequence[Entry] = (),
    bend: Bend = Bend(),
    *,
    psks: Psks | None = None,
    seat: Seat | None = None,
) -> Forged:
    """Commit these proposals, valid or not, with the keys of a member."""
    state = inside(group)
    suite, seat = state.suite, seat or member_seat(state)
    resolved = _resolve(state, entries, seat.sender)
    applied = _apply(state, resolved)
    if seat.sender.type == SenderType.NEW_MEMBER_COMMIT:
        seat = replace(seat, leaf=applied.tree.next_free())
    path, secrets, tree = None, None, applied.tree
    context = _next_context(state, tree, applied.extensions)
    if bend.with_path:
        path, secrets, tree, context = _make_path(state, seat, applied, bend)
    commit = bend.commit(Commit(tuple(map(_on_wire, entries)), path))
    signed = frame(state, commit, bend, seat)
    confirmed = confirmed_transcript_hash(suite, state.interim_transcript_hash, signed)
    context = replace(context, confirmed_transcript_hash=confirmed)
    commit_secret = suite.no_secret if secrets is None else secrets.commit_secret
    joiner = joiner_secret(suite, seat.init_secret, commit_secret, context)
    ids = [p.psk for p, _ in resolved if isinstance(p, PreSharedKey)]
    mixed = psk_secret(suite, ids, look_up(ids, state.known_psks(psks or {})))
    kept, encryption = derive_epoch(suite, epoch_secret(suite, joiner, mixed, context))
    tag = bend.tag(kept.confirmation_tag(suite, confirmed))
    authentication = replace(signed.authentication, confirmation_tag=tag)
    return Forged(
        message=envelope(state, replace(signed, authentication=authentication)),
        context=context,
        tree=tree,
        secrets=kept,
        encryption=encryption,
        joiner=joiner,
        welcome=welcome_secret(suite, joiner, mixed),
        tag=tag,
        seat=seat,
        path=secrets,
        added=applied.added,
    )


def frame(
    state: GroupState, content: Content, bend: Bend, seat: Seat
) -> AuthenticatedContent:
    """Sign content as a member or a newcomer of this epoch."""
    context = state.context
    framed = bend.framed(
        FramedContent(context.group_id, context.epoch, seat.sender, b"", content)
    )
    kind = WireFormat.PRIVATE_MESSAGE if bend.private else WireFormat.PUBLIC_MESSAGE
    signer = bend.signer or seat.identity
    return bend.signed(
        AuthenticatedContent.sign(signer, kind, framed, context.encode())
    )


def envelope(state: GroupState, content: AuthenticatedContent) -> bytes:
    """Put signed content into the envelope it names, tags and all."""
    suite, context = state.suite, state.context.encode()
    if content.wire_format is WireFormat.PUBLIC_MESSAGE:
        key = state.secrets.membership_key
        public = seal_public(suite, key, content, context)
        return encode_message(WireFormat.PUBLIC_MESSAGE, public.encode())
    keys = PrivateKeys(suite, state.secrets.sender_data, state.messages)
    private, _ = seal_private(keys, content, padding=0, entropy=ENTROPY)
    return encode_message(WireFormat.PRIVATE_MESSAGE, private.encode())


def send(group: Group, content: Content, bend: Bend = Bend()) -> bytes:
    """Send any content that is no commit, as a member."""
    state = inside(group)
    return envelope(state, frame(state, content, bend, member_seat(state)))


def newcomer_seat(group: Group, identity: Identity) -> tuple[Seat, ExternalInit]:
    """Where somebody comes in by external commit, and the proposal it needs."""
    state = inside(group)
    suite = state.suite
    public = state.secrets.external_key(suite).public
    kem_output, secret = suite.hpke.export_to(public, EXTERNAL_INIT, suite.hash_length)
    sender = Sender(SenderType.NEW_MEMBER_COMMIT)
    seat = Seat(state.tree.next_free(), sender, identity, secret)
    return seat, ExternalInit(kem_output)


def update_leaf(
    group: Group, change: Callable[[LeafNode], LeafNode] = unbent
) -> tuple[LeafNode, PrivateKey]:
    """A leaf for an Update of a member, changed before it is signed."""
    state = inside(group)
    own = state.tree.leaf(state.own_leaf)
    assert own is not None
    key = state.suite.generate_key(ENTROPY)
    leaf = replace(
        own,
        encryption_key=key.public,
        source=LeafSource.UPDATE,
        lifetime=None,
        parent_hash=b"",
        encoded=b"",
    )
    signed = change(leaf).signed(
        state.identity, group_id=state.context.group_id, leaf=state.own_leaf
    )
    return signed, key


def resuite(number: int) -> Suite:
    """A suite by number; the fast one for 0."""
    return Suite.from_id(number) if number else FAST
