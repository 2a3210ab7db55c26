"""Pre-shared keys: their names, and how they enter the key schedule (RFC 9420 §8.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from mls.codec import Reader, opaque, uint8, uint16, uint64
from mls.errors import MalformedMessage, UnknownPsk
from mls.secrets import Secret
from mls.suites import Suite


class ResumptionUsage(IntEnum):
    """What the resumption key of another epoch is used for."""

    APPLICATION = 1
    REINIT = 2
    BRANCH = 3


@dataclass(frozen=True, slots=True)
class ExternalPsk:
    """A key that the application agreed on, under a name of its choosing."""

    id: bytes

    def encode(self) -> bytes:
        """Encode the part of PreSharedKeyID before the nonce."""
        return b"\x01" + opaque(self.id)


@dataclass(frozen=True, slots=True)
class ResumptionPsk:
    """The resumption key of an epoch of some group (§8.6)."""

    usage: ResumptionUsage
    group_id: bytes
    epoch: int

    def encode(self) -> bytes:
        """Encode the part of PreSharedKeyID before the nonce."""
        return b"\x02" + uint8(self.usage) + opaque(self.group_id) + uint64(self.epoch)


PskName = ExternalPsk | ResumptionPsk
Psks = Mapping[PskName, bytes]


@dataclass(frozen=True, slots=True)
class PskId:
    """PreSharedKeyID: the name of a key, and a nonce that makes each use a new key."""

    name: PskName
    nonce: bytes

    def encode(self) -> bytes:
        """Encode as PreSharedKeyID."""
        return self.name.encode() + opaque(self.nonce)

    @staticmethod
    def decode(reader: Reader) -> "PskId":
        """Read a PreSharedKeyID.

        Raises:
            MalformedMessage: the bytes are not one.
        """
        kind = reader.uint8()
        name: PskName
        if kind == 1:
            name = ExternalPsk(reader.opaque())
        elif kind == 2:
            try:
                usage = ResumptionUsage(reader.uint8())
            except ValueError as error:
                raise MalformedMessage("a resumption key has no known usage") from error
            name = ResumptionPsk(usage, reader.opaque(), reader.uint64())
        else:
            raise MalformedMessage("a pre-shared key has no known type")
        return PskId(name, reader.opaque())


def look_up(ids: Sequence[PskId], psks: Psks) -> tuple[bytes, ...]:
    """The keys of some names. A key that is missing is never made up.

    Raises:
        UnknownPsk: one is missing.
    """
    missing = [entry for entry in ids if entry.name not in psks]
    if missing:
        raise UnknownPsk(f"{len(missing)} of {len(ids)} pre-shared keys were not given")
    return tuple(psks[entry.name] for entry in ids)


def psk_secret(suite: Suite, ids: Sequence[PskId], keys: Sequence[bytes]) -> Secret:
    """Mix pre-shared keys into one secret, in order."""
    secret = suite.no_secret
    for index, (entry, key) in enumerate(zip(ids, keys, strict=True)):
        extracted = suite.extract(suite.no_secret, key)
        label = entry.encode() + uint16(index) + uint16(len(ids))
        size = suite.hash_length
        step = suite.expand_with_label(extracted, b"derived psk", label, size)
        secret = suite.extract(step, secret)
    return secret


def with_nonce(entry: PskId, nonce: bytes) -> PskId:
    """The same name with a nonce, if it has none yet."""
    return entry if entry.nonce else replace(entry, nonce=nonce)
