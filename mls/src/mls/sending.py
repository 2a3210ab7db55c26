"""Sending application messages and proposals (RFC 9420 §6, §12.1)."""

from dataclasses import dataclass, replace

from mls.errors import UsageError
from mls.extensions import Capabilities, Extensions
from mls.framing import AuthenticatedContent, Content, FramedContent, Sender
from mls.identities import Identity
from mls.leaf_nodes import LeafNode, LeafSource
from mls.proposals import ExternalInit, PreSharedKey, Proposal, Update
from mls.protection import PrivateKeys, seal_private, seal_public
from mls.psks import with_nonce
from mls.state import GroupState, OwnUpdate, PendingProposal
from mls.suites import Entropy
from mls.wire_formats import WireFormat, encode_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How a message is sent.

    Attributes:
        public: whether those who carry it may read it.
        authenticated_data: what travels beside the content, readable but authentic.
    """

    public: bool = False
    authenticated_data: bytes = b""

    @property
    def wire_format(self) -> WireFormat:
        """The envelope."""
        public, private = WireFormat.PUBLIC_MESSAGE, WireFormat.PRIVATE_MESSAGE
        return public if self.public else private


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOptions:
    """What changes in our leaf, besides its encryption key; None changes nothing.

    Attributes:
        identity: a new credential or signature key.
        extensions: extensions of the leaf.
        capabilities: what we support.
    """

    identity: Identity | None = None
    extensions: Extensions | None = None
    capabilities: Capabilities | None = None

    def applied_to(self, leaf: LeafNode, identity: Identity) -> LeafNode:
        """A leaf with these changes, to be given a source and a key, and signed.

        Raises:
            UsageError: the new identity is of another suite.
        """
        chosen = self.identity or identity
        if chosen.suite != identity.suite:
            raise UsageError("a leaf cannot change its cipher suite")
        return replace(
            leaf,
            signature_key=chosen.signature_key,
            credential=chosen.credential,
            capabilities=self.capabilities or leaf.capabilities,
            extensions=leaf.extensions if self.extensions is None else self.extensions,
            lifetime=None,
            encoded=b"",
        )


def sign_content(
    state: GroupState, content: Content, framing: Framing
) -> AuthenticatedContent:
    """Sign a content as a member of this epoch."""
    framed = FramedContent(
        state.context.group_id,
        state.context.epoch,
        Sender.member(state.own_leaf),
        framing.authenticated_data,
        content,
    )
    context = state.context.encode()
    return AuthenticatedContent.sign(
        state.identity, framing.wire_format, framed, context
    )


def seal(
    state: GroupState, content: AuthenticatedContent, entropy: Entropy
) -> tuple[GroupState, bytes]:
    """Put signed content into its envelope; gives the group with its ratchet moved."""
    if content.wire_format == WireFormat.PUBLIC_MESSAGE:
        key, context = state.secrets.membership_key, state.context.encode()
        public = seal_public(state.suite, key, content, context)
        return state, encode_message(content.wire_format, public.encode())
    keys = PrivateKeys(state.suite, state.secrets.sender_data, state.messages)
    message, messages = seal_private(
        keys, content, padding=state.settings.padding, entropy=entropy
    )
    sealed = encode_message(content.wire_format, message.encode())
    return replace(state, messages=messages), sealed


def send_application(
    state: GroupState, plaintext: bytes, authenticated_data: bytes, entropy: Entropy
) -> tuple[GroupState, bytes]:
    """Encrypt an application message.

    Raises:
        UsageError: the group has ended for us, or proposals wait for a commit (§12.4).
    """
    state.require_active()
    if any(not each.is_forgotten for each in state.pending):
        raise UsageError("proposals are pending; commit or forget them before speaking")
    framing = Framing(authenticated_data=authenticated_data)
    return seal(state, sign_content(state, bytes(plaintext), framing), entropy)


def send_proposal(
    state: GroupState, proposal: Proposal, framing: Framing, entropy: Entropy
) -> tuple[GroupState, bytes]:
    """Send a proposal, which is pending from now on.

    Raises:
        UsageError: the group has ended for us, or this cannot be proposed so.
    """
    state.require_active()
    if isinstance(proposal, Update | ExternalInit):
        raise UsageError("use propose_update, or an external commit")
    return _send(state, completed(state, proposal, entropy), framing, entropy, None)


def completed(state: GroupState, proposal: Proposal, entropy: Entropy) -> Proposal:
    """A proposal with what only its sender can fill in: a nonce (§12.1.4)."""
    if not isinstance(proposal, PreSharedKey):
        return proposal
    nonce = entropy(state.suite.hash_length)
    return PreSharedKey(with_nonce(proposal.psk, nonce))


def send_update(
    state: GroupState, options: UpdateOptions, framing: Framing, entropy: Entropy
) -> tuple[GroupState, bytes]:
    """Propose a new leaf for us; it takes effect when somebody else commits it.

    Raises:
        UsageError: the group has ended for us.
    """
    state.require_active()
    identity, key = (
        options.identity or state.identity,
        state.suite.generate_key(entropy),
    )
    old = state.member(state.own_leaf).leaf_node
    leaf = replace(
        options.applied_to(old, state.identity),
        encryption_key=key.public,
        source=LeafSource.UPDATE,
        parent_hash=b"",
        encoded=b"",
    ).signed(identity, group_id=state.context.group_id, leaf=state.own_leaf)
    own = OwnUpdate(key, identity)
    return _send(state, Update(leaf), framing, entropy, own)


def _send(
    state: GroupState,
    proposal: Proposal,
    framing: Framing,
    entropy: Entropy,
    update: OwnUpdate | None,
) -> tuple[GroupState, bytes]:
    content = sign_content(state, proposal, framing)
    sent, message = seal(state, content, entropy)
    reference = content.reference(state.suite)
    pending = PendingProposal(reference, proposal, content.framed.sender, update)
    return replace(sent, pending=(*sent.pending, pending)), message
