"""Key packages: how a client is added to groups while it is away (RFC 9420 §10)."""

from dataclasses import dataclass, field, replace

from mls.codec import Reader, decode, opaque, uint16
from mls.errors import (
    InvalidKey,
    InvalidKeyPackage,
    InvalidLeaf,
    MalformedMessage,
    UnsupportedVersion,
)
from mls.extensions import (
    LAST_RESORT,
    MLS_10,
    Capabilities,
    Extension,
    Extensions,
    decode_extensions,
    encode_extensions,
    find_extension,
)
from mls.identities import Identity
from mls.leaf_nodes import LeafNode, LeafSource, Lifetime
from mls.suites import Entropy, PrivateKey, Suite
from mls.wire_formats import WireFormat, encode_message, open_message

_NINETY_DAYS = 90 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class KeyPackage:
    """What a client publishes so that others can add it. Parsed, not yet verified."""

    version: int
    suite_id: int
    init_key: bytes
    leaf: LeafNode
    extensions: Extensions = ()
    signature: bytes = b""
    encoded: bytes = field(default=b"", repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.encoded:
            encoded = self._unsigned() + opaque(self.signature)
            object.__setattr__(self, "encoded", encoded)

    @staticmethod
    def from_message(message: bytes) -> "KeyPackage":
        """Parse a published key package.

        Raises:
            MalformedMessage: the bytes are not an MLSMessage holding one.
        """
        return decode(open_message(message, WireFormat.KEY_PACKAGE), KeyPackage.decode)

    def to_message(self) -> bytes:
        """The MLSMessage to publish."""
        return encode_message(WireFormat.KEY_PACKAGE, self.encoded)

    def encode(self) -> bytes:
        """Encode as KeyPackage."""
        return self.encoded

    @staticmethod
    def decode(reader: Reader) -> "KeyPackage":
        """Read a KeyPackage.

        Raises:
            MalformedMessage: the bytes are not one.
        """
        start = reader.position
        version, suite_id, init_key = reader.uint16(), reader.uint16(), reader.opaque()
        leaf, extensions = LeafNode.decode(reader), decode_extensions(reader)
        signature = reader.opaque()
        return KeyPackage(
            version, suite_id, init_key, leaf, extensions, signature,
            reader.since(start),
        )  # fmt: skip

    @property
    def suite(self) -> Suite:
        """Its cipher suite.

        Raises:
            UnknownSuite: this package does not implement it.
        """
        return Suite.from_id(self.suite_id)

    @property
    def reference(self) -> bytes:
        """KeyPackageRef (§5.2): what a welcome calls it by."""
        return self.suite.reference(b"KeyPackage Reference", self.encoded)

    @property
    def is_last_resort(self) -> bool:
        """Whether it may be used more than once, when no other is left."""
        return find_extension(self.extensions, LAST_RESORT) is not None

    def signed(self, identity: Identity) -> "KeyPackage":
        """This key package, signed."""
        signature = identity.sign(b"KeyPackageTBS", self._unsigned())
        return replace(self, signature=signature, encoded=b"")

    def verify(self, *, now: int | None) -> "VerifiedKeyPackage":
        """Check every rule of §10.1 that needs no group; `now` None skips lifetimes.

        Raises:
            InvalidKeyPackage: a rule is broken.
            InvalidLeaf: a rule of §7.3 is broken.
            InvalidSignature: a signature does not verify.
            UnknownSuite: this package does not implement its suite.
        """
        suite = self.suite
        if self.version != MLS_10:
            raise UnsupportedVersion("a key package is not of MLS 1.0")
        if self.leaf.source != LeafSource.KEY_PACKAGE:
            raise InvalidLeaf("the leaf of a key package has another source")
        if self.init_key == self.leaf.encryption_key:
            raise InvalidKeyPackage("a key package uses one key twice")
        self.leaf.check(suite, now=now)
        self.leaf.verify_signature(suite)
        unsigned = self.encoded[: -len(opaque(self.signature))]
        key = self.leaf.signature_key
        suite.verify(key, b"KeyPackageTBS", unsigned, self.signature)
        try:
            suite.check_public(self.init_key)
            suite.check_public(self.leaf.encryption_key)
        except InvalidKey as error:
            raise InvalidKeyPackage("a key package holds a key that is none") from error
        return VerifiedKeyPackage(self)

    def _unsigned(self) -> bytes:
        return b"".join(
            (
                uint16(self.version),
                uint16(self.suite_id),
                opaque(self.init_key),
                self.leaf.encode(),
                encode_extensions(self.extensions),
            )
        )


@dataclass(frozen=True, slots=True)
class VerifiedKeyPackage:
    """A key package that keeps the rules of §10.1; `KeyPackage.verify` makes it."""

    package: KeyPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPackageOptions:
    """How a key package is made.

    Attributes:
        lifetime_seconds: how long others may use it.
        last_resort: whether it may be used more than once.
        extensions: extensions of the key package.
        leaf_extensions: extensions of the leaf.
        capabilities: what the client supports; None for what this package supports.
        grease: whether to list reserved values, to keep others tolerant (§13.5).
    """

    lifetime_seconds: int = _NINETY_DAYS
    last_resort: bool = False
    extensions: Extensions = ()
    leaf_extensions: Extensions = ()
    capabilities: Capabilities | None = None
    grease: bool = True


@dataclass(frozen=True, slots=True)
class OwnKeyPackage:
    """A key package of our own, with its private keys."""

    public: KeyPackage
    identity: Identity
    init_private: PrivateKey = field(repr=False)
    leaf_private: PrivateKey = field(repr=False)

    @staticmethod
    def generate(
        identity: Identity,
        *,
        now: int,
        entropy: Entropy,
        options: KeyPackageOptions = KeyPackageOptions(),
    ) -> "OwnKeyPackage":
        """Make a fresh key package (§10)."""
        suite = identity.suite
        init, leaf = suite.generate_key(entropy), suite.generate_key(entropy)
        unsigned = _leaf_of(identity, leaf, now, entropy, options)
        last_resort = (Extension(LAST_RESORT, b""),) if options.last_resort else ()
        package = KeyPackage(
            version=MLS_10,
            suite_id=suite.id,
            init_key=init.public,
            leaf=unsigned.signed(identity),
            extensions=(*options.extensions, *last_resort),
        )
        return OwnKeyPackage(package.signed(identity), identity, init, leaf)

    @property
    def message(self) -> bytes:
        """The MLSMessage to publish."""
        return self.public.to_message()

    @property
    def reference(self) -> bytes:
        """KeyPackageRef: what a welcome calls it by."""
        return self.public.reference

    def to_bytes(self) -> bytes:
        """Everything, the private keys included, for storage."""
        return b"".join(
            (
                opaque(self.public.encode()),
                opaque(self.identity.to_bytes()),
                opaque(self.init_private.raw),
                opaque(self.leaf_private.raw),
            )
        )

    @staticmethod
    def from_bytes(stored: bytes) -> "OwnKeyPackage":
        """The inverse of `to_bytes`.

        Raises:
            MalformedMessage: the bytes are not a stored key package.
        """
        return decode(stored, _read_own)


def _leaf_of(
    identity: Identity,
    key: PrivateKey,
    now: int,
    entropy: Entropy,
    options: KeyPackageOptions,
) -> LeafNode:
    capabilities = options.capabilities or Capabilities.of()
    if options.grease:
        capabilities = capabilities.with_grease(entropy)
    grease = capabilities.grease_extension if options.grease else None
    return LeafNode(
        encryption_key=key.public,
        signature_key=identity.signature_key,
        credential=identity.credential,
        capabilities=capabilities,
        source=LeafSource.KEY_PACKAGE,
        lifetime=Lifetime.starting(now, options.lifetime_seconds),
        extensions=(*options.leaf_extensions, *((grease,) if grease else ())),
    )


def _read_own(reader: Reader) -> OwnKeyPackage:
    public = decode(reader.opaque(), KeyPackage.decode)
    identity = Identity.from_bytes(reader.opaque())
    suite = identity.suite
    if public.suite_id != suite.id:
        raise MalformedMessage("a stored key package mixes suites")
    init, leaf = (suite.private_key(reader.opaque()) for _ in range(2))
    return OwnKeyPackage(public, identity, init, leaf)
