"""The person's own roads to relays: added, shown, removed (spec/carriers.md)."""

from dataclasses import replace

from linnet.client.core.identity import fingerprint
from linnet.client.core.shared_roads import SharedRoad
from linnet.client.road_sharing import Road, find_road
from linnet.client.standing import relay_name
from linnet.client.store.home import Store
from linnet.client.store.own_roads import OwnRoadTable
from linnet.client.values import OwnRoad
from linnet.errors import Malformed, UsageError
from linnet.wire.links import MAX_ADDRESSES, RelayDescriptor, RoadLink


def read_road(link: str) -> RoadLink:
    """Read a road link that a person gave.

    Raises:
        UsageError: it is none.
    """
    try:
        return RoadLink.parse(link)
    except Malformed as error:
        raise UsageError(str(error)) from error


def keep(table: OwnRoadTable, link: RoadLink, now: float) -> None:
    """Write the roads of a link; call in a transaction.

    Raises:
        UsageError: more roads lead to a relay than are ever tried.
    """
    for relay in link.relays:
        for address in relay.addresses:
            table.add(relay.key, address, now)
        known = [one for one in table.all() if one.relay == relay.key]
        if len(known) >= MAX_ADDRESSES:
            raise UsageError(
                "So many roads lead to that relay that its own addresses would never "
                "be tried. Remove some first: linnet road list"
            )


def joined(relay: RelayDescriptor, link: RoadLink) -> RelayDescriptor:
    """A relay with the roads of a link before its own addresses."""
    ways = [way for one in link.relays if one.key == relay.key for way in one.addresses]
    return RelayDescriptor(relay.key, tuple([*ways, *relay.addresses][:MAX_ADDRESSES]))


def add(store: Store, link: str, now: float) -> list[OwnRoad]:
    """Know the roads of a link.

    Raises:
        UsageError: it is no road link, or there are too many.
    """
    read = read_road(link)
    with store.db.transaction():
        keep(store.own_roads, read, now)
    return listed(store)


def listed(store: Store) -> list[OwnRoad]:
    """Return the person's own roads, and then those that contacts have shared."""
    every: list[Road] = [*store.own_roads.all(), *store.shared_roads.all()]
    return [shown(store, row) for row in every]


def remove(store: Store, which: str) -> OwnRoad:
    """Forget a road.

    Raises:
        UsageError: no road, or more than one, has an id that begins so.
    """
    found = find_road(store, which)
    with store.db.transaction():
        if isinstance(found, SharedRoad):
            store.shared_roads.remove(found)
        else:
            store.own_roads.remove(found)
    return shown(store, found)


def shown(store: Store, row: Road) -> OwnRoad:
    """Return a road as faces show it."""
    address = row.address
    road = OwnRoad(
        id=row.id,
        relay=relay_name(row.relay),
        road=address.road.name.lower(),
        host=address.host,
        port=address.port,
    )
    if not isinstance(row, SharedRoad):
        return road
    giver = store.contacts.find(row.giver)
    name = giver.name if giver else fingerprint(row.giver)
    return replace(road, giver=name, is_taken=row.is_taken, hops=row.hops)
