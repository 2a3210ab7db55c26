"""A relay, and Alice and Bob who know each other, for a file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.scene import Person, Relay, born, introduced


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    relay = Relay(tmp_path_factory.mktemp("scene") / "relay").start()
    yield relay
    relay.stop()


@pytest.fixture(scope="module")
def folder(relay: Relay) -> Path:
    return relay.data.parent


@pytest.fixture(scope="module")
def alice(relay: Relay, folder: Path) -> Person:
    return born(folder / "alice", relay)


@pytest.fixture(scope="module")
def bob(relay: Relay, folder: Path, alice: Person) -> Person:
    bob = born(folder / "bob", relay)
    introduced(bob, alice)
    return bob
