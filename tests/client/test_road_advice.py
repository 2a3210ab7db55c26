"""When a person is told to replace roads that they were given (docs/guide/roads.md)."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.carriers.diagnosis import Attempt, Came
from linnet.carriers.ways import Way
from linnet.client import road_sharing, roads
from linnet.client.core.given_roads import DEAD_SECONDS
from linnet.client.core.identity import Account
from linnet.client.core.shared_roads import SharedRoad
from linnet.client.diagnosing import _advice
from linnet.client.sync.hub import Hub
from linnet.wire.links import RelayDescriptor, RoadLink
from tests.client.test_manifests import HOME, opened
from vectors.manifests import RELAY, ROAD

NOW = 1_790_000_000.0
GIVEN = replace(ROAD, host="given.example")
LINK = RoadLink((RelayDescriptor(RELAY, (GIVEN,)),)).text()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    store = opened(tmp_path)
    yield Hub(store)
    store.db.close()


def said_at(hub: Hub, now: float) -> str:
    hub.now = lambda: now
    others = Attempt(Way(HOME.addresses[0]), Came.WORKS)
    return _advice(hub, HOME, [Attempt(Way(GIVEN), Came.SILENT), others])


def test_a_road_added_just_now_is_given_a_day_before_it_is_called_dead(
    hub: Hub,
) -> None:
    roads.add(hub.store, LINK, NOW)

    assert said_at(hub, NOW + 60) == ""
    assert "none did for a day" in said_at(hub, NOW + DEAD_SECONDS)


def test_a_road_of_a_contact_is_given_a_day_from_when_it_was_taken(hub: Hub) -> None:
    giver = Account.generate(os.urandom).key
    shared = SharedRoad(RELAY, GIVEN, giver, 1)
    with hub.store.db.transaction():
        hub.store.shared_roads.save(shared)
    road_sharing.take(hub.store, shared.id, NOW)
    road_sharing.take(hub.store, shared.id, NOW + DEAD_SECONDS)

    assert said_at(hub, NOW + 60) == ""
    assert "none did for a day" in said_at(hub, NOW + DEAD_SECONDS)


def test_roads_of_a_home_that_noted_no_times_are_read(hub: Hub) -> None:
    roads.add(hub.store, LINK, NOW)
    with hub.store.db.transaction():
        hub.store.db.write(
            "UPDATE meta SET value = ? WHERE key LIKE 'road/%'", GIVEN.pack()
        )

    assert [one.address for one in hub.store.own_roads.all()] == [GIVEN]
    assert "none did for a day" in said_at(hub, NOW)
