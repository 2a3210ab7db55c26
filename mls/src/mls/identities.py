"""An identity: a credential and the signature key that speaks for it."""

from dataclasses import dataclass, field

from mls.codec import Reader, decode, opaque, uint16
from mls.credentials import Credential, decode_credential
from mls.secrets import Secret
from mls.suites import Entropy, SigningKey, Suite


@dataclass(frozen=True, slots=True)
class Identity:
    """What a client signs as. The private key does not show in its representation.

    Raises:
        InvalidKey: `signature_private` is not a private key of the suite.
    """

    suite: Suite
    credential: Credential
    signature_private: bytes = field(repr=False)
    signature_key: bytes = field(init=False)
    signing: SigningKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        signing = self.suite.signature.load(self.signature_private)
        object.__setattr__(self, "signature_private", Secret(self.signature_private))
        object.__setattr__(self, "signing", signing)
        object.__setattr__(self, "signature_key", signing.public)

    @staticmethod
    def generate(
        suite: Suite, credential: Credential, *, entropy: Entropy
    ) -> "Identity":
        """Make a fresh signature key for a credential."""
        return Identity(suite, credential, suite.signature.generate(entropy))

    def sign(self, label: bytes, content: bytes) -> bytes:
        """SignWithLabel (RFC 9420 §5.1.2)."""
        return self.suite.sign(self.signing, label, content)

    def to_bytes(self) -> bytes:
        """Everything, the private key included, for storage."""
        return (
            uint16(self.suite.id)
            + self.credential.encode()
            + opaque(self.signature_private)
        )

    @staticmethod
    def read(reader: Reader) -> "Identity":
        """Read what `to_bytes` wrote."""
        suite = Suite.from_id(reader.uint16())
        return Identity(suite, decode_credential(reader), reader.opaque())

    @staticmethod
    def from_bytes(stored: bytes) -> "Identity":
        """The inverse of `to_bytes`.

        Raises:
            MalformedMessage: the bytes are not an identity.
        """
        return decode(stored, Identity.read)
