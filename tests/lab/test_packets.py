"""Packets, to bytes and back, and judged by a tool that nobody here wrote."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.lab.packets import NO_FLAGS, Endpoint, Flags, Packet, Protocol, checksum

ends = st.builds(
    Endpoint, st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 65_535)
)
numbers = st.integers(0, 2**32 - 1)
segments = st.builds(
    Packet,
    ends,
    ends,
    st.just(Protocol.TCP),
    st.binary(max_size=1_400),
    st.integers(0, 31).map(Flags),
    numbers,
    numbers,
    st.integers(0, 10).map(lambda words: bytes(words * 4)),
    st.integers(0, 65_535),
)
datagrams = st.builds(
    Packet, ends, ends, st.just(Protocol.UDP), st.binary(max_size=1_400)
)


@given(segments | datagrams)
def test_a_packet_is_read_as_it_was_written(packet: Packet) -> None:
    data = packet.pack()

    assert Packet.read(data) == packet
    assert packet.size == len(data)
    assert checksum(data[:20]) == 0
    pseudo = data[12:20] + bytes((0, packet.protocol)) + (len(data) - 20).to_bytes(2)
    assert checksum(pseudo + data[20:]) == 0


@given(segments | datagrams, st.data())
def test_a_packet_cut_short_is_refused(packet: Packet, data: st.DataObject) -> None:
    whole = packet.pack()
    cut = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(Malformed):
        Packet.read(whole[:cut])


@given(st.binary(max_size=100))
def test_any_bytes_are_a_packet_or_malformed(data: bytes) -> None:
    try:
        Packet.read(data)
    except Malformed:
        return


def test_a_reset_is_what_each_end_takes_for_the_others() -> None:
    client, server = Endpoint.at("10.0.0.2", 4_000), Endpoint.at("10.9.9.9", 443)
    sent = Packet(client, server, Protocol.TCP, b"hello", Flags.ACK, 100, 900)

    assert sent.reset() == Packet(
        server, client, Protocol.TCP, b"", Flags.RST | Flags.ACK, 900, 105
    )
    assert sent.cut_to_reset() == Packet(
        client, server, Protocol.TCP, b"", Flags.RST | Flags.ACK, 100, 900
    )
    assert Packet(client, server, Protocol.TCP).flags == NO_FLAGS
