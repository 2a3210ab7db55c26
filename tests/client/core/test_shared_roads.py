"""Roads of contacts: what a hostile one can do with them (spec/carriers.md §9.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.client.core.content import Content
from linnet.client.core.meaning import meaning_of, road_part
from linnet.client.core.shared_roads import (
    ACTIVE,
    MOST_WAITING,
    SPARE,
    RoadShared,
    SharedRoad,
    admitted,
    has_room,
    joined,
    road_id,
)
from linnet.errors import RemoteError
from linnet.ids import AccountKey
from linnet.wire.links import (
    MAX_ADDRESSES,
    Address,
    RelayDescriptor,
    Road,
    RoadLink,
)

RELAY, OTHER = b"r" * 32, b"o" * 32
BOB, EVE = AccountKey(b"b" * 32), AccountKey(b"e" * 32)
SALT = bytes(16)


def road(name: str) -> Address:
    return Address(Road.WSS, f"{name}.example", 443, "/p")


def link(*names: str, relay: bytes = RELAY) -> RoadLink:
    return RoadLink((RelayDescriptor(relay, tuple(map(road, names))),))


HOSTS = st.sampled_from([f"h{n}.example" for n in range(12)] + ["127.0.0.1", "nas"])
ADDRESSES = st.builds(
    Address, st.sampled_from(Road), HOSTS, st.integers(1, 3), st.just("/p")
)
LINKS = st.builds(
    RoadLink,
    st.lists(
        st.builds(
            RelayDescriptor,
            st.sampled_from([RELAY, OTHER]),
            st.lists(ADDRESSES, min_size=1, max_size=4).map(tuple),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
SHARED = st.builds(RoadShared, st.integers(0, 2), LINKS)


@given(SHARED)
def test_what_is_shared_is_read_as_it_was_written(shared: RoadShared) -> None:
    content = Content(SALT, road_part(shared))

    assert meaning_of(Content.decode(content.encode())) == shared


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_any_bytes_are_a_shared_road_or_a_named_error(data: bytes) -> None:
    try:
        shared = RoadShared.decode(data)
    except RemoteError:
        return
    assert shared.encode() == data


@pytest.mark.fuzz
@given(st.lists(st.tuples(st.sampled_from([BOB, EVE]), SHARED), max_size=6))
def test_whatever_contacts_share_little_waits_and_nothing_is_replaced(
    sent: list[tuple[AccountKey, RoadShared]],
) -> None:
    home = [road("home")]
    known: list[SharedRoad] = [SharedRoad(RELAY, road("h1"), BOB, 2, is_taken=True)]
    for giver, shared in sent:
        new = admitted(shared, giver, relays={RELAY: home}, known=known)
        known += new

    ids = [one.id for one in known]
    assert len(ids) == len(set(ids))
    assert known[0] == SharedRoad(RELAY, road("h1"), BOB, 2, is_taken=True)
    assert not any(one.is_taken for one in known[1:])
    assert {one.relay for one in known} == {RELAY}
    for giver in (BOB, EVE):
        waiting = [one for one in known if one.giver == giver and not one.is_taken]
        assert len(waiting) <= MOST_WAITING
    assert not {one.address.host for one in known} & {"127.0.0.1", "nas"}


def test_a_contact_who_fills_their_own_places_leaves_those_of_others() -> None:
    flood = RoadShared(0, link(*"abcdefgh"))
    known = admitted(flood, EVE, relays={RELAY: []}, known=[])

    (theirs,) = admitted(
        RoadShared(1, link("pottery")), BOB, relays={RELAY: []}, known=known
    )

    assert len(known) == MOST_WAITING
    assert (theirs.giver, theirs.hops) == (BOB, 1)


def test_a_relay_of_this_network_may_have_roads_there() -> None:
    near = RoadShared(
        0, RoadLink((RelayDescriptor(RELAY, (Address(Road.WS, "192.168.1.9", 80),)),))
    )
    at_home = {RELAY: [Address(Road.TCP, "192.168.1.2", 443)]}

    assert admitted(near, BOB, relays=at_home, known=[])
    assert not admitted(near, BOB, relays={RELAY: [road("home")]}, known=[])


def test_five_roads_of_contacts_to_a_relay_may_be_taken() -> None:
    taken = [
        SharedRoad(RELAY, road(str(n)), BOB, 0, is_taken=True)
        for n in range(ACTIVE + SPARE)
    ]

    assert has_room(taken[1:], RELAY)
    assert not has_room(taken, RELAY)
    assert has_room(taken, OTHER)


@given(*[st.lists(ADDRESSES, max_size=9, unique=True)] * 3)
def test_roads_of_others_come_last_and_put_none_aside(
    own: list[Address], others: list[Address], listed: list[Address]
) -> None:
    relay = RelayDescriptor(RELAY, (road("home"), road("h1")))
    alone = joined(relay, own).addresses

    ways = joined(relay, own, others, listed).addresses

    assert ways[: len(alone)] == alone
    assert alone[: len(own)] == tuple(own[:MAX_ADDRESSES])
    assert len(ways) <= len(alone) + 2 * ACTIVE
    assert len(set(ways)) == len(ways)


def test_an_address_that_was_sought_for_the_id_of_another_road_is_not_kept() -> None:
    at, sought = road("h25187"), road("h36335")
    assert road_id(RELAY, at) == road_id(RELAY, sought)
    hostile = RoadShared(0, link("h36335"))
    taken = SharedRoad(RELAY, at, BOB, 2, is_taken=True)

    assert not admitted(hostile, EVE, relays={RELAY: []}, known=[taken])
    assert not admitted(hostile, EVE, relays={RELAY: [at]}, known=[])
