"""What a box remembers, and what it cannot see when it joins nothing."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from linnet.lab.flows import BEGINNING, Flows, Sight
from linnet.lab.packets import Flags, Packet, Protocol
from tests.lab.lines import CLIENT, SERVER, Line, python_hello


def segment(payload: bytes, sequence: int, flags: Flags = Flags.ACK) -> Packet:
    return Packet(CLIENT, SERVER, Protocol.TCP, payload, flags, sequence % 2**32)


@given(
    st.binary(min_size=1, max_size=400),
    st.lists(st.tuples(st.integers(0, 399), st.integers(1, 60)), max_size=30),
    st.sampled_from([0, 2**32 - 100]),
    st.randoms(use_true_random=False),
)
def test_segments_in_any_order_and_twice_are_joined_as_they_were_sent(
    data: bytes, extra: list[tuple[int, int]], start: int, chances: Random
) -> None:
    cuts = [(at, 20) for at in range(0, len(data), 20)] + extra
    chances.shuffle(cuts)
    flows = Flows(Sight(), Random(1))
    seen = flows.see(segment(b"", start - 1, Flags.SYN), 0.0)
    for at, length in cuts:
        flows.see(segment(data[at : at + length], start + at), 0.0)

    assert seen.flow.up.data == data[:BEGINNING]


def test_a_hello_in_two_segments_is_seen_only_by_a_box_that_joins_them() -> None:
    hello = python_hello("blocked.example")

    def found(sight: Sight) -> list[str]:
        flows = Flows(sight, Random(1))
        flows.see(segment(b"", 99, Flags.SYN), 0.0)
        parts = [segment(hello[:50], 100), segment(hello[50:], 150)]
        all_seen = [flows.see(part, 0.0) for part in parts]
        return [seen.hello.name for seen in all_seen if seen.hello]

    assert found(Sight()) == ["blocked.example"]
    assert found(Sight(joins_segments=False)) == []


def test_a_hello_in_two_records_is_seen_only_by_a_box_that_joins_them() -> None:
    hello = python_hello("blocked.example")
    parts = hello[5:50], hello[50:]
    split = b"".join(b"\x16\3\1" + len(part).to_bytes(2) + part for part in parts)

    def found(sight: Sight) -> str:
        line = Flows(sight, Random(1))
        line.see(segment(b"", 99, Flags.SYN), 0.0)
        return line.see(segment(split, 100), 0.0).flow.name

    assert found(Sight()) == "blocked.example"
    assert found(Sight(joins_records=False)) == ""


def test_both_directions_are_one_flow_until_it_is_opened_again() -> None:
    line = Line()
    line.opens()
    line.up(b"GET / HTTP/1.1\r\n")
    line.down(b"HTTP/1.1 200 OK\r\n")
    flows = Flows(Sight(), Random(1))
    first = flows.see(segment(b"", 99, Flags.SYN), 0.0).flow
    flows.see(segment(b"x", 100), 1.0)

    assert flows.see(segment(b"", 500, Flags.SYN), 2.0).flow is not first
