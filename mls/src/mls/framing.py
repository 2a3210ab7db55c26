"""Framing: content, who sent it, and its public and private envelopes (RFC 9420 §6).

Only the shapes and what is signed; the keys are applied in `mls.protection`.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from mls.codec import Reader, decode, opaque, uint8, uint16, uint32, uint64
from mls.commits import Commit
from mls.errors import MalformedMessage
from mls.identities import Identity
from mls.proposals import Proposal, decode_proposal, encode_proposal
from mls.suites import Suite
from mls.tree_math import LeafIndex
from mls.wire_formats import WireFormat, unwrap_message

_VERSION = b"\x00\x01"


class ContentType(IntEnum):
    """What a framed content is."""

    APPLICATION = 1
    PROPOSAL = 2
    COMMIT = 3


class SenderType(IntEnum):
    """In which role somebody sends."""

    MEMBER = 1
    EXTERNAL = 2
    NEW_MEMBER_PROPOSAL = 3
    NEW_MEMBER_COMMIT = 4


_INDEXED = (SenderType.MEMBER, SenderType.EXTERNAL)
_IN_CONTEXT = (SenderType.MEMBER, SenderType.NEW_MEMBER_COMMIT)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the leaf of a member, or the position of an external sender."""

    type: SenderType
    index: int = 0

    @staticmethod
    def member(leaf: LeafIndex) -> "Sender":
        """A member."""
        return Sender(SenderType.MEMBER, leaf)

    @property
    def leaf(self) -> LeafIndex | None:
        """The leaf of a member; None for everyone else."""
        return LeafIndex(self.index) if self.type == SenderType.MEMBER else None

    def encode(self) -> bytes:
        """Encode as Sender."""
        index = uint32(self.index) if self.type in _INDEXED else b""
        return uint8(self.type) + index

    @staticmethod
    def decode(reader: Reader) -> "Sender":
        """Read a Sender."""
        try:
            kind = SenderType(reader.uint8())
        except ValueError as error:
            raise MalformedMessage("a sender has no known type") from error
        return Sender(kind, reader.uint32() if kind in _INDEXED else 0)


Content = bytes | Proposal | Commit


def decode_content_type(reader: Reader) -> ContentType:
    """Read a ContentType."""
    try:
        return ContentType(reader.uint8())
    except ValueError as error:
        raise MalformedMessage("a content has no known type") from error


def content_type(content: Content) -> ContentType:
    """What a content is."""
    if isinstance(content, bytes):
        return ContentType.APPLICATION
    return ContentType.COMMIT if isinstance(content, Commit) else ContentType.PROPOSAL


def encode_content(content: Content) -> bytes:
    """Encode a content, its type left out."""
    if isinstance(content, bytes):
        return opaque(content)
    return content.encode() if isinstance(content, Commit) else encode_proposal(content)


def decode_content(reader: Reader, kind: ContentType) -> Content:
    """Read a content of a type."""
    if kind == ContentType.APPLICATION:
        return reader.opaque()
    if kind == ContentType.PROPOSAL:
        return decode_proposal(reader)
    return Commit.decode(reader)


@dataclass(frozen=True, slots=True)
class FramedContent:
    """A content in its frame (§6)."""

    group_id: bytes
    epoch: int
    sender: Sender
    authenticated_data: bytes
    content: Content
    encoded: bytes = field(default=b"", repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.encoded:
            object.__setattr__(self, "encoded", self._encode())

    def encode(self) -> bytes:
        """Encode as FramedContent."""
        return self.encoded

    @staticmethod
    def decode(reader: Reader) -> "FramedContent":
        """Read a FramedContent."""
        start = reader.position
        group_id, epoch = reader.opaque(), reader.uint64()
        sender, authenticated_data = Sender.decode(reader), reader.opaque()
        content = decode_content(reader, decode_content_type(reader))
        return FramedContent(
            group_id, epoch, sender, authenticated_data, content, reader.since(start)
        )

    def _encode(self) -> bytes:
        return b"".join(
            (
                opaque(self.group_id),
                uint64(self.epoch),
                self.sender.encode(),
                opaque(self.authenticated_data),
                uint8(content_type(self.content)),
                encode_content(self.content),
            )
        )


@dataclass(frozen=True, slots=True)
class Authentication:
    """FramedContentAuthData: a signature and, for a commit, the confirmation tag."""

    signature: bytes
    confirmation_tag: bytes | None = None

    def encode(self) -> bytes:
        """Encode as FramedContentAuthData."""
        tag = self.confirmation_tag
        return opaque(self.signature) + (b"" if tag is None else opaque(tag))

    @staticmethod
    def decode(reader: Reader, kind: ContentType) -> "Authentication":
        """Read the FramedContentAuthData of a content of a type."""
        signature = reader.opaque()
        has_tag = kind == ContentType.COMMIT
        return Authentication(signature, reader.opaque() if has_tag else None)


@dataclass(frozen=True, slots=True)
class AuthenticatedContent:
    """A framed content with what authenticates it, its envelope taken off (§6.1)."""

    wire_format: WireFormat
    framed: FramedContent
    authentication: Authentication

    def encode(self) -> bytes:
        """Encode as AuthenticatedContent."""
        return (
            uint16(self.wire_format)
            + self.framed.encode()
            + self.authentication.encode()
        )

    @staticmethod
    def decode(reader: Reader) -> "AuthenticatedContent":
        """Read an AuthenticatedContent."""
        kind = reader.uint16()
        if kind not in (WireFormat.PUBLIC_MESSAGE, WireFormat.PRIVATE_MESSAGE):
            raise MalformedMessage("a content came in no known envelope")
        framed = FramedContent.decode(reader)
        authentication = Authentication.decode(reader, content_type(framed.content))
        return AuthenticatedContent(WireFormat(kind), framed, authentication)

    @staticmethod
    def sign(
        identity: Identity,
        wire_format: WireFormat,
        framed: FramedContent,
        context: bytes,
    ) -> "AuthenticatedContent":
        """Sign a content; `context` is the encoded group context."""
        content = signed_bytes(wire_format, framed, context)
        signature = identity.sign(b"FramedContentTBS", content)
        return AuthenticatedContent(wire_format, framed, Authentication(signature))

    def verify(self, suite: Suite, signature_key: bytes, context: bytes) -> None:
        """Make sure that the owner of a key sent this content in this group and epoch.

        Raises:
            InvalidSignature: somebody else did.
        """
        content = signed_bytes(self.wire_format, self.framed, context)
        signature = self.authentication.signature
        suite.verify(signature_key, b"FramedContentTBS", content, signature)

    def reference(self, suite: Suite) -> bytes:
        """ProposalRef: what a commit calls this proposal by (§5.2)."""
        return suite.reference(b"Proposal Reference", self.encode())


def signed_bytes(
    wire_format: WireFormat, framed: FramedContent, context: bytes
) -> bytes:
    """FramedContentTBS (§6.1)."""
    is_inside = framed.sender.type in _IN_CONTEXT
    bound = context if is_inside else b""
    return _VERSION + uint16(wire_format) + framed.encode() + bound


@dataclass(frozen=True, slots=True)
class PublicMessage:
    """A content that anyone can read, and a tag that shows a member sent it (§6.2)."""

    content: AuthenticatedContent
    membership_tag: bytes | None

    def encode(self) -> bytes:
        """Encode as PublicMessage."""
        tag = self.membership_tag
        content = self.content
        body = content.framed.encode() + content.authentication.encode()
        return body + (b"" if tag is None else opaque(tag))

    @staticmethod
    def decode(reader: Reader) -> "PublicMessage":
        """Read a PublicMessage."""
        framed = FramedContent.decode(reader)
        kind = content_type(framed.content)
        authentication = Authentication.decode(reader, kind)
        content = AuthenticatedContent(
            WireFormat.PUBLIC_MESSAGE, framed, authentication
        )
        is_member = framed.sender.type == SenderType.MEMBER
        return PublicMessage(content, reader.opaque() if is_member else None)


@dataclass(frozen=True, slots=True)
class PrivateMessage:
    """A content that only members can read (§6.3)."""

    group_id: bytes
    epoch: int
    content_type: ContentType
    authenticated_data: bytes
    sender_data: bytes
    ciphertext: bytes

    def encode(self) -> bytes:
        """Encode as PrivateMessage."""
        return b"".join(
            (
                opaque(self.group_id),
                uint64(self.epoch),
                uint8(self.content_type),
                opaque(self.authenticated_data),
                opaque(self.sender_data),
                opaque(self.ciphertext),
            )
        )

    @staticmethod
    def decode(reader: Reader) -> "PrivateMessage":
        """Read a PrivateMessage."""
        group_id, epoch = reader.opaque(), reader.uint64()
        kind = decode_content_type(reader)
        opaques = (reader.opaque() for _ in range(3))
        return PrivateMessage(group_id, epoch, kind, *opaques)


def decode_message(message: bytes) -> PublicMessage | PrivateMessage:
    """Parse an MLSMessage that is sent to a group.

    Raises:
        MalformedMessage: the bytes are not one.
        UnsupportedVersion: the message is not of MLS 1.0.
    """
    kind, body = unwrap_message(message)
    if kind == WireFormat.PUBLIC_MESSAGE:
        return decode(body, PublicMessage.decode)
    if kind == WireFormat.PRIVATE_MESSAGE:
        return decode(body, PrivateMessage.decode)
    raise MalformedMessage("this kind of message is not sent to a group")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the outside of a message shows, before anything is checked."""

    kind: WireFormat
    group_id: bytes | None = None
    epoch: int | None = None
    content_type: ContentType | None = None


def peek(message: bytes) -> Envelope:
    """Look at the outside of a message. Nothing it says is authentic.

    Raises:
        MalformedMessage: the bytes are not an MLSMessage.
        UnsupportedVersion: the message is not of MLS 1.0.
    """
    kind, body = unwrap_message(message)
    if kind not in (WireFormat.PUBLIC_MESSAGE, WireFormat.PRIVATE_MESSAGE):
        return Envelope(kind)
    reader = Reader(body)
    group_id, epoch = reader.opaque(), reader.uint64()
    if kind == WireFormat.PUBLIC_MESSAGE:
        Sender.decode(reader)
        reader.opaque()
    return Envelope(kind, group_id, epoch, decode_content_type(reader))
