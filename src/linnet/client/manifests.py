"""The manifests that a person follows (spec/manifest.md §4)."""

from linnet.client.store.home import Store
from linnet.client.sync.known_ways import published
from linnet.client.values import FollowedManifest
from linnet.errors import RemoteError, UsageError
from linnet.wire.following import Following, parse_series, series_text

MOST_FOLLOWED = 4
_ANOTHER = (
    "That manifest has another id than the one you gave, so nothing of it was taken. "
    "Give the id whole, as whoever publishes it says it."
)


def follow(store: Store, text: str, only: str = "") -> FollowedManifest:
    """Follow a manifest, or go on to a newer edition of one that is followed.

    Args:
        store: of the client.
        text: the manifest.
        only: the id that it has to have; "": any.

    Raises:
        UsageError: it is none, another, older than what is known, or not signed as it
            must be.
    """
    known = {one.id: one for one in store.manifests.all()}
    try:
        series = parse_series(text)
        which = series[-1].edition.id
        if only not in {"", which.hex()}:
            raise UsageError(_ANOTHER)
        before = known.get(which)
        taken = before.take(series) if before else Following.begin(series)
    except RemoteError as error:
        raise UsageError(str(error)) from error
    if before is None and len(known) >= MOST_FOLLOWED:
        raise UsageError(
            f"You follow {MOST_FOLLOWED} manifests, which is as many as can be. Let go "
            "of one first: linnet road unfollow"
        )
    with store.db.transaction():
        store.manifests.save(taken)
        if before is None:
            store.manifests.want_all()
    return _shown(store, taken)


def unfollow(store: Store, which: str) -> FollowedManifest:
    """Let a manifest go: by how its id begins.

    Raises:
        UsageError: none, or more than one, has such an id.
    """
    found = _find(store, which)
    shown = _shown(store, found)
    with store.db.transaction():
        store.manifests.remove(found.id)
    return shown


def followed(store: Store) -> list[FollowedManifest]:
    """Return the manifests that are followed."""
    return [_shown(store, one) for one in store.manifests.all()]


def text_of(store: Store, which: str) -> str:
    """Return a manifest as text, for others to follow.

    Raises:
        UsageError: none, or more than one, has such an id.
    """
    return series_text(_find(store, which).series)


def _find(store: Store, which: str) -> Following:
    every = store.manifests.all()
    found = [one for one in every if which and one.id.hex().startswith(which)]
    if len(found) != 1:
        raise UsageError(
            f"No single manifest has an id that begins with “{which}”; see linnet road "
            "followed."
        )
    return found[0]


def _shown(store: Store, one: Following) -> FollowedManifest:
    every = sum(len(relay.addresses) for relay in one.relays)
    known = [row.descriptor for row in store.account.relays()]
    usable = sum(len(published(store, relay, [one])) for relay in known)
    return FollowedManifest(
        one.id.hex(),
        one.number,
        roads=every,
        usable=usable,
        places=tuple(place.text for place in one.places),
    )
