"""When roads that a person was given are to be replaced."""

import pytest

from linnet.client.core.given_roads import DEAD_SECONDS, GivenRoad, advice

NOW = 10.0 * DEAD_SECONDS
DEAD = GivenRoad("a1b2", works=False, worked_at=int(NOW) - DEAD_SECONDS, added_at=1)
NEVER = GivenRoad("c3d4", works=False, worked_at=0, added_at=1)


def test_who_was_given_roads_that_are_dead_for_a_day_is_told_to_ask_for_others() -> (
    None
):
    said = advice([DEAD, NEVER], others_work=True, now=NOW)

    assert "none did for a day, while others do" in said
    assert said.endswith("linnet road remove a1b2; linnet road remove c3d4")


@pytest.mark.parametrize(
    ("given", "others_work"),
    [
        ([], True),
        ([DEAD], False),
        ([DEAD, GivenRoad("x", works=True, worked_at=0, added_at=1)], True),
        ([DEAD, GivenRoad("x", False, worked_at=int(NOW) - 60, added_at=1)], True),
        ([DEAD, GivenRoad("x", False, worked_at=0, added_at=int(NOW) - 60)], True),
    ],
    ids=["none given", "nothing works", "one works", "worked today", "added today"],
)
def test_nothing_is_said_while_a_road_may_come_back(
    given: list[GivenRoad], others_work: bool
) -> None:
    assert advice(given, others_work=others_work, now=NOW) == ""
