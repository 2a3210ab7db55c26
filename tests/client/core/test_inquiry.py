"""When places are asked for newer editions: rarely (spec/manifest.md §7)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from linnet.client.core.inquiry import (
    DAILY_SECONDS,
    SOONEST_SECONDS,
    Ask,
    CameBack,
    Inquiry,
    Keep,
    Standing,
    Stands,
)

START = 1_000_000.0
CUT_OFF, REACHED = Stands(Standing.CUT_OFF), Stands(Standing.REACHED)


def middling() -> float:
    return 0.5


def test_who_has_lost_every_road_asks_at_once_and_each_time_later_than_before() -> None:
    inquiry, now, pauses = Inquiry(0.0, 0, middling), START, []
    assert inquiry.handle(Stands(Standing.TRYING), now) == []
    assert inquiry.handle(CUT_OFF, now) == [Ask(now, 1)]
    for _ in range(6):
        assert inquiry.handle(CUT_OFF, now + 1) == []
        due = inquiry.wake_at()
        assert due is not None
        pauses.append((due - now) / SOONEST_SECONDS)
        now = due
        assert len(inquiry.handle(CUT_OFF, now)) == 1

    assert pauses == [2, 4, 8, 16, 16, 16]


def test_whoever_is_connected_asks_once_a_day() -> None:
    inquiry = Inquiry(START, 3, middling)

    assert inquiry.handle(REACHED, START + DAILY_SECONDS - 1) == []
    assert inquiry.handle(REACHED, START + DAILY_SECONDS) == [
        Ask(START + DAILY_SECONDS, 0)
    ]
    assert inquiry.wake_at() == START + 2 * DAILY_SECONDS


def test_what_was_found_lets_the_next_be_looked_for_as_soon_as_the_first() -> None:
    inquiry = Inquiry(0.0, 4, middling)
    assert len(inquiry.handle(CUT_OFF, START)) == 1
    assert inquiry.handle(CameBack(is_newer=False), START) == []
    assert inquiry.handle(CameBack(is_newer=True), START + 9) == [Keep(START, 0)]

    assert inquiry.wake_at() == START + SOONEST_SECONDS


def test_a_clock_that_was_set_back_puts_nothing_off_for_ever() -> None:
    inquiry = Inquiry(START + 10 * DAILY_SECONDS, 0, middling)
    inquiry.handle(REACHED, START)

    assert inquiry.wake_at() == START + DAILY_SECONDS


@given(
    st.lists(
        st.tuples(st.sampled_from(Standing), st.floats(0, 3_600)),
        min_size=1,
        max_size=200,
    ),
    st.floats(0, 1),
)
def test_however_connections_come_and_go_nobody_asks_twice_within_twenty_minutes(
    changes: list[tuple[Standing, float]], drawn: float
) -> None:
    inquiry, now, asked = Inquiry(0.0, 0, lambda: drawn), START, []
    for standing, later in changes:
        now += later
        asked += [one.asked_at for one in inquiry.handle(Stands(standing), now)]

    pauses = [b - a for a, b in pairwise(asked)]
    assert all(pause >= 0.75 * SOONEST_SECONDS for pause in pauses)
