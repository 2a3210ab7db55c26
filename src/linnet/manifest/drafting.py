"""Makes editions of a manifest, and gathers their signatures. Pure."""

from collections.abc import Iterable, Sequence

from linnet.errors import LocalError, UsageError
from linnet.wire.following import MOST_ROTATIONS, Following, Series
from linnet.wire.links import MAX_ADDRESSES, Address, RelayDescriptor
from linnet.wire.manifests import MOST_RELAYS, Edition, Signers, UnverifiedManifest
from linnet.wire.places import Place

Relays = tuple[RelayDescriptor, ...]
Places = tuple[Place, ...]


def first(signers: Signers, relays: Relays, places: Places = ()) -> Series:
    """Draft the first edition of a new manifest."""
    return (_draft(Edition(signers.id, 1, signers, None, relays, places)),)


def following(
    known: Following,
    relays: Relays,
    signers: Signers | None,
    *,
    places: Places | None = None,
) -> Series:
    """Draft the edition after the newest, and before it a change of keys if asked.

    Its places are those of the newest where none are given.

    Raises:
        UsageError: the keys were changed as often as they may be.
    """
    current, number = known.newest.edition.signers, known.number + 1
    found = known.places if places is None else places
    kept = tuple(one.source for one in known.rotations)
    if signers is None or signers == current:
        return (*kept, _draft(Edition(known.id, number, current, None, relays, found)))
    if len(kept) == MOST_ROTATIONS:
        raise UsageError(
            f"The keys of a manifest change {MOST_ROTATIONS} times at most. Begin a "
            "new manifest, and tell people to follow that one."
        )
    change = Edition(known.id, number, current, signers)
    newest = Edition(known.id, number + 1, signers, None, relays, found)
    return (*kept, _draft(change), _draft(newest))


def signed(series: Series, private_key: bytes, public_key: bytes) -> Series:
    """Sign each edition that names a key.

    Raises:
        UsageError: none does.
    """
    if not any(public_key in keys_of(one) for one in series):
        raise UsageError("No edition of this manifest names that key.")
    return tuple(
        one.signed(private_key) if public_key in keys_of(one) else one for one in series
    )


def joined(copies: Sequence[Series]) -> Series:
    """Put the signatures together that several people have made on their copies.

    Raises:
        UsageError: they are no copies of the same.
    """
    bodies = {tuple(one.body for one in series) for series in copies}
    if len(bodies) != 1:
        raise UsageError(
            "These are no copies of one draft: they differ in what is signed."
        )
    return tuple(
        same[0].with_signatures(pair for one in same for pair in one.signatures)
        for same in zip(*copies, strict=True)
    )


def keys_of(one: UnverifiedManifest) -> set[bytes]:
    """Return whose signatures an edition may have."""
    edition = one.edition
    return {*edition.signers.keys, *edition.later_signers.keys}


def missing(one: UnverifiedManifest) -> int:
    """Return how many signatures an edition still needs."""
    by = {key for key, _ in one.signatures}
    groups = {one.edition.signers, one.edition.later_signers}
    return sum(max(0, g.threshold - len(by & set(g.keys))) for g in groups)


def gathered(roads: Iterable[RelayDescriptor]) -> Relays:
    """Put the roads to each relay together, in the order given.

    Raises:
        UsageError: there are too many.
    """
    found: dict[bytes, dict[Address, None]] = {}
    for relay in roads:
        found.setdefault(relay.key, {}).update(dict.fromkeys(relay.addresses))
    if len(found) > MOST_RELAYS or any(len(v) > MAX_ADDRESSES for v in found.values()):
        raise UsageError(
            f"A manifest names at most {MOST_RELAYS} relays and {MAX_ADDRESSES} roads "
            "to each."
        )
    return tuple(RelayDescriptor(key, tuple(ways)) for key, ways in found.items())


def _draft(edition: Edition) -> UnverifiedManifest:
    try:
        return UnverifiedManifest.draft(edition)
    except LocalError as error:
        raise UsageError(str(error)) from None
