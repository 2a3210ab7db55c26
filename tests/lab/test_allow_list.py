"""S11: what is on no list may be opened and says nothing."""

from ipaddress import IPv4Network
from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint, Flags, Packet, Protocol
from linnet.lab.rules.allow_list import AllowList
from tests.lab.lines import CLIENT, SERVER, Line, datagram, passed, python_hello, ruled

OURS = Endpoint.at("10.0.0.53", 53)
LISTED = (IPv4Network("192.0.2.0/24"),)
NAMES = frozenset({"allowed.example"})
ELSEWHERE = Endpoint.at("198.51.100.7", 443)
RULE = AllowList(LISTED, NAMES, (OURS, Endpoint.at("8.8.8.8", 53)))


def speaks(line: Line, name: str | None) -> bool:
    """Whether a connection is opened, and hello and answer pass."""
    assert line.opens()
    return passed(line.up(python_hello(name))) and passed(line.down(b"\x16\3\3"))


@pytest.mark.parametrize("name", ["allowed.example", "cdn.allowed.example"])
def test_a_listed_name_at_a_listed_address_is_served(name: str) -> None:
    assert speaks(Line(RULE), name)


@pytest.mark.parametrize("name", ["other.example", "notallowed.example", None])
def test_a_hello_for_another_name_is_dropped_after_the_connection_opened(
    name: str | None,
) -> None:
    assert not speaks(Line(RULE), name)


def test_a_listed_name_elsewhere_is_served_only_where_the_name_decides() -> None:
    milder = AllowList(LISTED, NAMES, by_name=True)

    assert not speaks(Line(RULE, server=ELSEWHERE), "allowed.example")
    assert speaks(Line(milder, server=ELSEWHERE), "allowed.example")
    assert not speaks(Line(milder, server=ELSEWHERE), "other.example")


@pytest.mark.parametrize(
    "first", [b"SSH-2.0-OpenSSH_9.2\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_other_first_data_is_dropped_even_to_a_listed_address(first: bytes) -> None:
    line = Line(RULE)
    line.opens()

    assert ruled(line.up(first)) == [("S11", "drop")]
    assert not passed(line.down(b"220 ready\r\n"))


def test_a_hello_in_two_segments_is_served_and_one_that_never_ends_is_not() -> None:
    hello, line = python_hello("allowed.example"), Line(RULE)
    line.opens()
    assert passed(line.up(hello[:50]))
    assert passed(line.up(hello[50:]))

    endless = Line(RULE)
    endless.opens()
    endless.up(b"\x16\3\1\x40\0\1\xff\xff\xff")
    assert not passed(endless.down(b"an answer before the hello is whole"))
    came = [passed(endless.up(bytes(1_000))) for _ in range(20)]
    assert sum(came) == 4


def asks(host: str, port: int = 53) -> list[bool]:
    """Whether a question and its answer pass."""
    resolver, censor = Endpoint.at(host, port), Censor((RULE,), Random(1))
    packets = datagram(CLIENT, resolver, b"?"), datagram(resolver, CLIENT, b"!")
    return [passed(censor.handle(packet, 0.0)) for packet in packets]


def test_names_are_told_by_the_operator_and_by_google_alone() -> None:
    assert asks("10.0.0.53") == asks("8.8.8.8") == [True, True]
    assert asks("1.1.1.1") == asks("9.9.9.9") == [False, False]
    assert asks("8.8.8.8", 443) == asks("192.0.2.10", 443) == [False, False]


def test_an_echo_is_dropped() -> None:
    for message in (b"", b"\x08\0"):
        ping = Packet(CLIENT, SERVER, Protocol.ICMP, message)

        assert not passed(Censor((RULE,), Random(1)).handle(ping, 0.0))


def test_the_other_milder_form_lets_14_kbit_a_second_pass() -> None:
    line = Line(AllowList(LISTED, NAMES, slows=True), server=ELSEWHERE)
    line.opens()
    came = 0
    for number in range(1_000):
        line.now = number * 0.1
        came += 8 * 540 * passed(line.down(bytes(500), Flags.ACK))

    assert 14_000 * 100 <= came <= 14_000 * 100 + 8 * 3_000
