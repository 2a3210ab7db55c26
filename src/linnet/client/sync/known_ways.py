"""Every way to a relay that this home knows, whoever told it (spec/carriers.md §9)."""

from linnet.carriers.surroundings import Surroundings
from linnet.carriers.ways import ways_to
from linnet.client.core.shared_roads import joined
from linnet.client.store.home import Store
from linnet.client.values import ContactState
from linnet.wire.links import Address, RelayDescriptor


def known_ways(
    store: Store, relay: RelayDescriptor, surroundings: Surroundings
) -> RelayDescriptor:
    """Return a relay with the person's roads, its own addresses and contacts' roads."""
    own = [one.address for one in store.own_roads.all() if one.relay == relay.key]
    shared = _shared(store, relay.key)
    return joined(relay, own, _best_first(shared, relay.key, surroundings))


def _shared(store: Store, relay: bytes) -> list[Address]:
    """Return the roads that were taken of contacts who are still contacts."""
    contacts = {
        one.account
        for one in store.contacts.all()
        if one.state is ContactState.ACCEPTED
    }
    return [
        one.address
        for one in store.shared_roads.all()
        if one.relay == relay and one.is_taken and one.giver in contacts
    ]


def _best_first(
    addresses: list[Address], relay: bytes, surroundings: Surroundings
) -> list[Address]:
    """Put what failed here of late behind the spare ones."""
    ways = ways_to(RelayDescriptor(relay, tuple(addresses)), polls=True)
    return list(dict.fromkeys(one.address for one in surroundings.order(ways)))
