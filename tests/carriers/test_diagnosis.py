"""What is said of a road, by example."""

import pytest

from linnet.carriers.diagnosis import (
    ADVICE,
    Attempt,
    Came,
    comparisons,
    conclusion,
)
from linnet.carriers.ways import Way
from linnet.wire.links import Address, Road

HERE = Address(Road.WSS, "192.0.2.1", 443, "/secret", "one.example")
OTHER_NAME = Address(Road.WSS, "192.0.2.1", 443, "/secret", "two.example")
ELSEWHERE = Address(Road.WSS, "198.51.100.1", 443, "/secret", "one.example")


def tried(came: Came, address: Address = HERE, *, uses: int = 0) -> Attempt:
    return Attempt(Way(address, uses > 0, uses > 1), came, 3_200, 61.0)


@pytest.mark.parametrize("came", Came)
def test_every_outcome_has_a_sentence_without_address_name_or_path(came: Came) -> None:
    for use in range(3):
        attempt = tried(came, uses=use)
        said = f"{attempt.road} {attempt.sentence} {conclusion([attempt])}"
        assert attempt.sentence.endswith((".", "?"))
        assert "{" not in said
        assert not any(word in said for word in ("192.0.2", "example", "secret"))


def test_a_frozen_road_says_after_how_much_and_a_slow_one_how_long() -> None:
    assert "falls silent after 3.2 KB" in tried(Came.FROZEN).sentence
    assert "3.2 KB crossed in 61 seconds" in tried(Came.SLOW).sentence


def test_silence_on_tls_is_laid_to_the_name_and_without_tls_to_what_is_said() -> None:
    plain = Address(Road.WS, "192.0.2.1", 80, "/secret")

    assert "the name that it shows" in tried(Came.SILENT).sentence
    assert "name" not in tried(Came.SILENT, plain).sentence


def test_two_roads_of_one_address_tell_that_the_name_is_blocked() -> None:
    pair = [tried(Came.SILENT), tried(Came.WORKS, OTHER_NAME)]

    assert comparisons(pair) == [
        "The same address answers under another name: a name is blocked here."
    ]


def test_two_roads_of_one_name_tell_that_the_address_is_blocked() -> None:
    pair = [tried(Came.NOBODY), tried(Came.WORKS, ELSEWHERE)]

    assert comparisons(pair) == [
        "The same name passes at another address: the address is blocked."
    ]


def test_a_dead_machine_beside_another_name_tells_nothing() -> None:
    other = Address(Road.WSS, "198.51.100.1", 443, "/secret", "two.example")

    assert comparisons([tried(Came.NOBODY), tried(Came.WORKS, other)]) == []


def test_requests_that_pass_where_a_connection_does_not_are_told() -> None:
    pair = [tried(Came.UNANSWERED), tried(Came.WORKS, uses=1)]

    assert comparisons(pair) == ["Requests pass where one lasting connection does not."]


def test_the_end_says_what_works_what_does_not_and_what_to_do() -> None:
    pair = [tried(Came.SILENT), tried(Came.WORKS, uses=1)]

    assert conclusion(pair) == (
        "What works: HTTPS requests. What does not (1 of 2 tries): WebSocket over "
        "TLS. Linnet takes what works by itself; there is nothing to do."
    )
    assert conclusion([tried(Came.WORKS)]).startswith("Every road")
    assert conclusion([tried(Came.NO_WAY)]) == (
        f"No road works here. This machine seems to be offline. {ADVICE}"
    )
    assert conclusion([tried(Came.SILENT)]).endswith(ADVICE)
