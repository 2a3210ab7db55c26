"""S2: a name in clear ends its flow, in the ways that were seen."""

from collections.abc import Callable
from random import Random

import pytest

from linnet.lab.censor import Censor, Effect, Inject
from linnet.lab.flows import Sight
from linnet.lab.packets import Endpoint, Flags
from linnet.lab.reactions import Countdown, CutAnswers, Reaction, Resets, Silence
from linnet.lab.rules.server_names import NameBlock
from tests.lab.lines import CLIENT, SERVER, Line, passed, python_hello, ruled
from tests.lab.programs import chrome_hello

HELLO = python_hello("www.example.org")
WAYS: list[Callable[[], Reaction]] = [
    CutAnswers,
    Countdown,
    Silence,
    Resets,
    Resets.of_iran,
]


def resets(effects: list[Effect]) -> list[Endpoint]:
    """Whom resets were sent to."""
    injected = [effect.packet for effect in effects if isinstance(effect, Inject)]
    assert all(packet.flags == Flags.RST | Flags.ACK for packet in injected)
    assert not any(packet.payload for packet in injected)
    return [packet.target for packet in injected]


def again(line: Line, port: int) -> Line:
    """Another flow past the same censor, from another port of the client."""
    other = Line(client=Endpoint(CLIENT.host, port), censor=line.censor)
    other.now = line.now
    return other


def test_one_makes_resets_of_answers_for_75_seconds() -> None:
    line = Line(NameBlock.of(["example.org"], CutAnswers()))

    assert line.opens()
    assert passed(line.up(HELLO))
    answer = line.down(b"ServerHello")
    assert resets(answer) == [CLIENT]
    assert not passed(answer)
    assert passed(line.up(b"more"))
    line.now = 74.9
    assert not passed(line.down(b"late"))
    line.now = 75.0
    assert passed(line.down(b"later"))


def test_two_lets_five_to_eight_packets_pass_and_then_none_for_420_seconds() -> None:
    counts = set()
    for seed in range(40):
        rule = NameBlock.of(["example.org"], Countdown())
        line = Line(censor=Censor([rule], Random(seed)))
        assert line.opens()
        assert passed(line.up(HELLO))
        sides = [line.up, line.down] * 10
        fates = [passed(side(b"data")) for side in sides]
        counts.add(fates.index(False))
        assert not any(fates[fates.index(False) :])
        line.now = 419.9
        assert not passed(line.down(b"late"))
        line.now = 420.0
        assert passed(line.down(b"later"))
    assert counts == {5, 6, 7, 8}


def test_four_drops_the_hello_and_all_after_it_for_40_seconds() -> None:
    line = Line(NameBlock.of(["example.org"], Silence()))

    assert line.opens()
    assert ruled(line.up(HELLO)) == [("S2", "drop")]
    assert not passed(line.down())
    line.now = 39.9
    assert not passed(line.up(flags=Flags.FIN | Flags.ACK))
    line.now = 40.0
    assert passed(line.up())


def test_a_hello_that_is_sent_again_when_the_time_is_over_is_met_again() -> None:
    line = Line(NameBlock.of(["example.org"], Silence()))
    line.opens()
    line.up(HELLO)

    line.now = 76.8
    line._sent[CLIENT] -= len(HELLO)  # as TCP does when nobody answers
    assert not passed(line.up(HELLO))
    assert not passed(line.up(b"more"))


def test_the_gfw_sends_both_ends_three_resets_and_drops_nothing() -> None:
    line = Line(NameBlock.of(["example.org"], Resets()))

    assert line.opens()
    effects = line.up(HELLO)
    assert sorted(resets(effects)) == [CLIENT] * 3 + [SERVER] * 3
    assert passed(effects)


def test_the_gfw_s_resets_are_what_either_end_takes_for_the_other_s() -> None:
    line = Line(NameBlock.of(["example.org"], Resets()))
    line.opens()
    effects = line.up(HELLO)

    for effect in effects:
        if isinstance(effect, Inject) and effect.packet.target == CLIENT:
            assert effect.packet.sequence == line._sent[SERVER]
            assert effect.packet.acknowledged == line._sent[CLIENT]
        elif isinstance(effect, Inject):
            assert effect.packet.sequence == line._sent[CLIENT] - len(HELLO)


def test_the_gfw_stays_with_the_triple_for_90_to_360_seconds() -> None:
    lasted = []
    for seed in range(20):
        rule = NameBlock.of(["example.org"], Resets())
        line = Line(censor=Censor([rule], Random(seed)))
        line.opens()
        line.up(HELLO)
        line.now = 89.9
        other = again(line, 40_001)
        assert not resets(other.up(flags=Flags.SYN))
        assert not resets(other.down(flags=Flags.SYN | Flags.ACK))
        assert resets(other.up()) == [CLIENT_1, SERVER] * 3
        elsewhere = Line(
            censor=line.censor, server=Endpoint.at("192.0.2.11", 443), client=CLIENT_1
        )
        elsewhere.now = 89.9
        assert not resets(elsewhere.up(b"x"))
        line.now = other.now = 150.0
        lasted.append(bool(resets(other.up(b"x"))))
        other.now = 360.1
        assert not resets(other.up(b"x"))
    assert set(lasted) == {True, False}


CLIENT_1 = Endpoint(CLIENT.host, 40_001)


def test_iran_sends_the_client_one_reset_and_its_time_begins_anew() -> None:
    line = Line(NameBlock.of(["example.org"], Resets.of_iran()))

    assert line.opens()
    assert resets(line.up(HELLO)) == [CLIENT]
    line.now = 179.0
    assert resets(line.up(b"x")) == [CLIENT]
    line.now = 358.0
    assert resets(line.up(b"x")) == [CLIENT]
    assert not resets(again(line, 40_001).up())
    line.now = 538.1
    assert not resets(line.up(b"x"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name", ["other.example", "notexample.org", "org", "example.org.example", None]
)
def test_other_names_pass_in_every_way(
    way: Callable[[], Reaction], name: str | None
) -> None:
    line = Line(NameBlock.of(["example.org"], way()))

    assert line.opens()
    everything = [line.up(python_hello(name))]
    everything += [line.down(b"data") for _ in range(30)]
    everything += [line.up(b"data") for _ in range(30)]
    assert all(passed(effects) for effects in everything)
    assert not any(ruled(effects) for effects in everything)


@pytest.mark.parametrize("name", ["example.org", "EXAMPLE.ORG", "a.b.example.org"])
def test_a_listed_name_is_blocked_with_all_below_it(name: str) -> None:
    line = Line(NameBlock.of(["example.org"], Silence()))

    assert line.opens()
    assert not passed(line.up(chrome_hello(name)))


def test_a_star_blocks_only_what_is_below() -> None:
    above = Line(NameBlock.of(["*.example.org"], Silence()))
    below = Line(NameBlock.of(["*.example.org"], Silence()))

    assert passed(above.up(python_hello("example.org")))
    assert not passed(below.up(python_hello("www.example.org")))


def in_segments(hello: bytes) -> list[bytes]:
    return [hello[:20], hello[20:]]


def in_records(hello: bytes) -> list[bytes]:
    head, body = hello[:3], hello[5:]
    parts = (body[:20], body[20:])
    return [b"".join(head + len(part).to_bytes(2) + part for part in parts)]


@pytest.mark.parametrize("cut", [in_segments, in_records])
def test_a_cut_hello_is_caught_only_by_a_box_that_joins(
    cut: Callable[[bytes], list[bytes]],
) -> None:
    fates = []
    for joins in (True, False):
        sight = Sight(joins_segments=joins, joins_records=joins)
        line = Line(NameBlock.of(["example.org"], Silence()), sight=sight)
        assert line.opens()
        parts = [passed(line.up(part)) for part in cut(HELLO)]
        fates.append(all(parts))
    assert fates == [False, True]
