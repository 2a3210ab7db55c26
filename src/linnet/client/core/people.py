"""Who sits in a leaf: device, account and name, proven.

Specified in ``spec/identity.md`` §3. Only here do credentials become accounts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from linnet.client.core.identity import (
    Account,
    Device,
    Entropy,
    UnverifiedCredential,
    decode_name,
    encode_name,
)
from linnet.client.core.info import INFO_EXTENSION, NAME_EXTENSION
from linnet.errors import Forged, Malformed
from linnet.ids import AccountKey, DeviceId
from mls import (
    HYBRID,
    BasicCredential,
    Capabilities,
    Credential,
    CredentialClaim,
    CredentialRejected,
    Extension,
    Identity,
    KeyPackage,
    KeyPackageOptions,
    LeafNode,
    Member,
    OwnKeyPackage,
    Settings,
)

CLOCK_SLACK = 7 * 24 * 3600
"""Key packages are good from this long before they were made: clocks are days off."""
LIFETIME = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Person:
    """One leaf of a group."""

    account: AccountKey = field(repr=False)
    device: DeviceId = field(repr=False)
    name: str
    leaf: int


def authenticate(claim: CredentialClaim) -> None:
    """Say whether a leaf's account vouches for it, and is whom it replaces.

    Raises:
        CredentialRejected: it does not, or is not.
    """
    try:
        device = _device(claim.credential, claim.signature_key)
        previous = claim.previous and _parse(claim.previous)
    except (Malformed, Forged) as error:
        raise CredentialRejected(str(error)) from error
    if previous and previous.account != device.account:
        raise CredentialRejected("A leaf passed from one account to another.")


def group_settings() -> Settings:
    """Return how every group of ours treats what arrives."""
    return Settings(
        authenticate=authenticate,
        past_epochs=2,
        skipped_generations=2000,
        longest_lifetime=LIFETIME + 2 * CLOCK_SLACK,
        extension_types=(NAME_EXTENSION, INFO_EXTENSION),
    )


def new_identity(account: Account, entropy: Entropy) -> Identity:
    """Make a device of an account: a signature key that the account vouches for."""
    return device_identity(account, DeviceId(entropy(8)), entropy)


def device_identity(account: Account, device: DeviceId, entropy: Entropy) -> Identity:
    """Make a device that has its id already."""
    blank = Identity.generate(HYBRID, BasicCredential(b""), entropy=entropy)
    credential = account.certify(device, blank.signature_key)
    return Identity(HYBRID, BasicCredential(credential), blank.signature_private)


def capabilities() -> Capabilities:
    """Return what our leaves say they understand."""
    return Capabilities.of(extensions=(NAME_EXTENSION, INFO_EXTENSION))


def name_extension(name: str) -> Extension:
    """Return the leaf extension that holds a display name."""
    return Extension(NAME_EXTENSION, encode_name(name))


def new_package(
    identity: Identity, name: str, *, now: float, entropy: Entropy, last_resort: bool
) -> OwnKeyPackage:
    """Make a key package for a shelf."""
    options = KeyPackageOptions(
        lifetime_seconds=LIFETIME + CLOCK_SLACK,
        last_resort=last_resort,
        leaf_extensions=(name_extension(name),),
        capabilities=capabilities(),
    )
    begin = int(now) - CLOCK_SLACK
    return OwnKeyPackage.generate(identity, now=begin, entropy=entropy, options=options)


def package_of(account: AccountKey, message: bytes) -> KeyPackage:
    """Read a key package that must be of one account.

    Raises:
        Malformed: it is none.
        Forged: it is of another account.
    """
    package = KeyPackage.from_message(message)
    leaf = package.leaf
    if _device(leaf.credential, leaf.signature_key).account != account:
        raise Forged("The key package on a contact's shelf is somebody else's.")
    _name(leaf)
    return package


def account_of(package: KeyPackage) -> AccountKey:
    """Return whose a key package says it is; MLS has checked that it is so.

    Raises:
        Malformed: it says it of nobody.
    """
    return _parse(package.leaf.credential).account


def device_of(package: KeyPackage) -> DeviceId:
    """Return which device of its account a key package is of."""
    return _parse(package.leaf.credential).device


def own_device(credential: bytes) -> DeviceId:
    """Return the id of the device that a credential of ours is of."""
    return UnverifiedCredential.parse(credential).device


def person(member: Member) -> Person:
    """Return who a member of a group is.

    Raises:
        Malformed: the leaf says no name, or an impossible one.
    """
    claimed = _parse(member.credential)
    return Person(
        claimed.account, claimed.device, _name(member.leaf_node), int(member.leaf)
    )


def people(members: Iterable[Member]) -> list[Person]:
    """Return who the members of a group are."""
    return [person(member) for member in members]


def _device(credential: Credential, signature_key: bytes) -> Device:
    return _parse(credential).verify(signature_key)


def _parse(credential: Credential) -> UnverifiedCredential:
    if not isinstance(credential, BasicCredential):
        raise Malformed("A member has a credential of an unknown kind.")
    return UnverifiedCredential.parse(credential.identity)


def _name(leaf: LeafNode) -> str:
    for extension in leaf.extensions:
        if extension.type == NAME_EXTENSION:
            return decode_name(extension.data)
    raise Malformed("A member says no name.")
