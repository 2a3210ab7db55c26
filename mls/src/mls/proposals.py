"""Proposals: the changes a group can make to itself (RFC 9420 §12.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from mls.codec import Reader, opaque, uint16, uint32
from mls.errors import MalformedMessage
from mls.extensions import Extensions, decode_extensions, encode_extensions
from mls.key_packages import KeyPackage
from mls.leaf_nodes import LeafNode
from mls.psks import PskId, PskName
from mls.tree_math import LeafIndex


@dataclass(frozen=True, slots=True)
class Add:
    """Let a client in (§12.1.1)."""

    key_package: KeyPackage
    type: ClassVar[int] = 1

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        return self.key_package.encode()


@dataclass(frozen=True, slots=True)
class Update:
    """Replace the sender's own leaf (§12.1.2)."""

    leaf: LeafNode
    type: ClassVar[int] = 2

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        return self.leaf.encode()


@dataclass(frozen=True, slots=True)
class Remove:
    """Put a member out (§12.1.3)."""

    leaf: LeafIndex
    type: ClassVar[int] = 3

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        return uint32(self.leaf)


@dataclass(frozen=True, slots=True)
class PreSharedKey:
    """Mix a pre-shared key into the next epoch (§12.1.4).

    Attributes:
        psk: the name of the key; its nonce is filled in when the proposal is sent.
    """

    psk: PskId
    type: ClassVar[int] = 4

    @staticmethod
    def of(name: PskName) -> "PreSharedKey":
        """Propose a key by its name."""
        return PreSharedKey(PskId(name, b""))

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        return self.psk.encode()


@dataclass(frozen=True, slots=True)
class ReInit:
    """End this group, to go on in another with other parameters (§12.1.5)."""

    group_id: bytes
    suite_id: int
    extensions: Extensions = ()
    version: int = 1
    type: ClassVar[int] = 5

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        numbers = uint16(self.version) + uint16(self.suite_id)
        return opaque(self.group_id) + numbers + encode_extensions(self.extensions)


@dataclass(frozen=True, slots=True)
class ExternalInit:
    """Come in from outside: the key of the next epoch's init secret (§12.1.6)."""

    kem_output: bytes
    type: ClassVar[int] = 6

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        return opaque(self.kem_output)


@dataclass(frozen=True, slots=True)
class GroupContextExtensions:
    """Replace the group's extensions, all of them (§12.1.7)."""

    extensions: Extensions
    type: ClassVar[int] = 7

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        return encode_extensions(self.extensions)


@dataclass(frozen=True, slots=True)
class CustomProposal:
    """A proposal the application defines (§13.2); its body travels as `opaque <V>`.

    All members must list its type in their capabilities. It always requires a path.
    """

    type: int
    body: bytes

    def encode_body(self) -> bytes:
        """Encode what follows the type."""
        return opaque(self.body)


Proposal = (
    Add
    | Update
    | Remove
    | PreSharedKey
    | ReInit
    | ExternalInit
    | GroupContextExtensions
    | CustomProposal
)

_NEEDS_NO_PATH = frozenset((Add.type, PreSharedKey.type, ReInit.type))
_FROM_OUTSIDE = _NEEDS_NO_PATH | {Remove.type, GroupContextExtensions.type}


def requires_path(proposal: Proposal) -> bool:
    """Whether a commit that covers this proposal needs a path (§12.4)."""
    return proposal.type not in _NEEDS_NO_PATH


def may_come_from_outside(proposal: Proposal) -> bool:
    """Whether an external sender may propose this (§12.1.8)."""
    return proposal.type in _FROM_OUTSIDE


def encode_proposal(proposal: Proposal) -> bytes:
    """Encode as Proposal."""
    return uint16(proposal.type) + proposal.encode_body()


def decode_proposal(reader: Reader) -> Proposal:
    """Read a Proposal.

    Raises:
        MalformedMessage: the bytes are not one.
    """
    kind = reader.uint16()
    if kind == 0:
        raise MalformedMessage("a proposal has the reserved type")
    read = _READERS.get(kind)
    return read(reader) if read else CustomProposal(kind, reader.opaque())


def _read_reinit(reader: Reader) -> ReInit:
    group_id, version, suite_id = reader.opaque(), reader.uint16(), reader.uint16()
    return ReInit(group_id, suite_id, decode_extensions(reader), version)


_READERS: dict[int, Callable[[Reader], Proposal]] = {
    Add.type: lambda reader: Add(KeyPackage.decode(reader)),
    Update.type: lambda reader: Update(LeafNode.decode(reader)),
    Remove.type: lambda reader: Remove(LeafIndex(reader.uint32())),
    PreSharedKey.type: lambda reader: PreSharedKey(PskId.decode(reader)),
    ReInit.type: _read_reinit,
    ExternalInit.type: lambda reader: ExternalInit(reader.opaque()),
    GroupContextExtensions.type: lambda reader: GroupContextExtensions(
        decode_extensions(reader)
    ),
}
