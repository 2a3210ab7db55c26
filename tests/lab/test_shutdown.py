"""S16: names, and almost nothing else."""

from random import Random

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint, Packet, Protocol
from linnet.lab.rules.shutdown import Shutdown
from tests.lab.lines import CLIENT, SERVER, datagram, passed

RESOLVER = Endpoint.at("10.0.0.53", 53)


def part(*packets: Packet) -> float:
    """Which part of many such packets passes."""
    censor = Censor((Shutdown(RESOLVER, Random(4)),), Random(1))
    came = [passed(censor.handle(one, 0.0)) for _ in range(4_000) for one in packets]
    return sum(came) / len(came)


def test_names_can_be_asked_of_the_provider() -> None:
    assert part(datagram(CLIENT, RESOLVER, b"?"), datagram(RESOLVER, CLIENT, b"!")) == 1


def test_of_all_else_two_packets_in_a_hundred_pass() -> None:
    for other in (
        datagram(CLIENT, Endpoint.at("8.8.8.8", 53), b"?"),
        datagram(CLIENT, Endpoint(RESOLVER.host, 443), b"?"),
        Packet(CLIENT, RESOLVER, Protocol.TCP, b"?"),
        Packet(CLIENT, SERVER, Protocol.TCP, b"?"),
        Packet(CLIENT, SERVER, Protocol.ICMP, b"?"),
    ):
        assert 0.01 < part(other) < 0.03
