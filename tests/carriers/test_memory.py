"""What a client remembers of networks (spec/carriers.md §4)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.memory import (
    BELIEVED_SECONDS,
    MOST_NETWORKS,
    MOST_WAYS,
    Memory,
    Trace,
)
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.ways import Way, ways_to
from linnet.errors import Malformed
from linnet.wire.links import Address, RelayDescriptor, Road
from tests.carriers.track import way

HOME, CAFE = b"h" * 16, b"c" * 16
A, B, C = way("a"), way("b"), way("c")
ALL = (A, B, C)


def test_what_worked_last_on_this_network_is_tried_first() -> None:
    memory = Memory().noted(HOME, B, worked=True, now=100)
    memory = memory.noted(HOME, C, worked=True, now=200)
    memory = memory.noted(CAFE, A, worked=True, now=300)

    assert memory.order(HOME, ALL, 400) == (C, B, A)
    assert memory.order(CAFE, ALL, 400) == (A, B, C)
    assert memory.order(b"x" * 16, ALL, 400) == ALL


def test_when_a_way_last_worked_is_known_whatever_network_that_was_on() -> None:
    memory = Memory().noted(HOME, A, worked=True, now=100)
    memory = memory.noted(CAFE, A, worked=True, now=200)
    memory = memory.noted(CAFE, A, worked=False, now=300)

    assert [memory.worked_at(one) for one in (A, B)] == [200, 0]


def test_the_later_of_two_that_worked_in_one_second_comes_first() -> None:
    memory = Memory().noted(HOME, B, worked=True, now=100)
    memory = memory.noted(HOME, C, worked=True, now=100)

    assert memory.order(HOME, ALL, 100) == (C, B, A)


def test_what_failed_comes_last_until_that_is_old() -> None:
    memory = Memory().noted(HOME, A, worked=False, now=100)

    assert memory.order(HOME, ALL, 101) == (B, C, A)
    assert memory.order(HOME, ALL, 100 + BELIEVED_SECONDS) == ALL


def test_when_all_fail_what_once_worked_still_comes_first() -> None:
    memory = Memory().noted(HOME, C, worked=True, now=100)
    for one in ALL:
        memory = memory.noted(HOME, one, worked=False, now=200)

    assert memory.order(HOME, ALL, 201) == (C, A, B)


def test_a_clock_that_was_set_back_makes_no_failure_last() -> None:
    memory = Memory().noted(HOME, A, worked=False, now=10_000)

    assert memory.order(HOME, ALL, 100) == ALL


def test_the_same_again_within_a_minute_is_no_news() -> None:
    once = Memory().noted(HOME, A, worked=False, now=100)
    assert once.noted(HOME, A, worked=False, now=159) is once
    assert once.noted(HOME, A, worked=False, now=160) is not once

    once = Memory().noted(HOME, A, worked=True, now=100)
    assert once.noted(HOME, A, worked=True, now=159) is once
    assert once.noted(HOME, A, worked=False, now=101) is not once


def test_a_memory_is_bounded_and_forgets_what_is_oldest() -> None:
    memory = Memory()
    for number in range(40):
        for name in range(40):
            network = bytes([number]) * 16
            memory = memory.noted(network, way(f"w{name}"), worked=True, now=number)

    assert len(memory.networks) == MOST_NETWORKS
    assert {len(ways) for _, ways in memory.networks} == {MOST_WAYS}
    assert memory.networks[0][0] == bytes([39]) * 16
    assert memory.networks[0][1][0][0] == way("w39").id
    assert len(memory.pack()) < 16_384


def test_a_memory_names_no_address() -> None:
    packed = Memory().noted(HOME, A, worked=True, now=1).pack()

    assert b"example" not in packed
    assert A.address.pack() not in packed


traces = st.builds(Trace, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
networks = st.dictionaries(
    st.binary(min_size=16, max_size=16),
    st.dictionaries(st.binary(min_size=8, max_size=8), traces, max_size=5),
    max_size=MOST_NETWORKS,
)


@pytest.mark.fuzz
@given(networks)
def test_what_is_written_is_read(held: dict[bytes, dict[bytes, Trace]]) -> None:
    memory = Memory(tuple((one, tuple(ways.items())) for one, ways in held.items()))

    assert Memory.unpack(memory.pack()) == memory


@pytest.mark.fuzz
@given(st.binary(max_size=400) | st.binary(max_size=60).map(b"\x01\x01".__add__))
def test_any_bytes_are_a_memory_or_malformed(data: bytes) -> None:
    try:
        memory = Memory.unpack(data)
    except Malformed:
        return
    assert memory.pack() == data
    assert set(memory.order(HOME, ALL, 100)) == set(ALL)
    noted = memory.noted(HOME, A, worked=True, now=1)
    assert Memory.unpack(noted.pack()) == noted


def test_a_memory_that_names_a_thing_twice_is_malformed() -> None:
    (network,) = Memory().noted(HOME, A, worked=True, now=1).networks
    for twice in [(network, network), ((HOME, network[1] * 2),)]:
        with pytest.raises(Malformed, match="twice"):
            Memory.unpack(Memory(twice).pack())


def test_what_a_link_finds_out_is_kept_once() -> None:
    kept: list[Memory] = []
    here = Surroundings(keep=kept.append, unix_time=lambda: 50.0)
    for _ in range(3):
        here.note(B, worked=True)

    assert kept == [here.memory]
    assert here.order(ALL) == (B, A, C)


def test_requests_come_after_every_other_way_and_bursts_last() -> None:
    tcp = Address(Road.TCP, "a.example", 1)
    wss = Address(Road.WSS, "a.example", 443, "/x")
    relay = RelayDescriptor(bytes(32), (wss, tcp, wss))

    ways = ways_to(relay, polls=True)

    assert ways == (
        Way(wss),
        Way(tcp),
        Way(wss, polls=True),
        Way(wss, polls=True, bursts=True),
    )
    assert ways_to(relay, polls=False) == ways[:2]
    assert len({one.id for one in ways}) == 4


def test_a_way_is_local_only_where_no_network_sees_it() -> None:
    def at(host: str) -> bool:
        return replace(A, address=Address(Road.WSS, host, 443)).is_local

    assert all(map(at, ["localhost", "127.0.0.1", "127.8.9.1", "::1"]))
    assert not any(map(at, ["10.0.0.1", "localhost.example", "::2", "0.0.0.0"]))  # noqa: S104
