"""How often a client dials (spec/carriers.md §5)."""

from linnet.carriers.budget import (
    DIALS_SECONDS,
    MOST_DIALS,
    MOST_DIALS_TO_A_NAME,
    NAME_SECONDS,
    Budget,
)
from linnet.carriers.ways import Way
from linnet.wire.links import Address, Road
from tests.carriers.track import way


def test_a_name_is_dialled_three_times_and_then_waits() -> None:
    budget, one = Budget(), way("a")
    for number in range(MOST_DIALS_TO_A_NAME):
        assert budget.free_at(one, number) == number
        budget.spend(one, number)

    assert budget.free_at(one, 3) == NAME_SECONDS
    assert budget.free_at(way("a", Road.WS), 3) == 3
    assert budget.free_at(way("b"), 3) == 3
    assert budget.free_at(one, NAME_SECONDS) == NAME_SECONDS


def test_requests_count_twice() -> None:
    budget, polls = Budget(), way("a", polls=True)
    budget.spend(way("a"), 0)
    assert budget.free_at(polls, 1) == 1
    budget.spend(polls, 1)

    assert budget.free_at(polls, 2) == 1 + NAME_SECONDS


def test_all_relays_of_a_client_share_a_minute() -> None:
    budget = Budget()
    for number in range(MOST_DIALS):
        budget.spend(way(f"w{number}"), 0)

    assert budget.free_at(way("another"), 1) == DIALS_SECONDS


def test_this_machine_has_a_minute_of_its_own() -> None:
    budget = Budget()
    here = Way(Address(Road.WSS, "127.0.0.1", 443))
    for _ in range(200):
        budget.spend(here, 0)

    assert budget.free_at(here, 1) == 1
    assert budget.free_at(way("a"), 1) == 1
    for _ in range(400):
        budget.spend(here, 0)
    assert budget.free_at(here, 1) == DIALS_SECONDS


def test_names_that_are_not_dialled_any_more_take_no_memory() -> None:
    budget = Budget()
    for number in range(1_000):
        budget.spend(way(f"w{number}"), number)

    assert len(budget._names) <= NAME_SECONDS + 1
