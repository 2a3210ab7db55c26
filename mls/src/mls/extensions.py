"""Extensions and capabilities: what a client understands (RFC 9420 §7.2, §11.1, §13).

Extensions are carried as bytes; the few that MLS itself defines are decoded here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from mls.codec import Reader, decode, opaque, uint16, vector
from mls.credentials import BASIC, X509, Credential, decode_credential
from mls.errors import MalformedMessage
from mls.suites import Entropy, Suite

MLS_10 = 1

APPLICATION_ID = 1
RATCHET_TREE = 2
REQUIRED_CAPABILITIES = 3
EXTERNAL_PUB = 4
EXTERNAL_SENDERS = 5
LAST_RESORT = 0x000A
"""Marks a key package that may be used more than once (draft-ietf-mls-extensions)."""

_DEFAULT_EXTENSIONS = frozenset(range(1, 6))
_DEFAULT_PROPOSALS = frozenset(range(1, 8))
_GREASE = tuple(0x0A0A + 0x1010 * step for step in range(15))


@dataclass(frozen=True, slots=True)
class Extension:
    """A type and its data."""

    type: int
    data: bytes

    def encode(self) -> bytes:
        """Encode as Extension."""
        return uint16(self.type) + opaque(self.data)

    @staticmethod
    def decode(reader: Reader) -> "Extension":
        """Read an Extension."""
        return Extension(reader.uint16(), reader.opaque())


Extensions = tuple[Extension, ...]


def encode_extensions(extensions: Extensions) -> bytes:
    """Encode a list of extensions."""
    return vector(extension.encode() for extension in extensions)


def decode_extensions(reader: Reader) -> Extensions:
    """Read a list of extensions.

    Raises:
        MalformedMessage: a type occurs twice (§13.4).
    """
    extensions = reader.vector(Extension.decode)
    if len({extension.type for extension in extensions}) != len(extensions):
        raise MalformedMessage("an extension occurs twice")
    return extensions


def find_extension(extensions: Extensions, kind: int) -> bytes | None:
    """The data of the extension of a type, if it is there."""
    return next((entry.data for entry in extensions if entry.type == kind), None)


def is_grease(value: int) -> bool:
    """Whether a value is reserved to keep others tolerant (§13.5)."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF and value < 0xF000


def pick_grease(entropy: Entropy) -> int:
    """One of the reserved values (§13.5)."""
    return _GREASE[entropy(1)[0] % len(_GREASE)]


def _numbers(values: Iterable[int]) -> bytes:
    return vector(map(uint16, values))


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a client says it supports (§7.2). Defaults of MLS need not be listed."""

    versions: tuple[int, ...]
    suites: tuple[int, ...]
    extensions: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    credentials: tuple[int, ...] = (BASIC, X509)

    @staticmethod
    def of(
        *, extensions: Iterable[int] = (), proposals: Iterable[int] = ()
    ) -> "Capabilities":
        """What this package supports, and what the application adds."""
        return Capabilities(
            versions=(MLS_10,),
            suites=Suite.supported(),
            extensions=(LAST_RESORT, *extensions),
            proposals=tuple(proposals),
        )

    def with_grease(self, entropy: Entropy) -> "Capabilities":
        """The same, with a reserved value in every list (§13.5)."""
        return Capabilities(
            versions=self.versions,
            suites=(*self.suites, pick_grease(entropy)),
            extensions=(*self.extensions, pick_grease(entropy)),
            proposals=(*self.proposals, pick_grease(entropy)),
            credentials=(*self.credentials, pick_grease(entropy)),
        )

    @property
    def grease_extension(self) -> Extension | None:
        """An empty extension of a reserved type that these capabilities list."""
        kind = next(filter(is_grease, self.extensions), None)
        return None if kind is None else Extension(kind, b"")

    def encode(self) -> bytes:
        """Encode as Capabilities."""
        return b"".join(
            (
                _numbers(self.versions),
                _numbers(self.suites),
                _numbers(self.extensions),
                _numbers(self.proposals),
                _numbers(self.credentials),
            )
        )

    @staticmethod
    def decode(reader: Reader) -> "Capabilities":
        """Read Capabilities."""
        start = reader.position
        for _ in range(5):
            reader.opaque()
        encoded = reader.since(start)
        if len(encoded) > _LONGEST_REMEMBERED:
            return _decode_capabilities(encoded)
        return _remembered_capabilities(encoded)


def _decode_capabilities(encoded: bytes) -> Capabilities:
    reader = Reader(encoded)
    lists = [reader.vector(Reader.uint16) for _ in range(5)]
    return Capabilities(*lists)


# The clients of a group mostly support the same things: reading a tree of a thousand
# leaves then makes a handful of values instead of a thousand. Nothing unusually long is
# remembered, or strangers could fill the memory with it.
_LONGEST_REMEMBERED = 512
_remembered_capabilities = lru_cache(maxsize=1024)(_decode_capabilities)


@dataclass(frozen=True, slots=True)
class Support:
    """What all of some leaves support, and the credentials they use between them."""

    credentials_used: frozenset[int]
    credentials: frozenset[int]
    extensions: frozenset[int]
    proposals: frozenset[int]

    def merge(self, other: "Support") -> "Support":
        """The same of both sets of leaves."""
        if self is other or self == other:
            return self
        return Support(
            self.credentials_used | other.credentials_used,
            self.credentials & other.credentials,
            self.extensions & other.extensions,
            self.proposals & other.proposals,
        )

    def has_extensions(self, kinds: Iterable[int]) -> bool:
        """Whether all support these extensions, the defaults understood."""
        return self.extensions.issuperset(frozenset(kinds) - _DEFAULT_EXTENSIONS)

    def has_proposals(self, kinds: Iterable[int]) -> bool:
        """Whether all support these proposals, the defaults understood."""
        return self.proposals.issuperset(frozenset(kinds) - _DEFAULT_PROPOSALS)


def support_of(capabilities: Capabilities, credential: int) -> Support:
    """What one leaf supports. Reserved values are nobody's support (§13.5)."""
    of = capabilities
    lists = of.versions, of.suites, of.extensions, of.proposals, of.credentials
    if sum(map(len, lists)) > _LONGEST_REMEMBERED // 2:
        return _support_of(capabilities, credential)
    return _remembered_support(capabilities, credential)


def _support_of(capabilities: Capabilities, credential: int) -> Support:
    def known(values: tuple[int, ...]) -> frozenset[int]:
        return frozenset(value for value in values if not is_grease(value))

    return Support(
        frozenset((credential,)),
        known(capabilities.credentials),
        known(capabilities.extensions),
        known(capabilities.proposals),
    )


_remembered_support = lru_cache(maxsize=1024)(_support_of)


@dataclass(frozen=True, slots=True)
class RequiredCapabilities:
    """What a group asks of every member (§11.1)."""

    extensions: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    credentials: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """Encode as RequiredCapabilities."""
        lists = (self.extensions, self.proposals, self.credentials)
        return b"".join(map(_numbers, lists))

    def to_extension(self) -> Extension:
        """The extension that puts this into a group context."""
        return Extension(REQUIRED_CAPABILITIES, self.encode())

    @staticmethod
    def decode(reader: Reader) -> "RequiredCapabilities":
        """Read RequiredCapabilities."""
        return RequiredCapabilities(*[reader.vector(Reader.uint16) for _ in range(3)])

    @staticmethod
    def find(extensions: Extensions) -> "RequiredCapabilities":
        """What a group with these extensions requires."""
        data = find_extension(extensions, REQUIRED_CAPABILITIES)
        if data is None:
            return RequiredCapabilities()
        return decode(data, RequiredCapabilities.decode)


@dataclass(frozen=True, slots=True)
class ExternalSender:
    """Someone outside a group who may propose changes to it (§12.1.8.1)."""

    signature_key: bytes
    credential: Credential

    def encode(self) -> bytes:
        """Encode as ExternalSender."""
        return opaque(self.signature_key) + self.credential.encode()

    @staticmethod
    def decode(reader: Reader) -> "ExternalSender":
        """Read an ExternalSender."""
        return ExternalSender(reader.opaque(), decode_credential(reader))

    @staticmethod
    def find(extensions: Extensions) -> tuple["ExternalSender", ...]:
        """The external senders of a group with these extensions."""
        data = find_extension(extensions, EXTERNAL_SENDERS)
        if data is None:
            return ()
        return decode(data, lambda reader: reader.vector(ExternalSender.decode))


def external_senders(senders: Iterable[ExternalSender]) -> Extension:
    """The extension that lets these senders propose changes to a group."""
    return Extension(EXTERNAL_SENDERS, vector(sender.encode() for sender in senders))
