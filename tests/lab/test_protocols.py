"""S12: three protocols at three ports."""

from ipaddress import IPv4Network
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint, Packet, Protocol
from linnet.lab.rules.protocols import ProtocolFilter, is_known
from tests.lab.lines import CLIENT, SERVER, Line, datagram, passed, python_hello, ruled

QUERY = bytes.fromhex("001d beef 0100 0001 0000 0000 0000") + (
    b"\5cover\7example\0" + bytes.fromhex("0001 0001")
)
QUERY = (len(QUERY) - 2).to_bytes(2) + QUERY[2:]
HELLO = python_hello("any.example")
RULE = ProtocolFilter((IPv4Network("198.51.100.0/24"),))
SSH = b"SSH-2.0-OpenSSH_9.2\r\n"


def test_first_packets_that_look_like_nothing_known_end_what_the_client_says() -> None:
    line = Line(ProtocolFilter())
    line.opens()

    assert passed(line.up(SSH))
    assert ruled(line.up(b"more of it")) == [("S12", "drop")]
    assert ruled(line.up()) == [("S12", "drop")]
    assert passed(line.down(b"what the server says"))


def test_the_drop_lasts_60_seconds_from_the_last_packet() -> None:
    line = Line(ProtocolFilter())
    line.opens()
    line.up(SSH)
    line.up(b"more")
    came = []
    for line.now in (50.0, 100.0, 159.0, 219.0):
        came.append(passed(line.up(b"again")))

    assert came == [False, False, False, True]


@pytest.mark.parametrize("port", [53, 80, 443])
@pytest.mark.parametrize("first", [HELLO, b"GET / HTTP/1.1\r\n", QUERY])
def test_each_known_protocol_passes_at_each_open_port(port: int, first: bytes) -> None:
    line = Line(ProtocolFilter(), server=Endpoint(SERVER.host, port))
    line.opens()

    assert all(passed(line.up(data)) for data in (first, b"\0anything", b"\0at all"))


def test_what_begins_as_tls_in_two_packets_passes_and_backwards_does_not() -> None:
    line, backwards = Line(ProtocolFilter()), Line(ProtocolFilter())

    assert passed(line.up(HELLO[:3]))
    assert passed(line.up(HELLO[3:]))
    assert passed(backwards.up(HELLO[3:]))
    assert not passed(backwards.up(HELLO[:3]))


@pytest.mark.parametrize("port", [22, 8443])
def test_another_port_cannot_even_be_opened(port: int) -> None:
    assert not Line(ProtocolFilter(), server=Endpoint(SERVER.host, port)).opens()


@pytest.mark.parametrize(("port", "may"), [(53, True), (443, False), (3_478, False)])
def test_of_udp_only_dns_passes(port: int, may: bool) -> None:
    server, censor = Endpoint(SERVER.host, port), Censor((ProtocolFilter(),), Random(1))

    assert passed(censor.handle(datagram(CLIENT, server, b"?"), 0.0)) is may
    assert passed(censor.handle(datagram(server, CLIENT, b"!"), 0.0)) is may


def test_a_listed_hoster_is_dropped_whole_and_another_can_be_pinged() -> None:
    listed = Endpoint.at("198.51.100.7", 443)
    pings = [Packet(CLIENT, end, Protocol.ICMP, b"\x08\0") for end in (listed, SERVER)]
    censor = Censor((RULE,), Random(1))

    assert not Line(RULE, server=listed).opens()
    assert [passed(censor.handle(ping, 0.0)) for ping in pings] == [False, True]


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"GET /",
        b"PATCH / HTTP/1.1",
        b"\x16\3\4\0\1",
        b"\x16\3\1\0",
        b"\x17\3\3\0\1",
        QUERY[:-1],
        QUERY[:4] + b"\x81" + QUERY[5:],
        QUERY[:7] + b"\2" + QUERY[8:],
    ],
)
def test_what_is_almost_a_known_protocol_is_none(first: bytes) -> None:
    assert not is_known(first)


@given(st.binary(max_size=40))
def test_any_bytes_are_known_or_not(data: bytes) -> None:
    assert is_known(HELLO[:5] + data)
    assert is_known(b"POST /" + b"xx" + data)
    assert not is_known(b"\0\0" + data)
