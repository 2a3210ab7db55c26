"""S15: recognised now, blocked in minutes."""

from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint
from linnet.lab.recognition import caught_by, named
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.rules.two_stage import TwoStage
from tests.lab.lines import CLIENT, SERVER, Line, datagram, passed, python_hello, ruled

PROXY = named(["proxy.example"])
SOON = 360.0
"""A minute for the list and five more: nothing is blocked before."""
LATE = 960.0
"""And fifteen more than that minute: everything is."""


def speak(line: Line, name: str = "proxy.example", packets: int = 2) -> None:
    """Open a connection, say hello, and go on for so many packets."""
    line.opens()
    line.up(python_hello(name))
    for _ in range(packets):
        line.down(b"data")


def later(line: Line, server: Endpoint, now: float = LATE) -> Line:
    """A new connection past the same censor, by default when every block has come."""
    fresh = Line(
        censor=line.censor, client=Endpoint(CLIENT.host, 50_000), server=server
    )
    fresh.now = now
    return fresh


def watched(clients: int = 1, seed: int = 1) -> Censor:
    return Censor((TwoStage(PROXY, Random(seed), clients=clients),), Random(1))


def test_a_recognised_server_is_blocked_minutes_later_with_what_is_open_to_it() -> None:
    line = Line(censor=watched())
    speak(line)
    line.now = SOON - 61
    assert passed(line.up(b"still here"))
    line.now = 700.0
    line.up(b"kept alive")

    line.now = LATE + 1
    assert ruled(line.up(b"x")) == ruled(line.down(b"x")) == [("S15", "drop")]
    assert not later(line, SERVER).opens()


@pytest.mark.parametrize(("at", "blocked"), [(1.0, 360), (59.0, 360), (60.0, 420)])
def test_a_server_is_listed_at_the_next_full_minute(at: float, blocked: float) -> None:
    line = Line(TwoStage(PROXY, Random(1), delay=(300.0, 300.0)))
    line.now = at
    speak(line)
    line.now = blocked - 1
    assert later(line, SERVER, blocked - 1).opens()
    speak(line)

    assert not later(line, SERVER, blocked).opens()


def test_a_recognition_is_said_once_of_a_flow() -> None:
    line = Line(censor=watched())
    line.opens()
    packets = [line.up(python_hello("proxy.example"))]
    packets += [line.down(b"data") for _ in range(9)]

    assert [ruled(effects) for effects in packets if ruled(effects)] == [
        [("S15", "pass")]
    ]


def test_the_block_comes_5_to_15_minutes_after_the_list() -> None:
    blocked = []
    for seed in range(30):
        line = Line(censor=watched(seed=seed))
        speak(line)
        while passed(line.up(b"x")):
            line.now += 15.0
        blocked.append(line.now)

    assert SOON <= min(blocked) < SOON + 120
    assert LATE - 120 < max(blocked) <= LATE + 15


def test_the_servers_other_ports_and_other_servers_go_on() -> None:
    line = Line(censor=watched())
    speak(line)
    others = [Endpoint(SERVER.host, 22), Endpoint.at("192.0.2.11", 443)]

    assert all(later(line, other).opens() for other in others)
    answer = line.censor.handle(datagram(CLIENT, SERVER, b"?"), LATE)
    assert passed(answer)


def test_a_flow_that_is_not_recognised_or_too_short_lists_nobody() -> None:
    for name, packets in (("other.example", 9), ("proxy.example", 1)):
        line = Line(censor=watched())
        speak(line, name, packets)

        assert later(line, SERVER).opens()


def test_a_server_is_listed_when_so_many_clients_were_seen_with_it() -> None:
    censor = watched(clients=3)

    def is_blocked(client: str, port: int, at: float) -> bool:
        line = Line(censor=censor, client=Endpoint.at(client, port))
        line.now = at
        speak(line)
        line.now = at + LATE
        return not passed(line.up(b"x"))

    assert not is_blocked("10.0.0.2", 1, 0.0)
    assert not is_blocked("10.0.0.2", 2, 1_000.0)
    assert not is_blocked("10.0.0.3", 1, 2_000.0)
    assert is_blocked("10.0.0.4", 1, 3_000.0)


def test_another_rule_can_be_what_recognises() -> None:
    first = caught_by(AddressBlock.of(["192.0.2.0/24"]))
    line = Line(TwoStage(first, Random(1)))
    assert line.opens()
    line.now = LATE

    assert not passed(line.up(b"x"))
