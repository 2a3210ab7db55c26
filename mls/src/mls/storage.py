"""Storing a group in two parts, and putting it together again.

The epoch part is large and changes with the epoch and the pending proposals. The
ratchet part is small and changes with every message: all message keys are in it, and
nowhere else. Each names the epoch by a digest of its authenticator: parts of different
epochs, or of two forks of one, never come together; and any two parts of one epoch hold
exactly the message keys of the ratchet part.
"""

from collections.abc import Sequence

from mls.codec import Reader, decode, opaque, optional, uint8, uint32, uint64, vector
from mls.errors import MalformedMessage, StateMismatch
from mls.framing import Sender
from mls.identities import Identity
from mls.key_schedule import EpochSecrets, GroupContext
from mls.leaf_nodes import LeafNode
from mls.proposals import ReInit, decode_proposal, encode_proposal
from mls.secret_tree import SecretTree
from mls.secrets import Secret
from mls.settings import Settings
from mls.state import GroupState, OwnUpdate, PastEpoch, PendingProposal, Status
from mls.suites import PrivateKey
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex, NodeIndex
from mls.tree_rules import all_keys, changes

_VERSION = 1
_STATUSES = tuple(Status)


def epoch_part(state: GroupState) -> bytes:
    """Everything but message keys."""
    reinit = state.reinit
    return b"".join(
        (
            uint8(_VERSION),
            opaque(state.context.encode()),
            opaque(state.identity.to_bytes()),
            uint32(state.own_leaf),
            opaque(state.tree.encode()),
            vector(
                uint32(node) + opaque(key.raw)
                for node, key in sorted(state.private_keys.items())
            ),
            state.secrets.encode(),
            opaque(state.confirmation_tag),
            opaque(state.interim_transcript_hash),
            vector(map(_encode_pending, state.pending)),
            vector(_encode_past(state)),
            vector(uint64(epoch) + opaque(key) for epoch, key in state.resumption),
            uint8(_STATUSES.index(state.status)),
            optional(None if reinit is None else encode_proposal(reinit)),
        )
    )


def ratchet_part(state: GroupState) -> bytes:
    """Every message key that was not used yet, of this epoch and of those before."""
    past = (uint64(past.context.epoch) + past.messages.encode() for past in state.past)
    return b"".join(
        (
            uint8(_VERSION),
            opaque(_mark(state.context, state.secrets)),
            state.messages.encode(),
            vector(past),
        )
    )


def restore(epoch: bytes, ratchet: bytes, settings: Settings) -> GroupState:
    """Put both parts together.

    Raises:
        StateMismatch: they are not of the same epoch of the same group.
        MalformedMessage: they are not parts of a stored group.
    """
    stored = decode(ratchet, _read_ratchet)
    return decode(epoch, lambda reader: _read_epoch(reader, stored, settings))


Staged = tuple[bytes, bytes | None, bytes | None]
"""The messages of a staged commit: itself, its welcome, its group info."""


def encode_staged(messages: Staged, states: tuple[GroupState, GroupState]) -> bytes:
    """Everything of a staged commit, and of the groups before and after it."""
    message, *others = messages
    parts = [opaque(epoch_part(it)) + opaque(ratchet_part(it)) for it in states]
    told = [optional(None if it is None else opaque(it)) for it in others]
    return b"".join((opaque(message), *told, *parts))


def decode_staged(
    stored: bytes, settings: Settings
) -> tuple[Staged, tuple[GroupState, GroupState]]:
    """The inverse of `encode_staged`.

    Raises:
        MalformedMessage: the bytes are not a staged commit.
    """

    def read_state(reader: Reader) -> GroupState:
        return restore(reader.opaque(), reader.opaque(), settings)

    def read(reader: Reader) -> tuple[Staged, tuple[GroupState, GroupState]]:
        welcome = reader.opaque(), reader.optional(Reader.opaque)
        messages = (*welcome, reader.optional(Reader.opaque))
        return messages, (read_state(reader), read_state(reader))

    return decode(stored, read)


def _mark(context: GroupContext, secrets: EpochSecrets) -> bytes:
    return context.suite.hash(context.encode() + secrets.epoch_authenticator)


def _encode_key(key: PrivateKey) -> bytes:
    return opaque(key.raw)


def _encode_pending(pending: PendingProposal) -> bytes:
    update = None
    if pending.update is not None:
        identity = opaque(pending.update.identity.to_bytes())
        update = _encode_key(pending.update.key) + identity
    return b"".join(
        (
            opaque(pending.reference),
            encode_proposal(pending.proposal),
            pending.sender.encode(),
            optional(update),
            uint8(pending.is_forgotten),
        )
    )


def _encode_past(state: GroupState) -> list[bytes]:
    """Past epochs, newest first; each roster as what differs from the next newer."""
    encoded, newer = [], state.tree
    for past in reversed(state.past):
        differing = vector(
            uint32(change.leaf) + optional(_leaf_or_none(change.after))
            for change in changes(newer, past.roster)
            if change.leaf is not None
        )
        encoded.append(
            b"".join(
                (
                    opaque(past.context.encode()),
                    uint32(past.own_leaf),
                    opaque(past.sender_data_secret),
                    differing,
                )
            )
        )
        newer = past.roster
    return encoded


def _leaf_or_none(node: object) -> bytes | None:
    return node.encode() if isinstance(node, LeafNode) else None


_Ratchets = tuple[bytes, SecretTree, dict[int, SecretTree]]


def _read_ratchet(reader: Reader) -> _Ratchets:
    _check_version(reader)
    mark, messages = reader.opaque(), SecretTree.decode(reader)
    past = reader.vector(lambda inner: (inner.uint64(), SecretTree.decode(inner)))
    return mark, messages, dict(past)


def _check_version(reader: Reader) -> None:
    if reader.uint8() != _VERSION:
        raise MalformedMessage("a group was stored by another version")


def _read_epoch(reader: Reader, stored: _Ratchets, settings: Settings) -> GroupState:
    mark, messages, past_messages = stored
    _check_version(reader)
    context = decode(reader.opaque(), GroupContext.decode)
    identity, own_leaf = Identity.from_bytes(reader.opaque()), reader.uint32()
    tree = decode(reader.opaque(), RatchetTree.decode)
    suite = context.suite
    keys = reader.vector(lambda inner: (NodeIndex(inner.uint32()), inner.opaque()))
    secrets = EpochSecrets.decode(reader)
    if _mark(context, secrets) != mark:
        raise StateMismatch("an epoch part and a ratchet part are of different epochs")
    tag, interim = reader.opaque(), reader.opaque()
    pending = reader.vector(lambda inner: _read_pending(inner, identity))
    past = _read_past(reader, tree, past_messages)
    resumption = reader.vector(lambda inner: (inner.uint64(), Secret(inner.opaque())))
    status = _read_status(reader)
    return GroupState(
        settings=settings,
        identity=identity,
        own_leaf=LeafIndex(own_leaf),
        context=context,
        tree=tree,
        keys=all_keys(tree),
        private_keys={node: suite.private_key(raw) for node, raw in keys},
        secrets=secrets,
        messages=messages,
        confirmation_tag=tag,
        interim_transcript_hash=interim,
        pending=pending,
        past=past,
        resumption=resumption,
        status=status,
        reinit=reader.optional(_read_reinit),
    )


def _read_status(reader: Reader) -> Status:
    number = reader.uint8()
    if number >= len(_STATUSES):
        raise MalformedMessage("a stored group has no known status")
    return _STATUSES[number]


def _read_reinit(reader: Reader) -> ReInit:
    proposal = decode_proposal(reader)
    if not isinstance(proposal, ReInit):
        raise MalformedMessage("a stored reinit is something else")
    return proposal


def _read_pending(reader: Reader, identity: Identity) -> PendingProposal:
    reference, proposal = reader.opaque(), decode_proposal(reader)
    sender = Sender.decode(reader)

    def read_update(inner: Reader) -> OwnUpdate:
        key = identity.suite.private_key(inner.opaque())
        return OwnUpdate(key, Identity.from_bytes(inner.opaque()))

    update, forgotten = reader.optional(read_update), reader.uint8()
    if forgotten > 1:
        raise MalformedMessage("a stored proposal is neither kept nor forgotten")
    return PendingProposal(reference, proposal, sender, update, bool(forgotten))


def _read_past(
    reader: Reader, newest: RatchetTree, messages: dict[int, SecretTree]
) -> tuple[PastEpoch, ...]:
    entries = reader.vector(_read_past_entry)
    past, roster = [], newest
    for context, own_leaf, sender_data, differing in entries:
        for leaf, node in differing:
            roster = roster.with_leaf(leaf, node)
        kept = messages.get(context.epoch)
        # A ratchet part may be older than this one by what was forgotten since.
        if kept is not None:
            past.append(PastEpoch(context, own_leaf, roster, sender_data, kept))
    return tuple(reversed(past))


_PastEntry = tuple[
    GroupContext, LeafIndex, Secret, Sequence[tuple[LeafIndex, LeafNode | None]]
]


def _read_past_entry(reader: Reader) -> _PastEntry:
    context = decode(reader.opaque(), GroupContext.decode)
    own_leaf, sender_data = LeafIndex(reader.uint32()), Secret(reader.opaque())
    differing = reader.vector(
        lambda inner: (LeafIndex(inner.uint32()), inner.optional(LeafNode.decode))
    )
    return context, own_leaf, sender_data, differing
