"""Leaf nodes: what a member shows the others of itself (RFC 9420 §7.2, §7.3).

The rules that one leaf must keep on its own are here; those it must keep among the
other leaves of a tree are in `mls.tree_rules`.
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum

from mls.codec import Reader, opaque, uint8, uint32, uint64
from mls.credentials import Credential, decode_credential
from mls.errors import InvalidLeaf, MalformedMessage
from mls.extensions import (
    MLS_10,
    Capabilities,
    Extensions,
    Support,
    decode_extensions,
    encode_extensions,
    support_of,
)
from mls.identities import Identity
from mls.suites import Suite
from mls.tree_math import LeafIndex

_DAY = 24 * 60 * 60


class LeafSource(IntEnum):
    """How a leaf came into the tree."""

    KEY_PACKAGE = 1
    UPDATE = 2
    COMMIT = 3


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a key package may be used, in seconds since 1970."""

    not_before: int
    not_after: int

    @staticmethod
    def starting(now: int, seconds: int) -> "Lifetime":
        """A lifetime from a day ago, so that clocks may differ, for some seconds."""
        return Lifetime(max(0, now - _DAY), now + seconds)

    def includes(self, now: int) -> bool:
        """Whether a moment lies inside."""
        return self.not_before <= now <= self.not_after


@dataclass(frozen=True, slots=True)
class LeafNode:
    """A member's public half: keys, credential, capabilities, extensions."""

    encryption_key: bytes
    signature_key: bytes
    credential: Credential
    capabilities: Capabilities
    source: LeafSource
    lifetime: Lifetime | None = None
    parent_hash: bytes = b""
    extensions: Extensions = ()
    signature: bytes = b""
    encoded: bytes = field(default=b"", repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.encoded:
            encoded = self._unsigned() + opaque(self.signature)
            object.__setattr__(self, "encoded", encoded)

    def encode(self) -> bytes:
        """Encode as LeafNode."""
        return self.encoded

    @staticmethod
    def decode(reader: Reader) -> "LeafNode":
        """Read a LeafNode.

        Raises:
            MalformedMessage: the bytes are not one.
        """
        start = reader.position
        encryption_key, signature_key = reader.opaque(), reader.opaque()
        credential = decode_credential(reader)
        capabilities = Capabilities.decode(reader)
        source, lifetime, parent_hash = _decode_source(reader)
        extensions, signature = decode_extensions(reader), reader.opaque()
        return LeafNode(
            encryption_key, signature_key, credential, capabilities, source,
            lifetime, parent_hash, extensions, signature, reader.since(start),
        )  # fmt: skip

    @property
    def support(self) -> Support:
        """What this leaf supports."""
        return support_of(self.capabilities, self.credential.type)

    def signed(
        self,
        identity: Identity,
        *,
        group_id: bytes = b"",
        leaf: LeafIndex | None = None,
    ) -> "LeafNode":
        """This leaf, signed; in a group unless it comes from a key package."""
        content = self._unsigned() + self._placed(group_id, leaf)
        signature = identity.sign(b"LeafNodeTBS", content)
        return replace(self, signature=signature, encoded=b"")

    def verify_signature(
        self, suite: Suite, *, group_id: bytes = b"", leaf: LeafIndex | None = None
    ) -> None:
        """Make sure that the owner of the signature key made this leaf.

        Raises:
            InvalidSignature: somebody else did.
        """
        unsigned = self.encoded[: -len(opaque(self.signature))]
        content = unsigned + self._placed(group_id, leaf)
        suite.verify(self.signature_key, b"LeafNodeTBS", content, self.signature)

    def check(self, suite: Suite, *, now: int | None) -> None:
        """Check what a leaf must keep on its own (§7.3); `now` None skips lifetimes.

        Raises:
            InvalidLeaf: it does not.
        """
        listed = self.capabilities
        if MLS_10 not in listed.versions or suite.id not in listed.suites:
            raise InvalidLeaf("a leaf does not support the group's version and suite")
        if self.credential.type not in listed.credentials:
            raise InvalidLeaf("a leaf does not support its own credential")
        unlisted = [
            extension.type
            for extension in self.extensions
            if extension.type not in listed.extensions
        ]
        if unlisted and not self.support.has_extensions(unlisted):
            raise InvalidLeaf("a leaf has an extension that it does not support")
        if now is not None and self.lifetime and not self.lifetime.includes(now):
            raise InvalidLeaf("a leaf is used outside its lifetime")

    def _unsigned(self) -> bytes:
        return b"".join(
            (
                opaque(self.encryption_key),
                opaque(self.signature_key),
                self.credential.encode(),
                self.capabilities.encode(),
                uint8(self.source),
                self._source_detail(),
                encode_extensions(self.extensions),
            )
        )

    def _source_detail(self) -> bytes:
        if self.lifetime is not None:
            return uint64(self.lifetime.not_before) + uint64(self.lifetime.not_after)
        return opaque(self.parent_hash) if self.source == LeafSource.COMMIT else b""

    def _placed(self, group_id: bytes, leaf: LeafIndex | None) -> bytes:
        if self.source == LeafSource.KEY_PACKAGE or leaf is None:
            return b""
        return opaque(group_id) + uint32(leaf)


def _decode_source(reader: Reader) -> tuple[LeafSource, Lifetime | None, bytes]:
    kind = reader.uint8()
    if kind == LeafSource.KEY_PACKAGE:
        return LeafSource.KEY_PACKAGE, Lifetime(reader.uint64(), reader.uint64()), b""
    if kind == LeafSource.UPDATE:
        return LeafSource.UPDATE, None, b""
    if kind == LeafSource.COMMIT:
        return LeafSource.COMMIT, None, reader.opaque()
    raise MalformedMessage("a leaf has no known source")
