"""S14: calls are recognised, and what is no call passes."""

from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.packets import Endpoint
from linnet.lab.rules.calls import TURN_PORTS, CallBlock, is_stun
from tests.lab.flights import CHROME_JA4, HELLO, VERIFY
from tests.lab.initials import crypto, initial, quic_hello
from tests.lab.lines import CLIENT, SERVER, Line, datagram, passed, python_hello

PEER = Endpoint.at("198.51.100.20", 50_000)
BINDING = bytes.fromhex("000100002112a442") + bytes(range(12))
VOICE = b"\x80\x6f" + bytes(170)


class Call:
    """Datagrams between two people, past one rule."""

    def __init__(self, rule: CallBlock, seed: int = 1) -> None:
        self.censor = Censor([rule], Random(seed))

    def up(self, payload: bytes) -> bool:
        return passed(self.censor.handle(datagram(CLIENT, PEER, payload), 0.0))

    def down(self, payload: bytes) -> bool:
        return passed(self.censor.handle(datagram(PEER, CLIENT, payload), 0.0))


def test_a_flow_that_begins_with_stun_keeps_a_twentieth_of_its_datagrams() -> None:
    call = Call(CallBlock())
    call.up(BINDING)
    kept = sum(call.up(VOICE) + call.down(VOICE) for _ in range(1_000))

    assert 60 <= kept <= 140


def test_a_flow_that_begins_with_stun_is_dropped_if_nothing_is_kept() -> None:
    call = Call(CallBlock(keeps=0.0))

    assert not call.up(BINDING)
    assert not any(call.down(VOICE) for _ in range(100))


def test_stun_is_looked_for_in_the_first_three_datagrams_of_both_directions() -> None:
    late, third = Call(CallBlock(keeps=0.0)), Call(CallBlock(keeps=0.0))

    assert [late.up(b"x"), late.down(b"x"), late.up(b"x")] == [True] * 3
    assert late.up(BINDING)
    assert late.up(VOICE)
    assert third.up(b"x")
    assert third.down(b"x")
    assert not third.up(BINDING)


@pytest.mark.parametrize(
    "datagram",
    [
        BINDING[:19],
        b"\x40" + BINDING[1:],
        BINDING[:3] + b"\2" + BINDING[4:],
        BINDING[:3] + b"\4" + BINDING[4:],
        BINDING[:4] + b"\x21\x12\xa4\x43" + BINDING[8:],
    ],
)
def test_what_only_resembles_stun_passes(datagram: bytes) -> None:
    assert is_stun(BINDING)
    assert not is_stun(datagram)
    assert Call(CallBlock(keeps=0.0)).up(datagram)


def test_a_listed_hello_of_dtls_ends_its_flow_and_another_passes() -> None:
    call = Call(CallBlock(fingerprints=frozenset({CHROME_JA4})))
    other = Call(CallBlock(fingerprints=frozenset({"dd2i010000_0_0"})))

    assert call.down(b"x")
    assert not call.up(HELLO)
    assert not call.up(BINDING)
    assert not any(call.down(VOICE) for _ in range(200))
    assert other.up(HELLO)
    assert other.down(VOICE)


def test_a_request_to_verify_ends_its_flow_only_if_that_is_asked_for() -> None:
    call, other = Call(CallBlock(drops_verified=True)), Call(CallBlock())

    assert call.up(HELLO)
    assert not call.down(VERIFY)
    assert not call.up(HELLO)
    assert other.up(HELLO)
    assert other.down(VERIFY)


def test_turns_ports_are_closed_if_that_is_asked_for() -> None:
    turn = Endpoint.at("192.0.2.10", 3_478)

    assert not Line(CallBlock(closed_ports=TURN_PORTS), server=turn).opens()
    assert Line(CallBlock(), server=turn).opens()
    assert Line(CallBlock(closed_ports=TURN_PORTS)).opens()


def test_each_way_of_recognising_can_be_turned_off() -> None:
    call = Call(CallBlock(looks_at=0, keeps=0.0))

    assert call.up(BINDING)
    assert call.down(VOICE)


def test_tls_quic_and_dns_pass_a_rule_with_all_switches_on() -> None:
    rule = CallBlock(
        keeps=0.0,
        fingerprints=frozenset({CHROME_JA4}),
        drops_verified=True,
        closed_ports=TURN_PORTS,
    )
    line = Line(rule)
    assert line.opens()
    assert passed(Line(rule).up(BINDING))
    assert passed(line.up(python_hello("cover.example")))
    assert passed(line.down(b"\x16\3\3" + bytes(100)))
    query = b"\x12\x34\1\0\0\1" + bytes(6) + b"\5cover\7example\0\0\1\0\1"
    for payload, target in (
        (query, Endpoint.at("192.0.2.53", 53)),
        (initial(crypto(quic_hello("cover.example"))), SERVER),
    ):
        assert passed(line.censor.handle(datagram(CLIENT, target, payload), 0.0))
