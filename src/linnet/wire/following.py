"""Following a manifest: editions in order, older ones refused (spec/manifest.md §4).

Pure. A series, as it is carried, is each edition that changed the keys and then the
newest; so who knows nothing but the manifest's id can check all of it.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from linnet.errors import Forged, Malformed, Replayed
from linnet.wire.fields import Fields, u16
from linnet.wire.links import RelayDescriptor
from linnet.wire.manifests import Manifest, ManifestId, UnverifiedManifest
from linnet.wire.places import Place

SCHEME: Final = "linnet-manifest:"
MOST_ROTATIONS: Final = 7
MAX_SERIES: Final = 49_152

Series = tuple[UnverifiedManifest, ...]


def read_series(data: bytes) -> Series:
    """Read the editions that are carried together.

    Raises:
        Malformed: they are none, too many, of several manifests, or out of order.
    """
    if len(data) > MAX_SERIES:
        raise Malformed("A manifest is larger than one may be.")
    fields = Fields(data)
    series = [UnverifiedManifest.unpack(fields.sized(2))]
    while not fields.is_done and len(series) <= MOST_ROTATIONS:
        series.append(UnverifiedManifest.unpack(fields.sized(2)))
    fields.finish()
    editions = [one.edition for one in series]
    numbers = [one.number for one in editions]
    if numbers != sorted(set(numbers)) or len({one.id for one in editions}) != 1:
        raise Malformed("The editions of a manifest are not in order.")
    changes = [one.next_signers is not None for one in editions]
    if changes != [True] * (len(series) - 1) + [False]:
        raise Malformed("The editions of a manifest do not lead to its newest.")
    return tuple(series)


def write_series(series: Sequence[UnverifiedManifest]) -> bytes:
    """Write editions that are carried together."""
    packed = [one.pack() for one in series]
    return b"".join(u16(len(one)) + one for one in packed)


def series_text(series: Sequence[UnverifiedManifest]) -> str:
    """Write editions as text that anything can carry."""
    return SCHEME + urlsafe_b64encode(write_series(series)).rstrip(b"=").decode()


def parse_series(text: str) -> Series:
    """Read editions from a text, a file, or the strings of a TXT record.

    Raises:
        Malformed: it is no manifest, or a damaged one.
    """
    # What prints TXT records puts each string into quotes.
    compact = "".join(text.replace('"', "").split())
    packed = compact[len(SCHEME) :]
    if not compact.startswith(SCHEME) or not re.fullmatch(r"[A-Za-z0-9_-]*", packed):
        raise Malformed(f"This is no manifest; one begins with '{SCHEME}'.")
    if len(packed) % 4 == 1 or len(packed) > MAX_SERIES * 4 // 3 + 4:
        raise Malformed("The manifest is damaged: part of it is missing, or too much.")
    return read_series(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))


@dataclass(frozen=True, slots=True)
class Following:
    """A manifest that is followed, as far as it is known: a verified value.

    Attributes:
        rotations: the editions that changed the keys, the first one first.
        newest: the newest edition.
    """

    rotations: tuple[Manifest, ...] = field(repr=False)
    newest: Manifest

    @property
    def id(self) -> ManifestId:
        """Which manifest it is."""
        return self.newest.edition.id

    @property
    def number(self) -> int:
        """The number of the newest edition."""
        return self.newest.edition.number

    @property
    def relays(self) -> tuple[RelayDescriptor, ...]:
        """The roads of the newest edition."""
        return self.newest.edition.relays

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the newest edition says that newer ones are found."""
        return self.newest.edition.places

    @property
    def series(self) -> Series:
        """What to carry on, for others who follow it or begin to."""
        return tuple(one.source for one in (*self.rotations, self.newest))

    @classmethod
    def begin(cls, series: Series) -> Self:
        """Follow a manifest from its first keys, which its id is the hash of.

        Raises:
            Forged: it begins with other keys, or some edition is not signed.
        """
        first = series[0].edition
        if first.signers.id != first.id:
            raise Forged("The manifest does not begin with the keys it is named for.")
        signers, verified = first.signers, []
        for one in series:
            verified.append(one.verify(signers))
            signers = one.edition.later_signers
        return cls(tuple(verified[:-1]), verified[-1])

    def take(self, series: Series) -> Self:
        """Go on to the newest edition of a series; the same again changes nothing.

        Raises:
            Replayed: it is older than what is known.
            Forged: it is of another manifest, not signed as it must be, or another
                edition has this number.
        """
        if series[-1].edition.id != self.id:
            raise Forged("That is another manifest.")
        if series[-1].edition.number < self.number:
            raise Replayed(
                f"That is edition {series[-1].edition.number} of the manifest, older "
                f"than {self.number}, which is kept."
            )
        known = {one.edition.number: one.source.body for one in self._known}
        for one in series:
            body = known.get(one.edition.number, one.body)
            if body != one.body:
                raise Forged(
                    "There are two different editions of the manifest with one number: "
                    "its keys are misused. What was known is kept."
                )
        return self._advanced(
            [one for one in series if one.edition.number > self.number]
        )

    @property
    def _known(self) -> tuple[Manifest, ...]:
        return (*self.rotations, self.newest)

    def _advanced(self, later: Sequence[UnverifiedManifest]) -> Self:
        if not later:
            return self
        signers = self.newest.edition.signers
        verified = []
        for one in later:
            verified.append(one.verify(signers))
            signers = one.edition.later_signers
        rotations = (*self.rotations, *verified[:-1])
        if len(rotations) > MOST_ROTATIONS:
            raise Forged("The keys of the manifest changed more often than they may.")
        return type(self)(rotations, verified[-1])
