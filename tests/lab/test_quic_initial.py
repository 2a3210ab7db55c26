"""Initial packets of QUIC, as a censor opens them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.lab.hellos import ClientHello
from linnet.lab.quic_initial import InitialKeys, find_quic_hello
from tests.lab.initials import CONNECTION, crypto, initial, quic_hello

# RFC 9001, Appendix A: the CRYPTO frame, and how the packet that is made of it begins
# and ends. The end is the tag, so what is between them is right as well.
FRAME = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69"
    "484c00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a"
    "00080006001d0017001800100007000504616c706e00050005010000000000330026002400"
    "1d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302"
    "0304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320408"
    "ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51"
    "570806048000ffff"
)
BEGINS = bytes.fromhex(
    "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b"
)
ENDS = bytes.fromhex("e221af44860018ab0856972e194cd934")


def names(*frames: bytes, joins_frames: bool = True) -> str | None:
    hello = find_quic_hello(initial(b"".join(frames)), joins_frames=joins_frames)
    return hello.name if hello else None


def test_the_keys_are_those_of_the_rfc() -> None:
    keys = InitialKeys.derive(CONNECTION)

    assert keys.key.hex() == "1f369613dd76d5467730efcbe3b1a22d"
    assert keys.iv.hex() == "fa044b2f42a3fd3b46fb255c"
    assert keys.header.hex() == "9f50449e04a0e810283a1e9933adedd2"


def test_the_initial_of_the_rfc_is_opened_and_read() -> None:
    packet = initial(FRAME)
    assert packet.startswith(BEGINS)
    assert packet.endswith(ENDS)

    for joins_frames in (True, False):
        hello = find_quic_hello(packet, joins_frames=joins_frames)
        assert hello is not None
        assert hello.name == "example.com"
        assert hello.protocols == ("alpn",)
        assert hello.ja4("q").startswith("q13d02")


def test_a_hello_in_pieces_is_seen_only_by_a_box_that_joins_them() -> None:
    hello = quic_hello("blocked.example")
    pieces = crypto(hello[90:], 90), b"\1\0", crypto(hello[:99]), b"\1"

    assert names(*pieces) == "blocked.example"
    assert names(*pieces, joins_frames=False) is None
    assert names(b"\1", crypto(hello), joins_frames=False) is None
    assert names(crypto(hello), joins_frames=False) == "blocked.example"


def test_a_hello_over_two_packets_of_a_datagram_is_joined() -> None:
    hello = quic_hello("blocked.example")
    acks = b"\2\0\0\1\0\0\0" + b"\3\0\0\0\0\1\1\1"
    first = initial(crypto(hello[:99]), size=200)
    second = initial(acks + crypto(hello[99:], 99), number=3, size=700)

    found = find_quic_hello(first + second + bytes(100))
    assert found is not None
    assert found.name == "blocked.example"


def test_a_hello_whose_end_is_elsewhere_is_none_yet() -> None:
    hello = quic_hello("blocked.example")

    assert names(crypto(hello[:-1])) is None
    assert names(crypto(hello[1:], 1)) is None
    assert names(b"") is None


def test_a_connection_id_is_of_at_most_twenty_octets() -> None:
    assert find_quic_hello(initial(FRAME, bytes(20))) is not None
    assert find_quic_hello(initial(FRAME, b"")) is not None
    with pytest.raises(Malformed):
        find_quic_hello(initial(FRAME, bytes(21)))


@given(st.integers(0, 1_199), st.integers(1, 255))
def test_an_initial_that_was_changed_does_not_open(at: int, change: int) -> None:
    packet = bytearray(initial(FRAME))
    packet[at] ^= change

    with pytest.raises(Malformed):
        find_quic_hello(bytes(packet))


@given(st.integers(0, 1_199))
def test_an_initial_that_was_cut_does_not_open(length: int) -> None:
    with pytest.raises(Malformed):
        find_quic_hello(initial(FRAME)[:length])


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_a_hello_none_or_malformed(data: bytes, joins: bool) -> None:
    front = b"\xc0\0\0\0\1"
    for datagram in (data, front + data, initial(data), initial(crypto(data))):
        try:
            found = find_quic_hello(datagram, joins_frames=joins)
        except Malformed:
            continue
        assert found is None or isinstance(found, ClientHello)
