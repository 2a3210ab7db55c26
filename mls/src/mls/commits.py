"""What a commit and its path look like on the wire (RFC 9420 §7.6, §12.4)."""

from dataclasses import dataclass

from mls.codec import Reader, opaque, optional, uint8, vector
from mls.errors import MalformedMessage
from mls.leaf_nodes import LeafNode
from mls.proposals import Proposal, decode_proposal, encode_proposal

Sealed = tuple[bytes, bytes]
"""HPKECiphertext: a KEM output and a ciphertext."""


def encode_sealed(sealed: Sealed) -> bytes:
    """Encode as HPKECiphertext."""
    kem_output, ciphertext = sealed
    return opaque(kem_output) + opaque(ciphertext)


def decode_sealed(reader: Reader) -> Sealed:
    """Read an HPKECiphertext."""
    return reader.opaque(), reader.opaque()


@dataclass(frozen=True, slots=True)
class PathNode:
    """UpdatePathNode: a new public key, and its secret for all below its sibling."""

    encryption_key: bytes
    secrets: tuple[Sealed, ...]

    def encode(self) -> bytes:
        """Encode as UpdatePathNode."""
        return opaque(self.encryption_key) + vector(map(encode_sealed, self.secrets))

    @staticmethod
    def decode(reader: Reader) -> "PathNode":
        """Read an UpdatePathNode."""
        return PathNode(reader.opaque(), reader.vector(decode_sealed))


@dataclass(frozen=True, slots=True)
class UpdatePath:
    """The committer's new leaf, and new keys from it to the root."""

    leaf: LeafNode
    nodes: tuple[PathNode, ...]

    def encode(self) -> bytes:
        """Encode as UpdatePath."""
        return self.leaf.encode() + vector(node.encode() for node in self.nodes)

    @staticmethod
    def decode(reader: Reader) -> "UpdatePath":
        """Read an UpdatePath."""
        return UpdatePath(LeafNode.decode(reader), reader.vector(PathNode.decode))


@dataclass(frozen=True, slots=True)
class ProposalReference:
    """The hash of a proposal that was sent before (§5.2)."""

    hash: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """The proposals that make the next epoch, and the committer's path."""

    proposals: tuple[Proposal | ProposalReference, ...]
    path: UpdatePath | None

    def encode(self) -> bytes:
        """Encode as Commit."""
        path = None if self.path is None else self.path.encode()
        return vector(map(_encode_entry, self.proposals)) + optional(path)

    @staticmethod
    def decode(reader: Reader) -> "Commit":
        """Read a Commit.

        Raises:
            MalformedMessage: the bytes are not one.
        """
        return Commit(reader.vector(_decode_entry), reader.optional(UpdatePath.decode))


def _encode_entry(entry: Proposal | ProposalReference) -> bytes:
    if isinstance(entry, ProposalReference):
        return uint8(2) + opaque(entry.hash)
    return uint8(1) + encode_proposal(entry)


def _decode_entry(reader: Reader) -> Proposal | ProposalReference:
    kind = reader.uint8()
    if kind == 1:
        return decode_proposal(reader)
    if kind == 2:
        return ProposalReference(reader.opaque())
    raise MalformedMessage("a commit holds neither a proposal nor a reference")
