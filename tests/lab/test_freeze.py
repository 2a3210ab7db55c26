"""S8: 25 packets, then nothing."""

from ipaddress import IPv4Network
from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint, Packet, Protocol
from linnet.lab.rules.freeze import Freeze
from tests.lab.lines import CLIENT, SERVER, Line, datagram, passed, python_hello, ruled

HOSTERS = (IPv4Network("192.0.2.0/24"),)
ALL = Freeze(HOSTERS, frozenset({"allowed.example"}), share=1.0)


def packets_that_pass(line: Line, payload: bytes = b"xx") -> int:
    """How many of 60 pass, the two directions in turn."""
    ways = line.up, line.down
    return sum(passed(ways[number % 2](payload)) for number in range(60))


def test_a_flow_to_a_foreign_hoster_is_silent_after_25_packets_of_both_ways() -> None:
    line = Line(ALL)
    assert line.opens()
    assert packets_that_pass(line) == 22

    assert ruled(line.up(b"again")) == [("S8", "drop")]
    assert ruled(line.down()) == [("S8", "drop")]


def test_datagrams_are_counted_as_segments_are() -> None:
    censor = Censor((ALL,), Random(1))
    ways = datagram(CLIENT, SERVER, b"x"), datagram(SERVER, CLIENT, b"x")

    assert sum(passed(censor.handle(ways[n % 2], 0.0)) for n in range(60)) == 25


@pytest.mark.parametrize("name", ["allowed.example", "www.allowed.example"])
def test_an_allowed_name_goes_on(name: str) -> None:
    line = Line(ALL)
    line.opens()
    line.up(python_hello(name))

    assert packets_that_pass(line) == 60


@pytest.mark.parametrize("name", ["notallowed.example", "example", "other.example"])
def test_a_name_that_only_looks_allowed_does_not(name: str) -> None:
    line = Line(ALL)
    line.opens()
    line.up(python_hello(name))

    assert packets_that_pass(line) == 21


@pytest.mark.parametrize("server", ["192.0.2.10:22", "198.51.100.7:443"])
def test_ssh_and_the_rest_of_the_world_go_on(server: str) -> None:
    host, port = server.split(":")

    assert packets_that_pass(Line(ALL, server=Endpoint.at(host, int(port)))) == 60


def test_four_of_five_flows_are_frozen() -> None:
    censor = Censor((Freeze(HOSTERS),), Random(7))
    ports = range(40_000, 40_200)
    lines = [Line(censor=censor, client=Endpoint(CLIENT.host, port)) for port in ports]

    frozen = sum(packets_that_pass(line) == 25 for line in lines)
    assert 145 <= frozen <= 175


def test_the_older_form_counts_what_the_server_sends() -> None:
    line = Line(Freeze(HOSTERS, share=1.0, by_octets=True))
    line.opens()

    assert all(passed(line.up(bytes(1_000))) for _ in range(60))
    came = sum(passed(line.down(bytes(500))) for _ in range(60)) * 500
    assert 15_000 <= came <= 20_000
    assert not passed(line.up(b"and nothing after"))


def test_the_older_form_leaves_datagrams_alone_and_both_leave_echoes() -> None:
    older = Censor((Freeze(HOSTERS, share=1.0, by_octets=True),), Random(1))
    large = datagram(SERVER, CLIENT, bytes(1_000))
    ping = Packet(CLIENT, SERVER, Protocol.ICMP, b"\x08\0")

    older.handle(datagram(CLIENT, SERVER, b"?"), 0.0)
    assert all(passed(older.handle(large, 0.0)) for _ in range(60))
    censor = Censor((ALL,), Random(1))
    assert all(passed(censor.handle(ping, 0.0)) for _ in range(60))
