"""The road in use in doubt, in virtual time (spec/carriers.md §3)."""

import pytest

from linnet.carriers.race_bounds import DOUBT_SECONDS, STALL_SECONDS, STALLED
from linnet.carriers.race_values import Confirmed, RoadLost, Waits
from linnet.carriers.status import Connected, Connecting
from linnet.carriers.ways import Way
from linnet.wire.links import Road
from tests.carriers.track import DEAD, Path, Track, way

A, B = way("a"), way("b")
A_POLLS = way("a", polls=True)


def stall(track: Track, *, moved: bool = False) -> None:
    """What was sent now is never confirmed."""
    since = track.now
    assert track.used is not None
    track.run(until=since + DOUBT_SECONDS)
    track.happen(Waits(track.used, since, moved))


def test_a_stall_moves_the_session_in_one_way_there_and_back() -> None:
    track = Track({A: Path(), B: Path()})
    track.run(until=100)
    stall(track)

    track.run(until=200)

    # The other road was opened while there was only doubt.
    assert track.dials()[1:] == [(100 + DOUBT_SECONDS, B)]
    assert track.uses()[1:] == [(100 + STALL_SECONDS, B)]
    assert isinstance(track.statuses()[-1], Connected)


def test_a_road_that_stalls_is_named() -> None:
    track = Track({A: Path(), A_POLLS: Path()})
    track.run(until=100)
    stall(track)
    track.run(until=100 + STALL_SECONDS)

    shown = track.statuses()[-1]
    assert isinstance(shown, Connecting)
    assert [one.reason for one in shown.tried] == [STALLED]


def test_doubt_that_passes_changes_nothing() -> None:
    track = Track({A: Path(), B: Path()})
    track.run(until=100)
    stall(track)
    track.run(until=104)
    assert track.used is not None
    track.happen(Confirmed(track.used))

    track.run(until=300)

    assert track.uses() == [(0.1, A)]
    assert list(track.live.values()) == [A]  # the standby's time is over


def test_a_road_that_comes_back_while_others_are_sought_is_kept() -> None:
    track = Track({A: Path(), B: DEAD})
    track.run(until=100)
    stall(track)
    track.run(until=106)
    assert track.used is not None
    track.happen(Confirmed(track.used))

    assert isinstance(track.statuses()[-1], Connected)
    assert list(track.live.values()) == [A]


def test_the_only_road_is_dialled_anew_when_it_stalls() -> None:
    track = Track({A: Path()})
    track.run(until=100)
    stall(track)

    track.run(until=110)

    assert track.uses()[1:] == [(100 + STALL_SECONDS + 0.1, A)]


def borne(*, moved: bool) -> list[float]:
    """How long each of five stalls in a row is borne."""
    track = Track({way("a", Road.WS): Path()})
    times = []
    for _ in range(5):
        track.run(until=track.now + 2)
        since, uses = track.now, len(track.uses())
        stall(track, moved=moved)
        while len(track.uses()) == uses:
            track.run(until=track.now + 0.1)
        times.append(round(track.uses()[-1][0] - since - 0.1, 3))
    return times


def test_each_stall_in_vain_is_borne_for_longer() -> None:
    assert borne(moved=False) == [5, 10, 20, 40, 40]


def test_roads_that_let_a_little_through_each_time_are_left_as_soon_each_time() -> None:
    assert borne(moved=True) == [5, 5, 5, 5, 5]


def test_a_road_that_came_back_is_borne_for_longer_the_next_time() -> None:
    track = Track({A: Path(), A_POLLS: DEAD})
    track.run(until=10)
    stall(track, moved=True)
    track.paths[A] = DEAD
    track.run(until=16)
    assert track.used is not None
    track.happen(Confirmed(track.used))
    before = len(track.dials())
    stall(track, moved=True)

    track.run(until=25)
    assert len(track.dials()) == before
    track.run(until=27)
    assert len(track.dials()) == before + 1


def in_turn(*, moved: bool) -> list[Way]:
    """What was used while each road stalled after 20 seconds."""
    track = Track({A: Path(), way("a", bursts=True): Path()})
    for _ in range(3):
        track.run(until=track.now + 20)
        stall(track, moved=moved)
    track.run(until=track.now + 60)
    return [one for _, one in track.uses()]


def test_the_third_road_that_is_frozen_in_a_row_means_bursts() -> None:
    assert in_turn(moved=True) == [A, A, A, way("a", bursts=True)]


def test_a_road_that_lets_nothing_through_does_not_mean_bursts() -> None:
    assert in_turn(moved=False) == [A, A, A, A]


def test_bursts_are_not_remembered_as_the_road_that_won() -> None:
    bursts = way("a", bursts=True)
    track = Track({A: DEAD, bursts: Path()})
    track.run(until=100)

    assert track.uses()[-1][1] == bursts
    assert not any(note.worked for note in track.notes())


def test_a_road_that_served_for_a_minute_is_borne_for_five_seconds_again() -> None:
    track = Track({way("a", Road.WS): Path()})
    for _ in range(2):
        track.run(until=track.now + 100)
        since = track.now
        stall(track)
        track.run(until=since + STALL_SECONDS + 0.2)
        assert track.uses()[-1][0] == pytest.approx(since + STALL_SECONDS + 0.1)


def test_where_a_road_won_before_the_next_waits_for_a_second() -> None:
    track = Track({A: Path(), B: DEAD})
    track.run(until=100)
    track.paths[A] = DEAD
    assert track.used is not None
    track.happen(RoadLost(track.used, "Cut.", moved=True))
    track.run(until=103)

    assert track.dials()[1:] == [(100, A), (101, B)]


def test_where_a_road_stalled_the_next_does_not_wait_for_a_second() -> None:
    track = Track({A: Path(), A_POLLS: DEAD, way("a", Road.WS): DEAD})
    track.run(until=100)
    track.paths[A] = DEAD
    stall(track)
    track.run(until=106)

    assert track.dials()[1:] == [(105, A), (105.3, way("a", Road.WS))]


def test_pauses_have_chance_in_them() -> None:
    def second(byte: int) -> float:
        track = Track({A: DEAD, B: DEAD}, entropy=lambda size: bytes([byte]) * size)
        track.run(until=1)
        return track.dials()[1][0]

    assert second(0) == 0.225
    assert 0.37 < second(255) <= 0.375


def test_a_road_that_lasted_is_dialled_again_at_once_though_nothing_was_said() -> None:
    track = Track({A: Path(cut_after=12)})

    track.run(until=13)

    assert track.dials() == [(0, A), (12.3, A)]


def test_a_road_that_is_cut_at_once_gives_way_to_one_that_is_open() -> None:
    track = Track({A: Path(opens=0.35, answers=0.4, cut_after=0.1), B: Path(opens=0.1)})

    track.run(until=3)

    assert track.uses() == [(0.35, A), (1.25, B)]


def test_a_standby_that_is_cut_has_not_failed() -> None:
    track = Track({A: Path(opens=0.35, answers=0.4), B: Path(opens=0.1)})
    track.run(until=3)
    (standby,) = [one for one, what in track.live.items() if what == B]

    track.happen(RoadLost(standby, "Cut."))

    assert [note.way for note in track.notes()] == [A]


def test_a_standby_is_never_kept_for_roads_of_this_machine() -> None:
    near = way("a", Road.WS)
    near = type(near)(type(near.address)(Road.WS, "127.0.0.1", 80, "/x"))
    track = Track({near: Path(), B: Path()})
    track.run(until=100)
    stall(track)

    assert [what for _, what in track.dials()] == [near]


@pytest.mark.parametrize("slow", [way("t", Road.DNS), way("m", Road.MAIL)])
def test_a_road_that_stalls_leaves_its_place_though_a_slow_one_is_dialled(
    slow: Way,
) -> None:
    paths = {A: Path(), A_POLLS: Path(), slow: DEAD}
    track = Track(paths)
    track.run(until=100)
    paths[A] = DEAD
    stall(track)

    track.run(until=125)

    assert track.uses()[-1][1] == A_POLLS
