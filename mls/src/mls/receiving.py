"""Taking in a message: everything is checked before anything is kept (RFC 9420 §6).

Rules of this file: the state given is never changed, and a signature is verified before
the key that opened its message is spent.
"""

from dataclasses import replace

from mls.commits import Commit
from mls.errors import (
    InvalidCommit,
    InvalidLeaf,
    InvalidProposal,
    MalformedMessage,
    OwnMessage,
    TooManyProposals,
    WrongEpoch,
    WrongGroup,
)
from mls.extensions import ExternalSender
from mls.framing import (
    AuthenticatedContent,
    ContentType,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    SenderType,
    decode_message,
)
from mls.incoming_commits import receive_commit
from mls.proposal_lists import (
    check_origin,
)
from mls.proposals import Add, Proposal
from mls.protection import PrivateKeys, open_private, open_public, open_sender
from mls.psks import Psks
from mls.reports import (
    Telling,
    ToldApplication,
    ToldProposal,
)
from mls.state import GroupState, Member, PastEpoch, PendingProposal, Status
from mls.tree_math import LeafIndex


def receive(
    state: GroupState, message: bytes, *, now: int, psks: Psks
) -> tuple[GroupState, Telling]:
    """Take in a message; gives the group that results, and what happened.

    Raises:
        MLSError: it is refused; the kind says why, and `state` is as it was.
    """
    envelope = decode_message(message)
    if isinstance(envelope, PrivateMessage):
        _check_address(state, envelope.group_id)
        if envelope.epoch < state.context.epoch:
            return _receive_late(state, envelope)
        _check_epoch(state, envelope.epoch)
        opened, content = _open_private(state, envelope)
    else:
        framed = envelope.content.framed
        _check_address(state, framed.group_id)
        _check_epoch(state, framed.epoch)
        opened, content = state, _open_public(state, envelope)
    return _take_in(opened, content, now=now, psks=psks)


def _check_address(state: GroupState, group_id: bytes) -> None:
    if group_id != state.context.group_id:
        raise WrongGroup("a message is of another group")


def _check_epoch(state: GroupState, epoch: int) -> None:
    if epoch != state.context.epoch:
        raise WrongEpoch(epoch, state.context.epoch)


def _open_private(
    state: GroupState, envelope: PrivateMessage
) -> tuple[GroupState, AuthenticatedContent]:
    keys = PrivateKeys(state.suite, state.secrets.sender_data, state.messages)
    sealed = open_sender(keys, envelope)
    if sealed.leaf == state.own_leaf:
        raise OwnMessage("we sent this message ourselves")
    sender = _sender(state, sealed.leaf)
    content, messages = open_private(keys, sealed, state.settings.limits)
    content.verify(state.suite, sender.signature_key, state.context.encode())
    return replace(state, messages=messages), content


def _receive_late(
    state: GroupState, envelope: PrivateMessage
) -> tuple[GroupState, ToldApplication]:
    """Read an application message of an epoch that has ended."""
    position, past = _find_past(state, envelope.epoch)
    if envelope.content_type != ContentType.APPLICATION:
        raise WrongEpoch(envelope.epoch, state.context.epoch)
    keys = PrivateKeys(state.suite, past.sender_data_secret, past.messages)
    sealed = open_sender(keys, envelope)
    leaf = past.roster.leaf(sealed.leaf)
    if leaf is None:
        raise InvalidLeaf("a message comes from a blank leaf")
    if sealed.leaf == past.own_leaf:
        raise OwnMessage("we sent this message ourselves")
    content, messages = open_private(keys, sealed, state.settings.limits)
    content.verify(state.suite, leaf.signature_key, past.context.encode())
    kept = list(state.past)
    kept[position] = replace(past, messages=messages)
    told = _tell_application(content.framed, Member(sealed.leaf, leaf))
    return replace(state, past=tuple(kept)), told


def _sender(state: GroupState, leaf: LeafIndex) -> Member:
    node = state.tree.leaf(leaf)
    if node is None:
        raise InvalidLeaf("a message comes from a blank leaf")
    return Member(leaf, node)


def _find_past(state: GroupState, epoch: int) -> tuple[int, PastEpoch]:
    for position, past in enumerate(state.past):
        if past.context.epoch == epoch:
            return position, past
    raise WrongEpoch(epoch, state.context.epoch)


def _tell_application(framed: FramedContent, sender: Member) -> ToldApplication:
    if not isinstance(framed.content, bytes):
        raise MalformedMessage("a content is not of the type it says")
    return ToldApplication(
        framed.authenticated_data, framed.content, sender, framed.epoch
    )


def _open_public(state: GroupState, envelope: PublicMessage) -> AuthenticatedContent:
    framed = envelope.content.framed
    if framed.sender.leaf == state.own_leaf:
        raise OwnMessage("we sent this message ourselves")
    key, context = state.secrets.membership_key, state.context.encode()
    content = open_public(state.suite, key, envelope, context)
    content.verify(state.suite, _public_signer(state, framed), context)
    return content


def _public_signer(state: GroupState, framed: FramedContent) -> bytes:
    """The key that must have signed a public message (§6.1)."""
    sender, content = framed.sender, framed.content
    if sender.type == SenderType.MEMBER:
        return _sender(state, LeafIndex(sender.index)).signature_key
    if sender.type == SenderType.EXTERNAL and not isinstance(content, Commit):
        known = ExternalSender.find(state.context.extensions)
        if sender.index >= len(known):
            raise InvalidProposal("an external sender is not known to the group")
        return known[sender.index].signature_key
    if sender.type == SenderType.NEW_MEMBER_PROPOSAL and isinstance(content, Add):
        return content.key_package.leaf.signature_key
    if sender.type == SenderType.NEW_MEMBER_COMMIT and isinstance(content, Commit):
        if content.path is None:
            raise InvalidCommit("an external commit has no path")
        return content.path.leaf.signature_key
    raise InvalidProposal("somebody sent what their role does not allow")


def _take_in(
    state: GroupState, content: AuthenticatedContent, *, now: int, psks: Psks
) -> tuple[GroupState, Telling]:
    framed = content.framed
    if isinstance(framed.content, bytes):
        sender = _sender(state, LeafIndex(framed.sender.index))
        return state, _tell_application(framed, sender)
    if state.status is not Status.ACTIVE:
        raise WrongEpoch(framed.epoch, state.context.epoch)
    if isinstance(framed.content, Commit):
        return receive_commit(state, content, framed.content, now=now, psks=psks)
    return _receive_proposal(state, content, framed.content)


def _receive_proposal(
    state: GroupState, content: AuthenticatedContent, proposal: Proposal
) -> tuple[GroupState, ToldProposal]:
    sender = content.framed.sender
    if sender.type == SenderType.NEW_MEMBER_COMMIT:
        raise InvalidProposal("somebody sent what their role does not allow")
    check_origin(proposal, sender)
    reference = content.reference(state.suite)
    told = ToldProposal(content.framed.authenticated_data, proposal, reference, sender)
    if any(pending.reference == reference for pending in state.pending):
        return state, told
    if len(state.pending) >= state.settings.pending_proposals:
        raise TooManyProposals("more proposals are pending than settings allow")
    pending = PendingProposal(reference, proposal, sender)
    return replace(state, pending=(*state.pending, pending)), told
