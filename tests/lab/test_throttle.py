"""S13: a recognised flow is slow, and any other is not."""

from ipaddress import IPv4Network
from random import Random

import pytest

from linnet.lab.buckets import Bucket
from linnet.lab.censor import Rule
from linnet.lab.recognition import aimed_at, either, fingerprinted, named
from linnet.lab.rules.throttle import Capacity, Throttle
from tests.lab.lines import SERVER, Line, passed, python_hello

SLOW = named(["slow.example"])


def rate(rule: Rule, name: str, *, up: bool = False, seconds: int = 100) -> float:
    """Bits a second that pass of 400 kbit/s, after a hello."""
    line, came = Line(rule), 0
    line.opens()
    line.up(python_hello(name))
    for number in range(seconds * 50):
        line.now = number / 50
        packet = line.up(bytes(960)) if up else line.down(bytes(960))
        came += 8 * 1_000 * passed(packet)
    return came / seconds


@pytest.mark.parametrize("up", [False, True])
def test_a_recognised_flow_is_policed_to_128_to_150_kbit_a_second(up: bool) -> None:
    came = rate(Throttle(SLOW), "www.slow.example", up=up)

    assert 128_000 <= came <= 150_000 + 8 * 16_000 / 100


def test_the_form_of_2022_lets_600_to_700_octets_a_second_pass() -> None:
    came = rate(Throttle.to_a_trickle(SLOW), "slow.example")

    assert 8 * 600 - 80 <= came <= 8 * 715


def test_another_name_has_the_whole_line() -> None:
    assert rate(Throttle(SLOW), "fast.example", seconds=2) == 400_000


def test_what_is_slow_upwards_only_comes_down_as_it_was_sent() -> None:
    def upload() -> Throttle:
        return Throttle(SLOW, upload_only=True)

    assert rate(upload(), "slow.example") == 400_000
    assert rate(upload(), "slow.example", up=True) < 152_000


def test_a_flow_is_recognised_once_and_its_empty_packets_count() -> None:
    everything = aimed_at([IPv4Network(SERVER.host)])
    line = Line(Throttle(everything, burst=120))

    assert line.opens()
    assert passed(line.up())
    assert not passed(line.up())
    assert [passed(line.down()) for _ in range(3)] == [True, True, False]


def test_capacity_keeps_one_packet_in_twenty_of_a_recognised_flow() -> None:
    came = rate(Capacity(SLOW, Random(5)), "slow.example")

    assert 0.04 * 400_000 < came < 0.06 * 400_000
    assert rate(Capacity(SLOW, Random(5)), "fast.example", seconds=2) == 400_000


def test_a_bucket_drops_what_is_too_fast_and_fills_to_its_brim_only() -> None:
    bucket = Bucket(8_000, 1_500, 0.0)

    assert bucket.takes(1_000, 0.0)
    assert not bucket.takes(1_000, 0.4)
    assert bucket.takes(1_000, 0.5)
    assert bucket.takes(1_500, 60.0)
    assert not bucket.takes(1, 60.0)


def test_flows_are_recognised_by_fingerprint_or_by_network_too() -> None:
    mark = named(["none.example"])
    line = Line(Throttle(either(mark, aimed_at([]), fingerprinted(["t13d"])), burst=0))
    line.opens()

    assert passed(line.up(python_hello("fast.example")))
