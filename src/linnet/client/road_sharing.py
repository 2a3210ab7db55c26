"""Roads between contacts: given on, taken, put aside (spec/carriers.md §9.5)."""

from dataclasses import replace

from linnet.client.core.meaning import manifest_part, road_part
from linnet.client.core.shared_roads import (
    MOST_HOPS,
    RoadShared,
    SharedRoad,
    has_room,
    may_share,
)
from linnet.client.finding import find_conversation
from linnet.client.store.contacts import ContactRow
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.store.own_roads import OwnRoadRow
from linnet.client.sync.hub import Hub
from linnet.client.values import ContactState
from linnet.client.writing import check_writable
from linnet.errors import Malformed, UsageError
from linnet.wire.following import write_series
from linnet.wire.links import SCHEME, Address, RelayDescriptor, RoadLink

SHORTEST_ID = 4
LARGEST_BROUGHT = 39_000
"""Bytes of a series; a message has room for a little more."""

Road = OwnRoadRow | SharedRoad


def share(hub: Hub, which: str, who: str, hops: int) -> None:
    """Send roads to a contact, in the conversation with them.

    Args:
        hub: the running client.
        which: how the id of a road or of a followed manifest begins, or a road link,
            which is not kept here.
        who: the contact.
        hops: how often they may be passed on in all, this time counted.

    Raises:
        UsageError: the road, the contact or the number cannot be.
    """
    store = hub.store
    row = _conversation(hub, who)
    if not 1 <= hops <= MOST_HOPS:
        raise UsageError(f"A road is passed on 1 to {MOST_HOPS} times in all.")
    series = _manifest(store, which)
    if series is not None:
        with store.db.transaction():
            hub.compose(row, manifest_part(series))
        return
    if which.lower().startswith(SCHEME):
        link = _read(which)
    else:
        road = find_road(store, which)
        _check_hops(store, road, hops)
        link = RoadLink((RelayDescriptor(road.relay, (road.address,)),))
    if not all(map(may_share, _addresses(link))):
        raise UsageError("A road of that kind is for its owner alone.")
    with store.db.transaction():
        hub.compose(row, road_part(RoadShared(hops - 1, link)))


def take(store: Store, which: str, now: float) -> SharedRoad:
    """Let a road that a contact shared be used.

    Raises:
        UsageError: there is no such road, or as many are taken as may be.
    """
    road = find_road(store, which)
    if not isinstance(road, SharedRoad):
        raise UsageError("That road is your own and is used already.")
    if road.is_taken:
        return road
    if not has_room(store.shared_roads.all(), road.relay):
        raise UsageError(
            "You have taken five roads of contacts to that relay, and no more are "
            "kept. Remove one first: linnet road list"
        )
    taken = replace(road, is_taken=True, added_at=int(now))
    with store.db.transaction():
        store.shared_roads.save(taken)
    return taken


def find_road(store: Store, which: str) -> Road:
    """Find a road, the person's own or a contact's, by how its id begins.

    Raises:
        UsageError: no road, or more than one, has such an id.
    """
    every = _roads(store)
    found = [row for row in every if which and row.id.startswith(which)]
    own = [row for row in found if isinstance(row, OwnRoadRow)]
    if len({(row.relay, row.address) for row in found}) != 1:
        raise UsageError(
            f"No single road has an id that begins with “{which}”; see linnet road "
            "list."
        )
    return (own or found)[0]


def _roads(store: Store) -> list[Road]:
    return [*store.own_roads.all(), *store.shared_roads.all()]


def _conversation(hub: Hub, who: str) -> ConversationRow:
    row = find_conversation(hub.store, who)
    check_writable(hub, row)
    contact = hub.store.contacts.find(row.peer) if row.peer else None
    if not row.is_direct or not _is_contact(contact):
        raise UsageError(
            "A road is shared with one contact at a time, who has accepted you."
        )
    return row


def _is_contact(contact: ContactRow | None) -> bool:
    return contact is not None and contact.state is ContactState.ACCEPTED


def _check_hops(store: Store, road: Road, hops: int) -> None:
    if not isinstance(road, SharedRoad):
        return
    giver = store.contacts.find(road.giver)
    name = giver.name if giver else "A contact"
    if not road.is_taken:
        raise UsageError("You have not taken that road yourself.")
    if road.hops == 0:
        raise UsageError(
            f"{name} gave you that road for yourself alone; it was not passed on. Ask "
            "for a link for whom you mean."
        )
    if hops > road.hops:
        raise UsageError(
            f"That road may be passed on {road.hops} more time"
            f"{'s' if road.hops > 1 else ''}, says {name}."
        )


def _manifest(store: Store, which: str) -> bytes | None:
    """Return the series of a manifest that is followed, if that is what is meant."""
    if len(which) < SHORTEST_ID:
        return None
    found = [one for one in store.manifests.all() if one.id.hex().startswith(which)]
    if len(found) != 1 or any(one.id.startswith(which) for one in _roads(store)):
        return None
    series = write_series(found[0].series)
    if len(series) > LARGEST_BROUGHT:
        raise UsageError(
            "That manifest is too large for a message. Send it as a file: linnet road "
            "manifest ID > FILE"
        )
    return series


def _read(link: str) -> RoadLink:
    try:
        return RoadLink.parse(link)
    except Malformed as error:
        raise UsageError(str(error)) from error


def _addresses(link: RoadLink) -> list[Address]:
    return [one for relay in link.relays for one in relay.addresses]
