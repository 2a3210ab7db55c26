"""Putting contents into envelopes and taking them out (RFC 9420 §6.2, §6.3).

Opening gives content whose signature is not checked yet; `mls.receiving` checks it
before anything is kept.
"""

from dataclasses import dataclass

from mls.codec import Reader, decode, opaque, uint8, uint32, uint64
from mls.errors import InvalidTag, MalformedMessage, UndecryptableMessage
from mls.framing import (
    AuthenticatedContent,
    Authentication,
    ContentType,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    Sender,
    SenderType,
    content_type,
    decode_content,
    encode_content,
    signed_bytes,
)
from mls.secret_tree import (
    Generation,
    MessageKey,
    RatchetLimits,
    RatchetType,
    SecretTree,
)
from mls.suites import Entropy, Suite
from mls.tree_math import LeafIndex
from mls.wire_formats import WireFormat

_GUARD = 4


def membership_tag(
    suite: Suite, key: bytes, content: AuthenticatedContent, context: bytes
) -> bytes:
    """The tag that shows that a member sent a public message (§6.2)."""
    signed = signed_bytes(content.wire_format, content.framed, context)
    return suite.mac(key, signed + content.authentication.encode())


def seal_public(
    suite: Suite, key: bytes, content: AuthenticatedContent, context: bytes
) -> PublicMessage:
    """Put content into a public envelope."""
    is_member = content.framed.sender.type == SenderType.MEMBER
    tag = membership_tag(suite, key, content, context) if is_member else None
    return PublicMessage(content, tag)


def open_public(
    suite: Suite, key: bytes, message: PublicMessage, context: bytes
) -> AuthenticatedContent:
    """Take content out of a public envelope; its signature is still to be checked.

    Raises:
        InvalidTag: no member of this epoch sent it, though it says so.
    """
    content = message.content
    if isinstance(content.framed.content, bytes):
        raise MalformedMessage("application data must not be sent in public")
    if content.framed.sender.type == SenderType.MEMBER:
        if message.membership_tag is None:
            raise InvalidTag("a public message of a member has no membership tag")
        signed = signed_bytes(content.wire_format, content.framed, context)
        authenticated = signed + content.authentication.encode()
        suite.verify_mac(key, authenticated, message.membership_tag)
    return content


@dataclass(frozen=True, slots=True)
class _SenderData:
    leaf: LeafIndex
    generation: Generation
    guard: bytes

    def encode(self) -> bytes:
        return uint32(self.leaf) + uint32(self.generation) + self.guard

    @staticmethod
    def decode(reader: Reader) -> "_SenderData":
        leaf, generation = LeafIndex(reader.uint32()), Generation(reader.uint32())
        return _SenderData(leaf, generation, reader.fixed(_GUARD))


def sender_data_key(
    suite: Suite, secret: bytes, ciphertext: bytes
) -> tuple[bytes, bytes]:
    """Key and nonce of the sender data, from a sample of the ciphertext (§6.3.2)."""
    sample, aead = ciphertext[: suite.hash_length], suite.aead
    key = suite.expand_with_label(secret, b"key", sample, aead.key_length)
    return key, suite.expand_with_label(secret, b"nonce", sample, aead.nonce_length)


def _sender_data_aad(group_id: bytes, epoch: int, kind: ContentType) -> bytes:
    return opaque(group_id) + uint64(epoch) + uint8(kind)


def _content_aad(group_id: bytes, epoch: int, kind: ContentType, data: bytes) -> bytes:
    return _sender_data_aad(group_id, epoch, kind) + opaque(data)


def _guarded(nonce: bytes, guard: bytes) -> bytes:
    start = bytes(one ^ other for one, other in zip(nonce, guard, strict=False))
    return start + nonce[_GUARD:]


def ratchet_of(kind: ContentType) -> RatchetType:
    """Which ratchet protects a content (§9.1)."""
    is_application = kind == ContentType.APPLICATION
    return RatchetType.APPLICATION if is_application else RatchetType.HANDSHAKE


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """What the private messages of an epoch are protected with."""

    suite: Suite
    sender_data_secret: bytes
    tree: SecretTree


def seal_private(
    keys: PrivateKeys, content: AuthenticatedContent, *, padding: int, entropy: Entropy
) -> tuple[PrivateMessage, SecretTree]:
    """Put content into a private envelope, with the sender's next key.

    `padding` fills the plaintext up to a multiple; 0 leaves it as it is.
    """
    framed, kind = content.framed, content_type(content.framed.content)
    leaf = LeafIndex(framed.sender.index)
    key, tree = keys.tree.take_next(leaf, ratchet_of(kind))
    guard = entropy(_GUARD)
    plaintext = encode_content(framed.content) + content.authentication.encode()
    if padding:
        plaintext += bytes(-len(plaintext) % padding)
    data = framed.authenticated_data
    aad = _content_aad(framed.group_id, framed.epoch, kind, data)
    aead = keys.suite.aead
    ciphertext = aead.seal(key.key, _guarded(key.nonce, guard), plaintext, aad)
    sender = _SenderData(leaf, key.generation, guard)
    sealed_sender = aead.seal(
        *sender_data_key(keys.suite, keys.sender_data_secret, ciphertext),
        sender.encode(),
        _sender_data_aad(framed.group_id, framed.epoch, kind),
    )
    message = PrivateMessage(
        framed.group_id, framed.epoch, kind, data, sealed_sender, ciphertext
    )
    return message, tree


@dataclass(frozen=True, slots=True)
class SealedFrom:
    """A private message whose sender is known; nothing but that was opened."""

    message: PrivateMessage
    leaf: LeafIndex
    generation: Generation
    guard: bytes


def open_sender(keys: PrivateKeys, message: PrivateMessage) -> SealedFrom:
    """Find out who sent a private message.

    Raises:
        UndecryptableMessage: nobody of this epoch did.
    """
    opened = keys.suite.aead.open(
        *sender_data_key(keys.suite, keys.sender_data_secret, message.ciphertext),
        message.sender_data,
        _sender_data_aad(message.group_id, message.epoch, message.content_type),
    )
    sender = decode(opened, _SenderData.decode)
    return SealedFrom(message, sender.leaf, sender.generation, sender.guard)


def open_private(
    keys: PrivateKeys, sealed: SealedFrom, limits: RatchetLimits
) -> tuple[AuthenticatedContent, SecretTree]:
    """Take content out of a private envelope; its signature is still to be checked.

    The tree returned lacks the key; keep it only once the signature is checked.

    Raises:
        UndecryptableMessage: the ciphertext does not open.
        Replayed: the key was used, or is too old.
        TooFarAhead: the limits forbid to go so far.
    """
    message, kind = sealed.message, sealed.message.content_type
    key, tree = keys.tree.take(sealed.leaf, ratchet_of(kind), sealed.generation, limits)
    plaintext = _open_content(keys.suite, sealed, key)
    reader = Reader(plaintext)
    content = decode_content(reader, kind)
    authentication = Authentication.decode(reader, kind)
    if any(plaintext[reader.position :]):
        raise UndecryptableMessage("the padding of a message is not zero")
    framed = FramedContent(
        message.group_id,
        message.epoch,
        Sender.member(sealed.leaf),
        message.authenticated_data,
        content,
    )
    wire_format = WireFormat.PRIVATE_MESSAGE
    return AuthenticatedContent(wire_format, framed, authentication), tree


def _open_content(suite: Suite, sealed: SealedFrom, key: MessageKey) -> bytes:
    message = sealed.message
    return suite.aead.open(
        key.key,
        _guarded(key.nonce, sealed.guard),
        message.ciphertext,
        _content_aad(
            message.group_id,
            message.epoch,
            message.content_type,
            message.authenticated_data,
        ),
    )
