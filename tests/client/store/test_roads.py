"""The memory of roads in a home (spec/carriers.md §4)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from linnet.carriers.memory import Memory
from linnet.client.store.database import Database
from linnet.client.store.roads import RoadTable
from tests.carriers.track import way

KEY = bytes(range(32))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "store.db", KEY)
    yield opened
    opened.close()


def test_what_worked_is_there_after_reopening(tmp_path: Path) -> None:
    memory = Memory().noted(b"n" * 16, way("a"), worked=True, now=100)
    first = Database.open(tmp_path / "store.db", KEY)
    assert RoadTable(first).memory() == Memory()
    RoadTable(first).keep(memory)
    key = RoadTable(first).key(os.urandom)
    first.close()

    second = Database.open(tmp_path / "store.db", KEY)
    assert RoadTable(second).memory() == memory
    assert RoadTable(second).key(os.urandom) == key
    second.close()


def test_a_memory_of_another_version_is_forgotten(database: Database) -> None:
    with database.transaction():
        database.write("INSERT INTO meta VALUES ('roads/memory', x'09')")

    assert RoadTable(database).memory() == Memory()


def test_two_homes_name_a_network_differently(database: Database) -> None:
    assert RoadTable(database).key(os.urandom) != bytes(32)
    assert len(RoadTable(database).key(os.urandom)) == 32
