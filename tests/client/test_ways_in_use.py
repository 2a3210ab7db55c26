"""The ways of a client that runs follow what is known (spec/carriers.md §9.5)."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.carriers.race_values import Learn
from linnet.carriers.status import Waiting
from linnet.carriers.ways import Way
from linnet.client import manifests
from linnet.client.core.devices import ContactSet
from linnet.client.core.identity import Account
from linnet.client.core.shared_roads import (
    ACTIVE,
    SPARE,
    SharedRoad,
    road_id,
)
from linnet.client.meeting import block
from linnet.client.road_sharing import find_road
from linnet.client.store.contacts import ContactRow
from linnet.client.sync.hub import Hub
from linnet.client.sync.leads import _learn_manifest
from linnet.client.sync.line import Line
from linnet.client.sync.sharing import STATES
from linnet.client.sync.siblings import Siblings
from linnet.client.values import ContactState
from linnet.errors import UsageError
from linnet.wire.following import series_text, write_series
from linnet.wire.links import Address
from tests.client.test_manifests import HOME, opened
from vectors.manifests import ONE, RELAY, ROAD, TWO

GIVEN = [replace(ROAD, host=f"h{n}.example") for n in range(ACTIVE + SPARE)]
BLOCKED = STATES.index(ContactState.BLOCKED)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    store = opened(tmp_path)
    yield Hub(store)
    store.db.close()


def befriend(hub: Hub) -> ContactRow:
    """A contact who has given as many roads as may be taken."""
    bob = ContactRow(Account.generate(os.urandom).key, "Bob", ContactState.ACCEPTED)
    with hub.store.db.transaction():
        hub.store.contacts.save(bob)
        for address in GIVEN:
            road = SharedRoad(RELAY, address, bob.account, 0, is_taken=True)
            hub.store.shared_roads.save(road)
    return bob


def used(line: Line) -> list[Address]:
    found = [way.address for way in line.link._ways if way.address in GIVEN]
    return list(dict.fromkeys(found))


def test_spare_roads_come_in_the_place_of_those_that_failed_while_it_runs(
    hub: Hub,
) -> None:
    befriend(hub)
    line = hub.line(HOME)
    first = used(line)
    for way in [Way(one) for one in first] + [Way(one, polls=True) for one in first]:
        hub.surroundings.note(way, worked=False)
    hub.connection_changed()
    assert used(line) == first == GIVEN[:ACTIVE]

    line.status = Waiting("Nobody answers.", 0.0, 1, ())
    hub.connection_changed()

    assert used(line)[:SPARE] == GIVEN[ACTIVE:]
    assert not line.link._happened


def test_spare_roads_come_too_where_only_a_slow_road_serves(hub: Hub) -> None:
    befriend(hub)
    line = hub.line(HOME)
    for way in line.link._ways:
        hub.surroundings.note(way, worked=False)

    line.link._perform(Learn())

    assert used(line)[:SPARE] == GIVEN[ACTIVE:]


def test_what_an_invite_says_of_a_relay_of_others_stays_when_ways_are_learnt(
    hub: Hub,
) -> None:
    other = replace(HOME, key=b"o" * 32)
    moved = replace(other, addresses=(replace(ROAD, host="moved.example"),))
    with hub.store.db.transaction():
        hub.store.account.remember_relay(other, pass_token=None, is_mine=False)
    line = hub.line(moved)
    before = line.link._ways

    hub.learn_ways()

    assert line.link._ways == before


def test_who_is_blocked_here_has_no_road_in_use_any_more(hub: Hub) -> None:
    bob, line = befriend(hub), hub.line(HOME)
    assert used(line) == GIVEN[:ACTIVE]

    block(hub, bob)

    assert used(line) == []


def test_who_is_blocked_on_another_device_has_no_road_in_use_any_more(
    hub: Hub,
) -> None:
    bob, line = befriend(hub), hub.line(HOME)

    with hub.store.db.transaction():
        entry = ContactSet(bob.account, bob.name, BLOCKED, is_verified=False)
        Siblings(hub)._take(entry, 0.0)

    assert used(line) == []


def test_a_manifest_that_a_contact_brings_is_used_at_once(hub: Hub) -> None:
    line = hub.line(HOME)
    manifests.follow(hub.store, series_text((ONE,)))
    listed = ONE.edition.relays[0].addresses
    assert {way.address for way in line.link._ways} >= set(listed)

    with hub.store.db.transaction():
        _learn_manifest(hub.store, write_series((TWO,)))

    assert not {way.address for way in line.link._ways} & set(listed)


def test_of_two_relays_roads_with_one_id_neither_is_taken_for_the_other(
    hub: Hub,
) -> None:
    one, two = (replace(ROAD, host=f"h{n}.example", path="/p") for n in (8989, 37245))
    relays = (b"r" * 32, b"o" * 32)
    found = road_id(relays[0], one)
    assert found == road_id(relays[1], two)
    with hub.store.db.transaction():
        for relay, address in zip(relays, (one, two), strict=True):
            hub.store.own_roads.add(relay, address, 0)

    with pytest.raises(UsageError, match="No single road"):
        find_road(hub.store, found)
