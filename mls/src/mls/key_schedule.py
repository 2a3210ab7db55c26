"""The key schedule: from one epoch's secrets to the next's (RFC 9420 §8)."""

from dataclasses import dataclass, field
from typing import NewType

from mls.codec import Reader, opaque, uint16, uint64
from mls.errors import UnsupportedVersion
from mls.extensions import MLS_10, Extensions, decode_extensions, encode_extensions
from mls.framing import AuthenticatedContent
from mls.secrets import Secret
from mls.suites import PrivateKey, Suite

Epoch = NewType("Epoch", int)


@dataclass(frozen=True, slots=True)
class GroupContext:
    """What all members of an epoch agree on (§8.1)."""

    suite: Suite
    group_id: bytes
    epoch: Epoch
    tree_hash: bytes
    confirmed_transcript_hash: bytes
    extensions: Extensions
    encoded: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        encoded = b"".join(
            (
                uint16(MLS_10),
                uint16(self.suite.id),
                opaque(self.group_id),
                uint64(self.epoch),
                opaque(self.tree_hash),
                opaque(self.confirmed_transcript_hash),
                encode_extensions(self.extensions),
            )
        )
        object.__setattr__(self, "encoded", encoded)

    def encode(self) -> bytes:
        """Encode as GroupContext."""
        return self.encoded

    @staticmethod
    def decode(reader: Reader) -> "GroupContext":
        """Read a GroupContext.

        Raises:
            UnsupportedVersion: the group is not of MLS 1.0.
            UnknownSuite: this package does not implement its suite.
        """
        if reader.uint16() != MLS_10:
            raise UnsupportedVersion("a group is not of MLS 1.0")
        suite = Suite.from_id(reader.uint16())
        group_id, epoch = reader.opaque(), Epoch(reader.uint64())
        tree_hash, transcript = reader.opaque(), reader.opaque()
        extensions = decode_extensions(reader)
        return GroupContext(suite, group_id, epoch, tree_hash, transcript, extensions)


def confirmed_transcript_hash(
    suite: Suite, interim: bytes, commit: AuthenticatedContent
) -> bytes:
    """The transcript up to and including a commit, its tag left out (§8.2)."""
    covered = uint16(commit.wire_format) + commit.framed.encode()
    signature = opaque(commit.authentication.signature)
    return suite.hash(interim + covered + signature)


def interim_transcript_hash(suite: Suite, confirmed: bytes, tag: bytes) -> bytes:
    """The transcript up to and including a commit's confirmation tag (§8.2)."""
    return suite.hash(confirmed + opaque(tag))


@dataclass(frozen=True, slots=True)
class EpochSecrets:
    """What an epoch's members keep of its secret (§8). Nothing of it shows in `repr`.

    The encryption secret is not here: it lives in `mls.secret_tree`, and leaves piece
    by piece as keys are used.
    """

    sender_data: Secret
    exporter: Secret
    external: Secret
    confirmation_key: Secret
    membership_key: Secret
    resumption_psk: Secret
    epoch_authenticator: Secret
    init: Secret

    def export(self, suite: Suite, label: str, context: bytes, length: int) -> Secret:
        """MLS-Exporter (§8.5)."""
        secret = suite.derive_secret(self.exporter, label.encode())
        hashed = suite.hash(context)
        return suite.expand_with_label(secret, b"exported", hashed, length)

    def external_key(self, suite: Suite) -> PrivateKey:
        """The key that external commits are encrypted to (§8.3)."""
        return suite.derive_key(self.external)

    def confirmation_tag(self, suite: Suite, confirmed: bytes) -> bytes:
        """The tag that shows agreement on the transcript (§6.1)."""
        return suite.mac(self.confirmation_key, confirmed)

    def encode(self) -> bytes:
        """Encode for storage."""
        return b"".join(opaque(getattr(self, name)) for name in _STORED)

    @staticmethod
    def decode(reader: Reader) -> "EpochSecrets":
        """Read what `encode` wrote."""
        return EpochSecrets(*[Secret(reader.opaque()) for _ in _STORED])


_STORED = tuple(EpochSecrets.__dataclass_fields__)


def joiner_secret(
    suite: Suite, init: bytes, commit_secret: bytes, context: GroupContext
) -> Secret:
    """What a welcome gives to those who join."""
    secret = suite.extract(init, commit_secret)
    size = suite.hash_length
    return suite.expand_with_label(secret, b"joiner", context.encode(), size)


def welcome_secret(suite: Suite, joiner: bytes, psk: bytes) -> Secret:
    """What a welcome's group info is encrypted with."""
    return suite.derive_secret(suite.extract(joiner, psk), b"welcome")


def epoch_secret(
    suite: Suite, joiner: bytes, psk: bytes, context: GroupContext
) -> Secret:
    """The secret all others of the epoch come from."""
    secret = suite.extract(joiner, psk)
    size = suite.hash_length
    return suite.expand_with_label(secret, b"epoch", context.encode(), size)


def derive_epoch(suite: Suite, secret: bytes) -> tuple[EpochSecrets, Secret]:
    """The secrets of an epoch, and its encryption secret."""
    labels = (
        b"sender data", b"exporter", b"external", b"confirm", b"membership",
        b"resumption", b"authentication", b"init",
    )  # fmt: skip
    kept = EpochSecrets(*[suite.derive_secret(secret, label) for label in labels])
    return kept, suite.derive_secret(secret, b"encryption")


EXTERNAL_INIT = b"MLS 1.0 external init secret"
