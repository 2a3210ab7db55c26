"""One real specimen of everything MLS writes, and how it is read and written again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from kit.insider import ENTROPY, Bend, forge, frame, inside, member_seat
from kit.people import NOW, People, processed, trusting
from mls import (
    HYBRID,
    Add,
    ExternalSender,
    Group,
    GroupContextExtensions,
    GroupInfo,
    Identity,
    KeyPackage,
    OwnKeyPackage,
    PreSharedKey,
    ReInit,
    Remove,
    RequiredCapabilities,
    Settings,
    StagedCommit,
    external_senders,
)
from mls.codec import Reader, decode
from mls.commits import Commit, ProposalReference
from mls.extensions import (
    Capabilities,
    Extensions,
    decode_extensions,
    encode_extensions,
)
from mls.framing import (
    AuthenticatedContent,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    decode_message,
)
from mls.key_schedule import GroupContext
from mls.leaf_nodes import LeafNode
from mls.proposals import CustomProposal, Proposal, decode_proposal, encode_proposal
from mls.psks import ExternalPsk, PskId, ResumptionPsk, ResumptionUsage
from mls.secret_tree import SecretTree
from mls.secrets import Secret
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex
from mls.welcomes import GroupSecrets, Welcome
from mls.wire_formats import WireFormat, encode_message

Value = TypeVar("Value")
SETTINGS = Settings(authenticate=trusting)


@dataclass(frozen=True)
class Kind:
    """Something with a binary form.

    Attributes:
        read: from bytes, and written again from what was read alone.
        samples: real ones.
        is_canonical: whether a value is written in one way only. What we store for
            ourselves comes in two parts, and what one lacks is left out of the other.
    """

    read: Callable[[bytes], bytes]
    samples: tuple[bytes, ...]
    is_canonical: bool = True


def _both(
    read: Callable[[Reader], Value], write: Callable[[Value], bytes]
) -> Callable[[bytes], bytes]:
    return lambda data: write(decode(data, read))


def _rebuilt(value: LeafNode | KeyPackage | FramedContent) -> bytes:
    """Encode from the fields, not from the slice that was kept."""
    return replace(value, encoded=b"").encode()


def _message(data: bytes) -> bytes:
    message = decode_message(data)
    if isinstance(message, PublicMessage):
        framed = replace(message.content.framed, encoded=b"")
        content = replace(message.content, framed=framed)
        public = replace(message, content=content)
        return encode_message(WireFormat.PUBLIC_MESSAGE, public.encode())
    assert isinstance(message, PrivateMessage)
    return encode_message(WireFormat.PRIVATE_MESSAGE, message.encode())


def _key_package(data: bytes) -> bytes:
    return replace(KeyPackage.from_message(data), encoded=b"").to_message()


def _staged(data: bytes) -> bytes:
    return StagedCommit.from_bytes(data, settings=SETTINGS).to_bytes()


@dataclass(frozen=True)
class Specimens:
    """A group in the middle of its life, and what was sent in it."""

    alice: Group
    bob: Group
    staged: StagedCommit
    messages: tuple[bytes, ...]
    dave: OwnKeyPackage
    info: bytes


@cache
def specimens(suite_id: int = 1) -> Specimens:
    people = People(
        suite=HYBRID if suite_id == 0xF04E else People().suite, seed="kinds"
    )
    groups = people.group("alice", "bob", "carol")
    alice, bob = groups["alice"], groups["bob"]
    messages = []
    alice, message = alice.encrypt(b"hello", entropy=ENTROPY)
    messages.append(message)
    bob, message = bob.propose_update(entropy=ENTROPY)
    messages.append(message)
    alice = processed(alice, message)
    dave = people.package("dave")
    proposals: list[Proposal] = [Add(dave.public), Remove(LeafIndex(2))]
    staged = alice.commit(proposals, now=NOW, entropy=ENTROPY)
    messages.append(staged.message)
    info = alice.export_group_info(entropy=ENTROPY)
    return Specimens(alice, bob, staged, tuple(messages), dave, info)


PSK = PskId(ExternalPsk(b"name"), bytes(32))
PROPOSALS: tuple[Proposal, ...] = (
    Add(specimens().dave.public),
    Remove(LeafIndex(7)),
    PreSharedKey(PSK),
    PreSharedKey(PskId(ResumptionPsk(ResumptionUsage.BRANCH, b"group", 9), bytes(32))),
    ReInit(b"new", 1, ()),
    GroupContextExtensions((RequiredCapabilities((7,), (8,), (1,)).to_extension(),)),
    CustomProposal(0xF0A1, b"body"),
)


def _contents() -> tuple[bytes, ...]:
    """Proposals and a commit, signed, without their envelopes."""
    group = specimens().bob.forget_proposals()
    state = inside(group)
    seat, public = member_seat(state), decode_message(forge(group).message)
    assert isinstance(public, PublicMessage)
    framed = [frame(state, each, Bend(), seat).encode() for each in PROPOSALS]
    return (*framed, public.content.encode())


def _commit() -> Commit:
    """A commit with every kind of entry, and with a path."""
    public = decode_message(forge(specimens().bob).message)
    assert isinstance(public, PublicMessage)
    honest = public.content.framed.content
    assert isinstance(honest, Commit)
    return Commit((*PROPOSALS, ProposalReference(bytes(32))), honest.path)


def kinds() -> dict[str, Kind]:
    """All of them, by name."""
    some, state = specimens(), inside(specimens().alice)
    leaf = state.tree.leaf(0)
    assert leaf is not None
    assert some.staged.welcome is not None
    sender = ExternalSender(leaf.signature_key, leaf.credential)
    extensions: Extensions = (external_senders((sender,)), *leaf.extensions)
    told = GroupSecrets(Secret(bytes(32)), Secret(bytes(32)), (PSK,))
    stored = inside(some.alice).messages
    return {
        "message": Kind(_message, some.messages),
        "welcome": Kind(
            lambda data: Welcome.from_message(data).to_message(), (some.staged.welcome,)
        ),
        "group info": Kind(
            lambda data: GroupInfo.from_message(data).to_message(), (some.info,)
        ),
        "key package": Kind(_key_package, (some.dave.message,)),
        "leaf": Kind(_both(LeafNode.decode, _rebuilt), (leaf.encode(),)),
        "tree": Kind(
            _both(RatchetTree.decode, RatchetTree.encode), (state.tree.encode(),)
        ),
        "commit": Kind(_both(Commit.decode, Commit.encode), (_commit().encode(),)),
        "proposal": Kind(
            _both(decode_proposal, encode_proposal),
            tuple(map(encode_proposal, PROPOSALS)),
        ),
        "extensions": Kind(
            _both(decode_extensions, encode_extensions),
            (encode_extensions(extensions),),
        ),
        "capabilities": Kind(
            _both(Capabilities.decode, Capabilities.encode),
            (leaf.capabilities.encode(),),
        ),
        "group context": Kind(
            _both(GroupContext.decode, GroupContext.encode), (state.context.encode(),)
        ),
        "group secrets": Kind(
            _both(GroupSecrets.decode, GroupSecrets.encode), (told.encode(),)
        ),
        "content": Kind(
            _both(AuthenticatedContent.decode, AuthenticatedContent.encode),
            _contents(),
        ),
        "secret tree": Kind(
            _both(SecretTree.decode, SecretTree.encode), (stored.encode(),)
        ),
        "identity": Kind(
            lambda data: Identity.from_bytes(data).to_bytes(),
            (some.dave.identity.to_bytes(),),
        ),
        "own key package": Kind(
            lambda data: OwnKeyPackage.from_bytes(data).to_bytes(),
            (some.dave.to_bytes(),),
        ),
        "staged commit": Kind(_staged, (some.staged.to_bytes(),), is_canonical=False),
        "epoch part": Kind(
            lambda data: Group.restore(
                data, some.alice.ratchet_state(), settings=SETTINGS
            ).epoch_state(),
            (some.alice.epoch_state(),),
            is_canonical=False,
        ),
        "ratchet part": Kind(
            lambda data: Group.restore(
                some.alice.epoch_state(), data, settings=SETTINGS
            ).ratchet_state(),
            (some.alice.ratchet_state(),),
            is_canonical=False,
        ),
    }
