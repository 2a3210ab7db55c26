"""Asks where a manifest says that newer editions are (spec/manifest.md §7).

Nothing that comes from there is believed: it is a series that verifies and is newer
than what is known, or nothing has changed.
"""

import logging
from collections.abc import Callable
from contextlib import aclosing

from linnet.carriers.dns.resolvers import lines_to
from linnet.carriers.egress import leaving_by
from linnet.carriers.place_texts import Lines, texts_at
from linnet.client.store.home import Store
from linnet.client.sync.hub import Hub
from linnet.client.sync.mishaps import kind_of
from linnet.client.values import PlaceAsked
from linnet.errors import Malformed, RemoteError, Replayed, Unreachable
from linnet.wire.following import Following, parse_series, series_text
from linnet.wire.manifests import ManifestId
from linnet.wire.places import Place

_log = logging.getLogger(__name__)


async def ask_all(hub: Hub, lines: Lines = lines_to) -> list[PlaceAsked]:
    """Ask the places of each manifest, until one has something newer."""
    asked: list[PlaceAsked] = []
    for known in hub.store.manifests.all():
        for place in _shuffled(known.places, hub.entropy):
            asked.append(await _ask(hub, known, place, lines))
            if asked[-1].is_newer:
                break
    return asked


async def first_at(
    hub: Hub, place: Place, only: str = "", lines: Lines = lines_to
) -> str:
    """Return the first manifest that a place has, as text.

    Args:
        hub: of the client.
        place: where. A website has to prove its name: no signer is known yet.
        only: its id; those of any other are passed over.
        lines: how resolvers are reached.

    Raises:
        RemoteError: there is none.
        Unreachable: nobody answers there.
    """
    with leaving_by(hub.surroundings.egress):
        inside = _may_be_inside(hub.store, place)
        found = texts_at(place, inside=inside, lines=lines, checks=True)
        async with aclosing(found):
            async for texts in found:
                genuine = [one for text in texts if (one := _genuine(text, only))]
                if genuine:
                    return series_text(max(genuine, key=lambda one: one.number).series)
    wanted = " and has that id" if only else ""
    raise Malformed(
        f"There is no manifest at that place, or none that is genuine{wanted}."
    )


async def _ask(hub: Hub, before: Following, place: Place, lines: Lines) -> PlaceAsked:
    store, now, said = hub.store, before, [_NOTHING]
    with leaving_by(hub.surroundings.egress):
        found = texts_at(place, inside=_may_be_inside(store, place), lines=lines)
        try:
            async with aclosing(found):
                async for texts in found:
                    said += [_take(store, before.id, text) for text in texts]
                    now = _known(store, before.id) or before
                    # What is known already says nothing of what comes after it.
                    if now.number > before.number:
                        break
        except Unreachable as error:
            said = [str(error)]
    is_newer = now.number > before.number
    told = _NEWER if is_newer else _SAME if "" in said else said[-1]
    return PlaceAsked(now.id.hex(), place.text, now.number, is_newer, told)


_NOTHING = "There is no manifest there."
_OLDER = "What is there is older than what you have, which is kept."
_STRANGE = "What is there is not genuine; what you have is kept."
_SAME = "What is there is what you have."
_NEWER = "A newer edition was there, and is used from now on."


def _genuine(text: str, only: str) -> Following | None:
    try:
        found = Following.begin(parse_series(text))
    except RemoteError as error:
        _log.info("A place has no manifest: %s", kind_of(error))
        return None
    return found if only in {"", found.id.hex()} else None


def _take(store: Store, which: ManifestId, text: str) -> str:
    """Take what is genuine and not older; else why it was not taken."""
    try:
        series = parse_series(text)
        known = _known(store, which)
        taken = known.take(series) if known else None
    except Malformed:
        return _NOTHING
    except Replayed:
        return _OLDER
    except RemoteError:
        return _STRANGE
    if taken and taken != known:
        with store.db.transaction():
            store.manifests.save(taken)
    return ""


def _known(store: Store, which: ManifestId) -> Following | None:
    """What is known of a manifest now; it may have been let go meanwhile."""
    every = {one.id: one for one in store.manifests.all()}
    return every.get(which)


def _may_be_inside(store: Store, place: Place) -> bool:
    """Whether a place is on the machine of a relay of the person's own.

    That one relay is in a local network opens none of the machines beside it.
    """
    own = [one.descriptor for one in store.account.relays() if one.is_mine]
    return any(place.host == way.host for relay in own for way in relay.addresses)


def _shuffled(
    places: tuple[Place, ...], entropy: Callable[[int], bytes]
) -> list[Place]:
    keyed = [(entropy(8), place.text, place) for place in places]
    return [place for _, _, place in sorted(keyed, key=lambda one: one[:2])]
