"""First packets, and how suspicious they are to who looks for Shadowsocks."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.lab.suspicion import Suspicion, entropy
from tests.lab.lines import python_hello

SUSPICION = Suspicion()


def weigh(length: int) -> float:
    return SUSPICION.weigh(Random(length).randbytes(length))


def test_entropy_is_counted_in_bits_an_octet() -> None:
    assert entropy(bytes(100)) == 0
    assert entropy(bytes(range(256))) == pytest.approx(8)
    assert entropy(b"abcd" * 9) == pytest.approx(2)


def test_only_lengths_of_160_to_700_are_suspicious() -> None:
    assert weigh(159) == weigh(701) == 0
    assert weigh(160) > 0
    assert weigh(700) > 0


@pytest.mark.parametrize(("lengths", "remainder", "share"), [
    (range(168, 264), 9, 0.72),
    (range(384, 688), 2, 0.96),
])  # fmt: skip
def test_one_remainder_has_its_share_of_the_probes(
    lengths: range, remainder: int, share: float
) -> None:
    payload = bytes(range(256)) * 3
    chances = {length: SUSPICION.weigh(payload[:length]) for length in lengths}
    favoured = [c for length, c in chances.items() if length % 16 == remainder]

    assert sum(favoured) / sum(chances.values()) == pytest.approx(share, abs=0.03)


def test_high_entropy_is_four_times_as_suspicious_as_low() -> None:
    low = bytes(range(8)) * 40
    high = Random(1).randbytes(320)

    assert entropy(low) == pytest.approx(3.0)
    assert entropy(high) > 7.2
    assert SUSPICION.weigh(high) == pytest.approx(4 * SUSPICION.weigh(low))


def test_what_browsers_and_tools_say_first_is_hardly_suspicious() -> None:
    for opening in (
        python_hello("cover.example"),
        b"GET / HTTP/1.1\r\nHost: cover.example\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    ):
        assert SUSPICION.weigh(opening) < 0.01


@given(st.binary(max_size=800))
def test_any_octets_have_a_chance(data: bytes) -> None:
    assert 0 <= SUSPICION.weigh(data) <= 1
