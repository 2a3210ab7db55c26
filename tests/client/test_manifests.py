"""Manifests as a person follows them (spec/manifest.md §4, §6)."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.carriers.memory import Memory
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.ways import Way
from linnet.client import manifests
from linnet.client.core.identity import Account
from linnet.client.core.people import new_identity
from linnet.client.core.shared_roads import SharedRoad
from linnet.client.store.accounts import AccountTable, Profile
from linnet.client.store.database import Database
from linnet.client.store.home import Store
from linnet.client.sync.cards import leads_here, own_link
from linnet.client.sync.known_ways import known_ways
from linnet.errors import UsageError
from linnet.wire.following import series_text
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.manifests import Edition, UnverifiedManifest
from mls import BasicCredential
from vectors.manifests import (
    AFTER,
    CHANGE,
    FIRST,
    ONE,
    RELAY,
    ROAD,
    TWO,
    signed,
    signers,
)

HOME = RelayDescriptor(RELAY, (Address(Road.WSS, "relay.example", 443, "/r"),))
ELSEWHERE = RelayDescriptor(b"e" * 32, (ROAD,))


def opened(folder: Path) -> Store:
    """A home that knows one relay."""
    database = Database.open(folder / "store.db", bytes(32))
    store = Store.of(folder, database) if _has_account(database) else None
    return store or _made(folder, database)


def _has_account(database: Database) -> bool:
    return database.row("SELECT 1 FROM relays") is not None


def _made(folder: Path, database: Database) -> Store:
    account = Account.generate(os.urandom)
    identity = new_identity(account, os.urandom)
    assert isinstance(identity.credential, BasicCredential)
    table = AccountTable(database)
    with database.transaction():
        table.save(
            Profile(
                account=account,
                name="Alice",
                owner_secret=bytes(32),
                invite_secret=bytes(32),
                credential=identity.credential.identity,
                signature_private=identity.signature_private,
            )
        )
        table.remember_relay(HOME, pass_token=None, is_mine=True)
    return Store.of(folder, database)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = opened(tmp_path)
    yield made
    made.db.close()


def text(*series: UnverifiedManifest) -> str:
    return series_text(series)


def used(store: Store) -> tuple[Address, ...]:
    return known_ways(store, HOME, Surroundings()).addresses


def with_roads(*addresses: Address) -> str:
    relays = (RelayDescriptor(RELAY, addresses), ELSEWHERE)
    return text(signed(replace(FIRST, number=3, relays=relays), "a", "b"))


def test_roads_of_a_manifest_join_those_of_a_relay_that_is_known(store: Store) -> None:
    shown = manifests.follow(store, text(ONE))

    assert (shown.number, shown.roads, shown.usable) == (1, 2, 2)
    assert used(store)[0] == HOME.addresses[0]
    assert set(used(store)[1:]) == set(ONE.edition.relays[0].addresses)
    elsewhere = known_ways(store, ELSEWHERE, Surroundings())
    assert elsewhere == ELSEWHERE


def test_a_newer_edition_takes_the_place_of_an_older_and_never_the_reverse(
    tmp_path: Path, store: Store
) -> None:
    manifests.follow(store, text(ONE))
    assert manifests.follow(store, text(TWO)).number == 2
    assert used(store) == HOME.addresses
    with pytest.raises(UsageError, match="older than 2, which is kept"):
        manifests.follow(store, text(ONE))

    shown = manifests.follow(store, text(CHANGE, AFTER))
    (kept,) = opened(tmp_path).manifests.all()
    assert (shown.number, kept.number) == (6, 6)
    assert manifests.text_of(store, shown.id[:6]) == text(CHANGE, AFTER)


def test_few_roads_of_many_are_used_and_not_by_everybody_the_same(
    tmp_path: Path, store: Store
) -> None:
    many = with_roads(*(replace(ROAD, host=f"h{n}.example") for n in range(8)))
    chosen = set()
    for n in range(8):
        (tmp_path / str(n)).mkdir()
        other = opened(tmp_path / str(n))
        manifests.follow(other, many)
        assert used(other) == used(other)
        assert len(used(other)) == 1 + 3
        chosen |= set(used(other)[1:])
        other.db.close()

    assert len(chosen) > 3


def test_a_manifest_leads_into_no_local_network_and_names_no_other_kinds(
    store: Store,
) -> None:
    bad = [
        replace(ROAD, host="192.168.1.1"),
        replace(ROAD, host="localhost"),
        replace(ROAD, road=Road.PLUGIN),
        replace(ROAD, road=Road.FOLDER),
        replace(ROAD, road=Road.MAIL),
    ]

    shown = manifests.follow(store, with_roads(*bad, ROAD))

    assert shown.usable == 1
    assert used(store) == (*HOME.addresses, ROAD)


def test_what_is_not_followed_is_not_kept(store: Store) -> None:
    with pytest.raises(UsageError, match="no manifest"):
        manifests.follow(store, "linnet:abc")
    with pytest.raises(UsageError, match="1 of the 2 signatures"):
        manifests.follow(store, text(signed(FIRST, "a")))
    assert manifests.followed(store) == []

    for n in range(manifests.MOST_FOLLOWED):
        who = signers(1, str(n))
        manifests.follow(store, text(signed(Edition(who.id, 1, who), str(n))))
    with pytest.raises(UsageError, match="as many as can be"):
        manifests.follow(store, text(ONE))


def test_an_invite_names_a_public_road_that_worked_where_the_relay_s_own_did_not(
    store: Store,
) -> None:
    given = replace(ROAD, path="/path-of-alice")
    shared = SharedRoad(RELAY, replace(ROAD, port=8443), store.me, 2, is_taken=True)
    manifests.follow(store, with_roads(ROAD))
    with store.db.transaction():
        store.own_roads.add(RELAY, given, 0)
        store.shared_roads.save(shared)
    memory = Memory()
    for address in (ROAD, given, shared.address, HOME.addresses[0]):
        memory = memory.noted(bytes(16), Way(address), worked=True, now=100)
    store.roads.keep(memory)
    assert own_link(store).relays == (HOME,)

    failed = memory.noted(bytes(16), Way(HOME.addresses[0]), worked=False, now=200)
    store.roads.keep(failed)

    (named,) = own_link(store).relays
    assert named.addresses == (ROAD, *HOME.addresses)
    assert leads_here(store)


def test_who_has_only_roads_of_their_own_is_told_that_an_invite_is_not_enough(
    store: Store,
) -> None:
    failed = Memory().noted(bytes(16), Way(HOME.addresses[0]), worked=False, now=200)
    assert leads_here(store)
    store.roads.keep(failed)

    assert not leads_here(store)
    assert own_link(store).relays == (HOME,)


def test_what_another_version_has_written_takes_no_other_way_along(
    store: Store,
) -> None:
    manifests.follow(store, text(ONE))
    with store.db.transaction():
        store.db.write("UPDATE meta SET value = x'09' WHERE key LIKE 'manifest/%'")

    assert used(store) == HOME.addresses
    assert manifests.followed(store) == []


def test_who_lets_a_manifest_go_uses_its_roads_no_more(store: Store) -> None:
    shown = manifests.follow(store, text(ONE))
    with pytest.raises(UsageError, match="No single manifest"):
        manifests.unfollow(store, "zz")

    assert manifests.unfollow(store, shown.id[:8]) == shown
    assert used(store) == HOME.addresses
    assert manifests.followed(store) == []
