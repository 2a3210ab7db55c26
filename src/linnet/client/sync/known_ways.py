"""Every way to a relay that this home knows, whoever told it (spec/carriers.md §9)."""

import hmac
import os
from dataclasses import replace

from linnet.carriers.surroundings import Surroundings
from linnet.carriers.ways import ways_to
from linnet.client.core.shared_roads import joined, may_lead, may_share
from linnet.client.store.home import Store
from linnet.client.values import ContactState
from linnet.wire.following import Following
from linnet.wire.links import Address, RelayDescriptor, Road


def known_ways(
    store: Store, relay: RelayDescriptor, surroundings: Surroundings
) -> RelayDescriptor:
    """Return a relay with every way to it, in the order in which they may be tried."""
    own = [one.address for one in store.own_roads.all() if one.relay == relay.key]
    shared = _best_first(_shared(store, relay.key), relay.key, surroundings)
    listed = published(store, relay, store.manifests.all())
    listed = _best_first(_shuffled(store, listed), relay.key, surroundings)
    return _with_account(joined(relay, own, shared, listed), store.roads.mail())


def _with_account(relay: RelayDescriptor, key: str) -> RelayDescriptor:
    """Let the person's mail account lead to every mailbox of a relay.

    It is put in at the last moment, so that no link or message can ever hold it.
    """
    ways = [
        replace(one, cover=key) if one.road is Road.MAIL else one
        for one in relay.addresses
    ]
    return RelayDescriptor(relay.key, tuple(ways))


def published(
    store: Store, relay: RelayDescriptor, manifests: list[Following]
) -> list[Address]:
    """Return the roads of manifests to a relay that a client would use."""
    own = [one.address for one in store.own_roads.all() if one.relay == relay.key]
    known = [*relay.addresses, *own]
    found = [
        address
        for manifest in manifests
        for one in manifest.relays
        if one.key == relay.key
        for address in one.addresses
        if may_share(address) and may_lead(address, known)
    ]
    return list(dict.fromkeys(found))


def _shuffled(store: Store, addresses: list[Address]) -> list[Address]:
    """Put roads in an order of this home's, so that not everybody is on the same."""
    if not addresses:
        return []
    key = store.roads.key(os.urandom)
    return sorted(addresses, key=lambda one: hmac.digest(key, one.pack(), "sha256"))


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
