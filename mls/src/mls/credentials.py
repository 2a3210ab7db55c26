"""Credentials: who a signature key claims to speak for (RFC 9420 §5.3).

MLS carries them; only the application can say whether a claim is true. It does so in
the `authenticate` function of `mls.settings`, which is given a `CredentialClaim`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from mls.codec import Reader, opaque, uint16, vector
from mls.tree_math import LeafIndex

BASIC = 1
X509 = 2


@dataclass(frozen=True, slots=True)
class BasicCredential:
    """A bare identity, in a form that only the application understands."""

    identity: bytes
    type: ClassVar[int] = BASIC

    def encode(self) -> bytes:
        """Encode as Credential."""
        return uint16(self.type) + opaque(self.identity)


@dataclass(frozen=True, slots=True)
class X509Credential:
    """A chain of DER certificates, the member's own first."""

    certificates: tuple[bytes, ...]
    type: ClassVar[int] = X509

    def encode(self) -> bytes:
        """Encode as Credential."""
        return uint16(self.type) + vector(map(opaque, self.certificates))


@dataclass(frozen=True, slots=True)
class OpaqueCredential:
    """A credential of a type this package does not know; its body is `opaque <V>`."""

    type: int
    body: bytes

    def encode(self) -> bytes:
        """Encode as Credential."""
        return uint16(self.type) + opaque(self.body)


Credential = BasicCredential | X509Credential | OpaqueCredential


def decode_credential(reader: Reader) -> Credential:
    """Read a Credential.

    Raises:
        MalformedMessage: the bytes are not one.
    """
    kind = reader.uint16()
    if kind == BASIC:
        return BasicCredential(reader.opaque())
    if kind == X509:
        return X509Credential(reader.vector(Reader.opaque))
    return OpaqueCredential(kind, reader.opaque())


class Purpose(Enum):
    """What a credential would be accepted for."""

    MEMBER = "member"
    """To sit in a leaf of the group."""
    EXTERNAL_SENDER = "external sender"
    """To propose changes from outside, listed in the group's extensions."""


@dataclass(frozen=True, slots=True)
class CredentialClaim:
    """A credential and the key that claims it, for the application to judge (§5.3.1).

    Attributes:
        credential: what is claimed.
        signature_key: the public key that claims it.
        purpose: what it would be accepted for.
        leaf: where in the tree it would sit, if that is known.
        previous: the credential it would replace, when a member changes its leaf or
            comes back by an external commit. It must stand for the same client.
    """

    credential: Credential
    signature_key: bytes
    purpose: Purpose = Purpose.MEMBER
    leaf: LeafIndex | None = None
    previous: Credential | None = None
