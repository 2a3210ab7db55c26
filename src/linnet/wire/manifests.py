"""A signed list of roads that anybody may carry (spec/manifest.md).

Bytes to values and back, and the signatures. What came is an `UnverifiedManifest`; only
`verify` makes a `Manifest` of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, NewType, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from linnet.errors import Forged, LocalError, Malformed
from linnet.wire.fields import Fields, u8, u16, u64
from linnet.wire.links import MAX_ADDRESSES, Address, RelayDescriptor, Road
from linnet.wire.places import Place, read_places, write_places

ManifestId = NewType("ManifestId", bytes)
"""32 bytes: the hash of the keys that signed a manifest's first edition."""

MAX_MANIFEST: Final = 16_384
MOST_SIGNERS: Final = 16
MOST_RELAYS: Final = 32
LAST_NUMBER: Final = 2**62

_VERSION: Final = 1
_BODY_LABEL: Final = b"Linnet manifest 1\0"
_ID_LABEL: Final = b"Linnet manifest keys 1\0"


@dataclass(frozen=True, slots=True)
class Signers:
    """Whose signatures a manifest needs: so many of these Ed25519 keys."""

    threshold: int
    keys: tuple[bytes, ...]

    @property
    def id(self) -> ManifestId:
        """The name of a manifest whose first edition they signed."""
        return ManifestId(sha256(_ID_LABEL + self.pack()).digest())

    def pack(self) -> bytes:
        """Write them."""
        return u8(self.threshold) + u8(len(self.keys)) + b"".join(self.keys)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read them.

        Raises:
            Malformed: too many, out of order, or more are needed than there are.
        """
        threshold, count = fields.number(1), fields.number(1)
        if not 1 <= threshold <= count <= MOST_SIGNERS:
            raise Malformed("A manifest needs more signatures than it has keys.")
        keys = tuple(fields.take(32) for _ in range(count))
        if not _ascend(keys):
            raise Malformed("A manifest has a key twice, or its keys out of order.")
        return cls(threshold, keys)


@dataclass(frozen=True, slots=True)
class Edition:
    """What one edition of a manifest says.

    Attributes:
        number: from 1; later editions have greater ones.
        signers: whose signatures it needs.
        next_signers: whose the later ones need, where that changes; then no roads.
        relays: roads to each relay, of the kinds that are known here.
        places: where newer editions are found, of the kinds that are known here.
    """

    id: ManifestId
    number: int
    signers: Signers
    next_signers: Signers | None = None
    relays: tuple[RelayDescriptor, ...] = field(default=(), repr=False)
    places: tuple[Place, ...] = ()

    @property
    def later_signers(self) -> Signers:
        """Whose signatures the next edition needs."""
        return self.next_signers or self.signers

    def pack(self) -> bytes:
        """Write it."""
        following = b"" if self.next_signers is None else self.next_signers.pack()
        head = self.id + u64(self.number) + self.signers.pack()
        packed = [head, u8(self.next_signers is not None), following]
        packed.append(u8(len(self.relays)))
        for relay in self.relays:
            packed += [relay.key, u8(len(relay.addresses))]
            for address in map(Address.pack, relay.addresses):
                packed += [u16(len(address)), address]
        return b"".join(packed) + write_places(self.places)

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        """Read it; an address of an unknown kind is passed over.

        Raises:
            Malformed: it is none.
        """
        fields = Fields(body)
        name, number = ManifestId(fields.take(32)), fields.number(8)
        signers = Signers.read(fields)
        following = Signers.read(fields) if _flag(fields) else None
        relays, places = _read_relays(fields), read_places(fields)
        fields.finish()
        if not 1 <= number < LAST_NUMBER:
            raise Malformed("A manifest has an impossible number.")
        if following is not None and (relays or places):
            raise Malformed("A manifest that changes its keys names roads.")
        return cls(name, number, signers, following, tuple(relays.values()), places)


@dataclass(frozen=True, slots=True)
class UnverifiedManifest:
    """A manifest as it came: read, not believed."""

    body: bytes = field(repr=False)
    signatures: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    edition: Edition

    @classmethod
    def draft(cls, edition: Edition) -> Self:
        """A manifest that nobody has signed yet.

        Raises:
            LocalError: it is larger than one may be when all have signed.
        """
        made = cls(edition.pack(), (), edition)
        most = 2 * MOST_SIGNERS * 96
        if len(made.pack()) + most > MAX_MANIFEST:
            raise LocalError("That is too much for one manifest.")
        return made

    def pack(self) -> bytes:
        """Write it."""
        signatures = b"".join(key + one for key, one in self.signatures)
        head = u8(_VERSION) + u16(len(self.body)) + self.body
        return head + u8(len(self.signatures)) + signatures

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read a manifest.

        Raises:
            Malformed: it is none, or too large.
        """
        if len(data) > MAX_MANIFEST:
            raise Malformed("A manifest is too large.")
        fields = Fields(data)
        if fields.number(1) != _VERSION:
            raise Malformed("The manifest was made by a newer version of Linnet.")
        body, count = fields.sized(2), fields.number(1)
        if count > 2 * MOST_SIGNERS:
            raise Malformed("A manifest has too many signatures.")
        signatures = tuple((fields.take(32), fields.take(64)) for _ in range(count))
        fields.finish()
        if not _ascend(key for key, _ in signatures):
            raise Malformed("A manifest is signed twice by one key, or out of order.")
        return cls(body, signatures, Edition.unpack(body))

    def signed(self, private_key: bytes) -> Self:
        """Return it with one signature more.

        Raises:
            LocalError: it does not name that key.
        """
        key = Ed25519PrivateKey.from_private_bytes(private_key)
        public = key.public_key().public_bytes_raw()
        if public not in _every_key(self.edition):
            raise LocalError("The manifest does not name that key.")
        signature = key.sign(_BODY_LABEL + self.body)
        return self.with_signatures(((public, signature),))

    def with_signatures(self, more: Iterable[tuple[bytes, bytes]]) -> Self:
        """Return it with further signatures."""
        every = dict(self.signatures) | dict(more)
        return replace(self, signatures=tuple(sorted(every.items())))

    def verify(self, signers: Signers) -> "Manifest":
        """Check the signatures.

        Args:
            signers: whose are needed, as the edition before said.

        Raises:
            Forged: it names other keys, a signature does not hold, or some are missing.
        """
        if self.edition.signers != signers:
            raise Forged("The manifest is of other keys than those that are followed.")
        for key, signature in self.signatures:
            self._check(key, signature)
        self._count(signers)
        if self.edition.next_signers is not None:
            self._count(self.edition.next_signers)
        return Manifest(self.edition, self)

    def _check(self, key: bytes, signature: bytes) -> None:
        if key not in _every_key(self.edition):
            raise Forged("The manifest is signed by a key that it does not name.")
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(
                signature, _BODY_LABEL + self.body
            )
        except (InvalidSignature, ValueError):
            raise Forged("A signature of the manifest does not hold.") from None

    def _count(self, signers: Signers) -> None:
        signed = {key for key, _ in self.signatures} & set(signers.keys)
        if len(signed) < signers.threshold:
            raise Forged(
                f"The manifest has {len(signed)} of the {signers.threshold} signatures "
                "that it needs."
            )


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that as many have signed as must."""

    edition: Edition
    source: UnverifiedManifest = field(repr=False)


def _read_relays(fields: Fields) -> dict[bytes, RelayDescriptor]:
    count = fields.number(1)
    if count > MOST_RELAYS:
        raise Malformed("A manifest names too many relays.")
    relays: dict[bytes, RelayDescriptor] = {}
    seen: set[bytes] = set()
    for _ in range(count):
        key, number = fields.take(32), fields.number(1)
        if not 1 <= number <= MAX_ADDRESSES or key in seen:
            raise Malformed("A manifest names a relay twice, or too many roads to it.")
        seen.add(key)
        packed = [fields.sized(2) for _ in range(number)]
        known = tuple(_read_address(one) for one in packed if one[:1] and _known(one))
        if not all(packed):
            raise Malformed("A manifest names a road by nothing.")
        if known:
            relays[key] = RelayDescriptor(key, known)
    return relays


def _known(packed: bytes) -> bool:
    return packed[0] in set(Road)


def _read_address(packed: bytes) -> Address:
    fields = Fields(packed)
    address = Address.read(fields)
    fields.finish()
    return address


def _every_key(edition: Edition) -> set[bytes]:
    following = edition.next_signers.keys if edition.next_signers else ()
    return {*edition.signers.keys, *following}


def _flag(fields: Fields) -> bool:
    flag = fields.number(1)
    if flag > 1:
        raise Malformed("A manifest has an unknown flag.")
    return flag == 1


def _ascend(keys: Iterable[bytes]) -> bool:
    listed = list(keys)
    return listed == sorted(set(listed))
