"""Which ways an invite names (spec/identity.md §4)."""

from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.memory import Memory
from linnet.carriers.ways import ways_to
from linnet.client.core.invited_ways import Came, came, invited_ways, works
from linnet.wire.links import MAX_ADDRESSES, Address, RelayDescriptor, Road

HERE, THERE = b"h" * 16, b"t" * 16
A, B, C = (Address(Road.WSS, f"{one}.example", 443, "/p") for one in "abc")
RELAY = RelayDescriptor(b"r" * 32, (A, B))


def remembered(*said: tuple[Address, bool], network: bytes = HERE) -> Memory:
    memory = Memory()
    for at, (address, worked) in enumerate(said):
        way = ways_to(RelayDescriptor(b"", (address,)), polls=True)[0]
        memory = memory.noted(network, way, worked=worked, now=100 + at)
    return memory


def named(memory: Memory, *public: Address) -> tuple[Address, ...]:
    return invited_ways(RELAY, public, memory).addresses


def test_what_failed_goes_to_the_end() -> None:
    assert named(Memory()) == (A, B)
    assert named(remembered((A, False))) == (B, A)
    assert named(remembered((B, True))) == (A, B)
    assert named(remembered((A, False), (B, False))) == (A, B)


def test_a_public_road_is_named_only_where_nothing_of_the_relay_worked() -> None:
    assert named(remembered((C, True)), C) == (C, A, B)
    assert named(remembered((B, True), (C, True)), C) == (A, B)
    assert named(remembered((A, False)), C) == (B, A)


def test_only_the_network_that_was_last_used_is_asked() -> None:
    memory = Memory(remembered((A, False), network=THERE).networks)
    way = ways_to(RelayDescriptor(b"", (A,)), polls=True)[0]
    memory = memory.noted(HERE, way, worked=True, now=300)

    assert came(memory, A) is Came.WORKED
    assert came(memory, B) is Came.UNKNOWN


def test_a_link_is_of_use_unless_all_of_it_failed() -> None:
    assert works(RELAY, Memory())
    assert works(RELAY, remembered((A, False)))
    assert not works(RELAY, remembered((A, False), (B, False)))


ADDRESSES = st.integers(0, 11).map(
    lambda n: Address(Road.WSS, f"h{n}.example", 443, "/p")
)


@given(
    st.lists(ADDRESSES, min_size=1, max_size=MAX_ADDRESSES, unique=True),
    st.lists(ADDRESSES, max_size=8),
    st.lists(st.tuples(ADDRESSES, st.booleans()), max_size=20),
)
def test_an_invite_holds_only_the_relay_s_addresses_and_one_road_at_most(
    own: list[Address], public: list[Address], said: list[tuple[Address, bool]]
) -> None:
    relay = RelayDescriptor(b"r" * 32, tuple(own))

    ways = invited_ways(relay, public, remembered(*said)).addresses

    assert len(set(ways)) == len(ways) <= MAX_ADDRESSES
    assert len(set(ways) - set(own)) <= 1
    assert set(ways) <= {*own, *public}
    assert len(set(own) - set(ways)) <= 1
