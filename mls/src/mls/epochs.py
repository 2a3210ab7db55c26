"""From one epoch to the next: what sender and receivers of a commit compute alike.

RFC 9420 §8, §12.4.1, §12.4.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mls.errors import InvalidCommit
from mls.framing import AuthenticatedContent
from mls.identities import Identity
from mls.key_schedule import (
    Epoch,
    EpochSecrets,
    GroupContext,
    confirmed_transcript_hash,
    derive_epoch,
    epoch_secret,
    interim_transcript_hash,
    joiner_secret,
    welcome_secret,
)
from mls.key_sets import KeySet
from mls.proposal_lists import Outcome
from mls.psks import Psks, look_up, psk_secret
from mls.secret_tree import SecretTree
from mls.secrets import Secret
from mls.state import GroupState, PastEpoch, Status
from mls.suites import PrivateKey
from mls.tree import RatchetTree
from mls.tree_hash import tree_hash
from mls.tree_math import NodeIndex

Kept = TypeVar("Kept")
_LAST_EPOCH = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Inputs:
    """What goes into the key schedule, besides the transcript."""

    init_secret: Secret = field(repr=False)
    commit_secret: Secret = field(repr=False)
    psk_secret: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """What comes out of the key schedule."""

    context: GroupContext
    secrets: EpochSecrets = field(repr=False)
    messages: SecretTree = field(repr=False)
    joiner_secret: Secret = field(repr=False)
    welcome_secret: Secret = field(repr=False)
    confirmation_tag: bytes
    interim_transcript_hash: bytes


def provisional_context(
    state: GroupState, tree: RatchetTree, outcome: Outcome
) -> GroupContext:
    """The next epoch's context with this epoch's transcript (§12.4.1).

    Raises:
        InvalidCommit: there is no next epoch, for there are no more numbers.
    """
    if state.context.epoch >= _LAST_EPOCH:
        raise InvalidCommit("a group has run out of epochs")
    return replace(
        state.context,
        epoch=Epoch(state.context.epoch + 1),
        tree_hash=tree_hash(state.suite, tree.root),
        extensions=outcome.extensions,
    )


def mixed_psks(state: GroupState, outcome: Outcome, given: Psks) -> Secret:
    """The secret of the pre-shared keys that a commit uses (§8.4).

    Raises:
        UnknownPsk: one was not given.
    """
    keys = look_up(outcome.psks, state.known_psks(given))
    return psk_secret(state.suite, outcome.psks, keys)


def advance(
    state: GroupState,
    provisional: GroupContext,
    commit: AuthenticatedContent,
    inputs: Inputs,
    leaf_count: int,
) -> NewEpoch:
    """Run the key schedule for a commit; its confirmation tag is not looked at."""
    suite = state.suite
    confirmed = confirmed_transcript_hash(suite, state.interim_transcript_hash, commit)
    context = replace(provisional, confirmed_transcript_hash=confirmed)
    joiner = joiner_secret(suite, inputs.init_secret, inputs.commit_secret, context)
    secret = epoch_secret(suite, joiner, inputs.psk_secret, context)
    secrets, encryption = derive_epoch(suite, secret)
    tag = secrets.confirmation_tag(suite, confirmed)
    return NewEpoch(
        context=context,
        secrets=secrets,
        messages=SecretTree.grow(suite, leaf_count, encryption),
        joiner_secret=joiner,
        welcome_secret=welcome_secret(suite, joiner, inputs.psk_secret),
        confirmation_tag=tag,
        interim_transcript_hash=interim_transcript_hash(suite, confirmed, tag),
    )


@dataclass(frozen=True, slots=True)
class Succession:
    """A new epoch with the tree it is for, and what we know in it."""

    epoch: NewEpoch
    outcome: Outcome
    tree: RatchetTree = field(repr=False)
    keys: KeySet = field(repr=False)
    private_keys: Mapping[NodeIndex, PrivateKey] = field(repr=False)
    identity: Identity


def succeed(state: GroupState, next_: Succession) -> GroupState:
    """The state of a member in the next epoch; the old one becomes a past epoch."""
    settings, epoch = state.settings, next_.epoch
    ended = PastEpoch(
        state.context,
        state.own_leaf,
        state.tree,
        state.secrets.sender_data,
        state.messages,
    )
    last = (state.context.epoch, state.secrets.resumption_psk)
    is_reinit = next_.outcome.reinit is not None
    return replace(
        state,
        identity=next_.identity,
        context=epoch.context,
        tree=next_.tree,
        keys=next_.keys,
        private_keys=next_.private_keys,
        secrets=epoch.secrets,
        messages=epoch.messages,
        confirmation_tag=epoch.confirmation_tag,
        interim_transcript_hash=epoch.interim_transcript_hash,
        pending=(),
        past=_newest((*state.past, ended), settings.past_epochs),
        resumption=_newest((*state.resumption, last), settings.resumption_epochs),
        status=Status.REINITIALISED if is_reinit else Status.ACTIVE,
        reinit=next_.outcome.reinit,
    )


def _newest(values: tuple[Kept, ...], count: int) -> tuple[Kept, ...]:
    return values[max(0, len(values) - count) :]
