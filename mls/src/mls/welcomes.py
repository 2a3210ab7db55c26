"""Welcomes and group infos: what newcomers are given (RFC 9420 §12.4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mls.codec import Reader, decode, opaque, optional, uint16, uint32, vector
from mls.commits import Sealed, decode_sealed, encode_sealed
from mls.errors import InvalidGroupInfo, UnknownKeyPackage
from mls.extensions import (
    EXTERNAL_PUB,
    RATCHET_TREE,
    Extension,
    Extensions,
    decode_extensions,
    encode_extensions,
    find_extension,
)
from mls.identities import Identity
from mls.key_packages import OwnKeyPackage
from mls.key_schedule import GroupContext
from mls.psks import PskId
from mls.secrets import Secret
from mls.suites import PrivateKey, Suite
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex
from mls.wire_formats import WireFormat, encode_message, open_message


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """An epoch, as a member shows it to those outside."""

    context: GroupContext
    extensions: Extensions
    confirmation_tag: bytes
    signer: LeafIndex
    signature: bytes = b""

    @staticmethod
    def from_message(message: bytes) -> "GroupInfo":
        """Parse a published group info.

        Raises:
            MalformedMessage: the bytes are not an MLSMessage holding one.
        """
        return decode(open_message(message, WireFormat.GROUP_INFO), GroupInfo.decode)

    def to_message(self) -> bytes:
        """The MLSMessage to publish."""
        return encode_message(WireFormat.GROUP_INFO, self.encode())

    def encode(self) -> bytes:
        """Encode as GroupInfo."""
        return self._unsigned() + opaque(self.signature)

    @staticmethod
    def decode(reader: Reader) -> "GroupInfo":
        """Read a GroupInfo."""
        context, extensions = GroupContext.decode(reader), decode_extensions(reader)
        tag, signer = reader.opaque(), LeafIndex(reader.uint32())
        return GroupInfo(context, extensions, tag, signer, reader.opaque())

    def signed(self, identity: Identity) -> "GroupInfo":
        """This group info, signed."""
        signature = identity.sign(b"GroupInfoTBS", self._unsigned())
        return replace(self, signature=signature)

    def verify(self, signature_key: bytes) -> None:
        """Make sure that the owner of a key signed this.

        Raises:
            InvalidSignature: somebody else did.
        """
        suite = self.context.suite
        unsigned = self._unsigned()
        suite.verify(signature_key, b"GroupInfoTBS", unsigned, self.signature)

    @property
    def external_key(self) -> bytes:
        """The key that external commits are encrypted to (§12.4.3.2).

        Raises:
            InvalidGroupInfo: there is none.
        """
        data = find_extension(self.extensions, EXTERNAL_PUB)
        if data is None:
            raise InvalidGroupInfo("a group info has no external key")
        return decode(data, Reader.opaque)

    def ratchet_tree(self, out_of_band: bytes | None) -> RatchetTree:
        """The tree, from here or from elsewhere (§12.4.3.3).

        Raises:
            InvalidGroupInfo: it is in neither place.
        """
        data = find_extension(self.extensions, RATCHET_TREE)
        chosen = data if out_of_band is None else out_of_band
        if chosen is None:
            raise InvalidGroupInfo("the ratchet tree is missing")
        return decode(chosen, RatchetTree.decode)

    def _unsigned(self) -> bytes:
        return b"".join(
            (
                self.context.encode(),
                encode_extensions(self.extensions),
                opaque(self.confirmation_tag),
                uint32(self.signer),
            )
        )


def external_pub(key: bytes) -> Extension:
    """The extension that lets people in by external commit (§12.4.3.2)."""
    return Extension(EXTERNAL_PUB, opaque(key))


@dataclass(frozen=True, slots=True)
class GroupSecrets:
    """What a welcome tells one newcomer."""

    joiner_secret: Secret = field(repr=False)
    path_secret: Secret | None = field(repr=False)
    psks: tuple[PskId, ...] = ()

    def encode(self) -> bytes:
        """Encode as GroupSecrets."""
        path = None if self.path_secret is None else opaque(self.path_secret)
        psks = vector(psk.encode() for psk in self.psks)
        return opaque(self.joiner_secret) + optional(path) + psks

    @staticmethod
    def decode(reader: Reader) -> "GroupSecrets":
        """Read GroupSecrets."""
        joiner, path = Secret(reader.opaque()), reader.optional(Reader.opaque)
        psks = reader.vector(PskId.decode)
        return GroupSecrets(joiner, None if path is None else Secret(path), psks)


@dataclass(frozen=True, slots=True)
class Welcome:
    """Secrets for each newcomer, and a group info for all of them."""

    suite_id: int
    secrets: tuple[tuple[bytes, Sealed], ...]
    sealed_group_info: bytes

    @staticmethod
    def from_message(message: bytes) -> "Welcome":
        """Parse a welcome.

        Raises:
            MalformedMessage: the bytes are not an MLSMessage holding one.
        """
        return decode(open_message(message, WireFormat.WELCOME), Welcome.decode)

    def to_message(self) -> bytes:
        """The MLSMessage to send."""
        return encode_message(WireFormat.WELCOME, self.encode())

    def encode(self) -> bytes:
        """Encode as Welcome."""
        secrets = vector(
            opaque(reference) + encode_sealed(sealed)
            for reference, sealed in self.secrets
        )
        return uint16(self.suite_id) + secrets + opaque(self.sealed_group_info)

    @staticmethod
    def decode(reader: Reader) -> "Welcome":
        """Read a Welcome."""
        suite_id = reader.uint16()
        secrets = reader.vector(lambda inner: (inner.opaque(), decode_sealed(inner)))
        return Welcome(suite_id, secrets, reader.opaque())

    @property
    def suite(self) -> Suite:
        """Its cipher suite.

        Raises:
            UnknownSuite: this package does not implement it.
        """
        return Suite.from_id(self.suite_id)

    def entry_for(
        self, packages: Sequence[OwnKeyPackage]
    ) -> tuple[OwnKeyPackage, Sealed]:
        """Which of our key packages this is for, and the secrets sealed to it.

        Raises:
            UnknownKeyPackage: none of them.
        """
        by_reference = {
            package.reference: package
            for package in packages
            if package.public.suite_id == self.suite_id
        }
        for reference, sealed in self.secrets:
            if reference in by_reference:
                return by_reference[reference], sealed
        raise UnknownKeyPackage("a welcome is for none of the key packages given")

    def open_secrets(self, key: PrivateKey, sealed: Sealed) -> GroupSecrets:
        """Open what is sealed to one newcomer.

        Raises:
            UndecryptableMessage: it is sealed to somebody else.
        """
        context = self.sealed_group_info
        opened = self.suite.decrypt(key, b"Welcome", context, sealed)
        return decode(opened, GroupSecrets.decode)

    def open_group_info(self, welcome_secret: bytes) -> GroupInfo:
        """Open the group info.

        Raises:
            UndecryptableMessage: the secret is another, for instance for want of a
                pre-shared key.
        """
        key, nonce = _key_and_nonce(self.suite, welcome_secret)
        opened = self.suite.aead.open(key, nonce, self.sealed_group_info, b"")
        return decode(opened, GroupInfo.decode)


def seal_group_info(suite: Suite, welcome_secret: bytes, info: GroupInfo) -> bytes:
    """Encrypt a group info for all newcomers."""
    key, nonce = _key_and_nonce(suite, welcome_secret)
    return suite.aead.seal(key, nonce, info.encode(), b"")


def _key_and_nonce(suite: Suite, secret: bytes) -> tuple[Secret, Secret]:
    key = suite.expand_with_label(secret, b"key", b"", suite.aead.key_length)
    nonce = suite.expand_with_label(secret, b"nonce", b"", suite.aead.nonce_length)
    return key, nonce
