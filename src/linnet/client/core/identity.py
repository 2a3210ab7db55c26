"""Accounts, devices, and the credential that binds a device to its account.

Specified in ``spec/identity.md`` §2 and §3. Knows nothing of links, groups or store.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from linnet.errors import Forged, LocalError, Malformed
from linnet.ids import AccountKey, DeviceId

Entropy = Callable[[int], bytes]

CREDENTIAL_VERSION = 1
CREDENTIAL_BYTES = 1 + 32 + 8 + 64
DEVICE_LABEL = b"Linnet device 1\x00"
LONGEST_NAME = 64
"""Bytes of UTF-8; long enough for a person, short enough for a screen."""

# Direction overrides and isolates can make one name look like another.
_DECEPTIVE = frozenset(
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account's identity: one Ed25519 key that outlives every device."""

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, entropy: Entropy) -> Self:
        """Make a new account."""
        return cls(entropy(32))

    @property
    def key(self) -> AccountKey:
        """The public half, by which others know the account."""
        return AccountKey(self._private().public_key().public_bytes_raw())

    def certify(self, device: DeviceId, signature_key: bytes) -> bytes:
        """Return the credential of a device of this account (spec/identity.md §3)."""
        if len(device) != 8 or len(signature_key) != 32:
            raise LocalError("A device id has 8 bytes and a signature key 32.")
        signature = self._private().sign(DEVICE_LABEL + device + signature_key)
        return bytes([CREDENTIAL_VERSION]) + self.key + device + signature

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class UnverifiedCredential:
    """A device's credential as it arrived: parsed, not believed."""

    account: AccountKey = field(repr=False)
    device: DeviceId = field(repr=False)
    signature: bytes = field(repr=False)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the identity bytes of an MLS basic credential.

        Raises:
            Malformed: wrong length or version.
        """
        if len(data) != CREDENTIAL_BYTES or data[0] != CREDENTIAL_VERSION:
            raise Malformed("A device's credential is malformed.")
        return cls(AccountKey(data[1:33]), DeviceId(data[33:41]), data[41:])

    def verify(self, signature_key: bytes) -> "Device":
        """Check that the account vouches for this device's signature key.

        Raises:
            Forged: the account's signature does not hold.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.account).verify(
                self.signature, DEVICE_LABEL + self.device + signature_key
            )
        except (InvalidSignature, ValueError) as error:
            raise Forged("A device's account does not vouch for it.") from error
        return Device(self.account, self.device)


@dataclass(frozen=True, slots=True)
class Device:
    """A device whose account has been proven."""

    account: AccountKey = field(repr=False)
    id: DeviceId = field(repr=False)


def encode_name(name: str) -> bytes:
    """Return a display name as it travels.

    Raises:
        LocalError: it is empty, too long, or holds characters a name may not have.
    """
    data = name.encode("utf-8", "surrogatepass")
    try:
        decode_name(data)
    except Malformed as error:
        raise LocalError(
            f"A name has 1 to {LONGEST_NAME} bytes and no control characters."
        ) from error
    return data


def decode_name(data: bytes) -> str:
    """Read a display name (spec/identity.md §4).

    Raises:
        Malformed: it is empty, too long, not UTF-8, or could deceive the eye.
    """
    try:
        name = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("A name is not UTF-8.") from error
    if not 1 <= len(data) <= LONGEST_NAME or name != name.strip():
        raise Malformed("A name is empty, too long or padded with spaces.")
    if any(c in _DECEPTIVE or ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in name):
        raise Malformed("A name holds characters that could deceive the eye.")
    return name


def fingerprint(account: AccountKey) -> str:
    """First characters of an account key, to tell two accounts of one name apart."""
    return account.hex()[:12]
