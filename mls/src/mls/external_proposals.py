"""Proposals from people who are not in the group (RFC 9420 §12.1.8)."""

from mls.errors import UsageError
from mls.framing import (
    AuthenticatedContent,
    FramedContent,
    PublicMessage,
    Sender,
    SenderType,
)
from mls.identities import Identity
from mls.key_packages import OwnKeyPackage
from mls.proposals import Add, Proposal, may_come_from_outside
from mls.wire_formats import WireFormat, encode_message


def propose_own_addition(
    key_package: OwnKeyPackage, *, group_id: bytes, epoch: int
) -> bytes:
    """Ask a group to add us; gives the message to send to it."""
    sender = Sender(SenderType.NEW_MEMBER_PROPOSAL)
    framed = FramedContent(group_id, epoch, sender, b"", Add(key_package.public))
    return _send(key_package.identity, framed)


def propose_from_outside(
    identity: Identity,
    proposal: Proposal,
    *,
    sender_index: int,
    group_id: bytes,
    epoch: int,
) -> bytes:
    """Propose a change as one of the group's external senders.

    Raises:
        UsageError: external senders may not propose this.
    """
    if not may_come_from_outside(proposal):
        raise UsageError("an external sender may not propose this")
    sender = Sender(SenderType.EXTERNAL, sender_index)
    return _send(identity, FramedContent(group_id, epoch, sender, b"", proposal))


def _send(identity: Identity, framed: FramedContent) -> bytes:
    wire_format = WireFormat.PUBLIC_MESSAGE
    content = AuthenticatedContent.sign(identity, wire_format, framed, b"")
    return encode_message(wire_format, PublicMessage(content, None).encode())
