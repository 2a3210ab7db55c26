"""The person's own roads to relays: added, shown, removed (spec/carriers.md)."""

from linnet.client.standing import relay_name
from linnet.client.store.home import Store
from linnet.client.store.own_roads import OwnRoadRow, OwnRoadTable
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


def keep(table: OwnRoadTable, link: RoadLink) -> None:
    """Write the roads of a link; call in a transaction.

    Raises:
        UsageError: more roads lead to a relay than are ever tried.
    """
    for relay in link.relays:
        for address in relay.addresses:
            table.add(relay.key, address)
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


def add(store: Store, link: str) -> list[OwnRoad]:
    """Know the roads of a link.

    Raises:
        UsageError: it is no road link, or there are too many.
    """
    read = read_road(link)
    with store.db.transaction():
        keep(store.own_roads, read)
    return listed(store)


def listed(store: Store) -> list[OwnRoad]:
    """Return the person's own roads."""
    return [_shown(row) for row in store.own_roads.all()]


def remove(store: Store, which: str) -> OwnRoad:
    """Forget a road.

    Raises:
        UsageError: no road, or more than one, has an id that begins so.
    """
    found = [row for row in store.own_roads.all() if which and row.id.startswith(which)]
    if len(found) != 1:
        raise UsageError(
            f"No single road has an id that begins with “{which}”; see linnet road "
            "list."
        )
    with store.db.transaction():
        store.own_roads.remove(found[0])
    return _shown(found[0])


def _shown(row: OwnRoadRow) -> OwnRoad:
    address = row.address
    return OwnRoad(
        id=row.id,
        relay=relay_name(row.relay),
        road=address.road.name.lower(),
        host=address.host,
        port=address.port,
    )
