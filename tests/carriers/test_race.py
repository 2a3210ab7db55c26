"""The race of roads in virtual time (spec/carriers.md)."""

from itertools import pairwise

import pytest

from linnet.carriers.race_bounds import (
    ANSWER_SECONDS,
    LONGEST_WAIT,
    OUTAGE_WAIT,
)
from linnet.carriers.race_values import (
    Dial,
    Hurried,
    NetworkChanged,
    Remember,
    RoadLost,
    RoadOpened,
)
from linnet.carriers.status import Connected, TurnedAway, Waiting
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import Road
from tests.carriers.track import CLOSED, DEAD, MUTE, Path, Track, way

A, B, C, D = way("a"), way("b"), way("c"), way("d")
A_POLLS = way("a", polls=True)


def test_the_next_road_starts_long_before_the_first_is_given_up() -> None:
    track = Track({A: DEAD, B: DEAD, C: DEAD, D: DEAD})

    track.run(until=10)

    assert track.dials() == [(0, A), (0.3, B), (0.9, C), (2.1, D)]


def test_a_road_that_is_refused_gives_way_at_once() -> None:
    track = Track({A: CLOSED, B: Path()})

    track.run(until=1)

    assert track.dials() == [(0, A), (0.05, B)]
    assert track.uses() == [(0.15, B)]


def test_a_far_road_that_opens_is_not_raced_at_once() -> None:
    track = Track({A: Path(opens=0.25, answers=0.4), B: Path()})

    track.run(until=10)

    assert track.dials() == [(0, A)]


def test_a_road_that_opens_and_then_says_nothing_loses_within_five_seconds() -> None:
    track = Track({A: MUTE, B: Path()})

    track.run(until=10)

    assert track.uses() == [(0.1, A), (0.1 + ANSWER_SECONDS, B)]
    assert Remember(A, worked=False) in track.notes()
    assert isinstance(track.statuses()[-1], Connected)


def test_a_handshake_wins_nothing_before_bytes_have_crossed() -> None:
    track = Track({A: Path(opens=0.1, answers=None), B: Path(opens=0.2)})

    track.run(until=5)

    assert not any(isinstance(one, Connected) for one in track.statuses())
    assert not any(note.worked for note in track.notes())


def test_the_last_road_of_a_round_has_twenty_seconds_to_answer() -> None:
    track = Track({A: Path(answers=9)})

    track.run(until=30)

    assert isinstance(track.statuses()[-1], Connected)


def test_a_slow_road_among_dead_ones_wins_in_a_later_round() -> None:
    track = Track({A: Path(answers=7), B: DEAD})

    track.run(until=60)

    first, second = [when for when, what in track.uses() if what == A]
    assert first == 0.1
    assert second > 15
    assert isinstance(track.statuses()[-1], Connected)


def test_what_failed_is_told_road_by_road() -> None:
    track = Track({A: CLOSED, A_POLLS: Path(opens=None), B: MUTE})

    track.run(until=40)

    waiting = next(one for one in track.statuses() if isinstance(one, Waiting))
    assert [one.sentence for one in waiting.tried] == [
        "By WebSocket over TLS: The machine there refuses connections.",
        "By WebSocket over TLS: The relay did not answer in time on this road.",
        "By HTTPS requests: Nobody answered there in time.",
    ]
    for one in waiting.tried:
        assert one.sentence in waiting.sentence


def test_all_roads_dead_means_longer_waits_with_chance_in_them_and_bounds() -> None:
    def waits(byte: int) -> list[float]:
        track = Track(
            {way("a", Road.TCP): CLOSED},
            entropy=lambda size: bytes([byte]) * size,
        )
        track.run(until=8_000)
        times = [when for when, _ in track.dials()]
        return [round(later - sooner - 0.05, 3) for sooner, later in pairwise(times)]

    short, middle, long = waits(0), waits(128), waits(255)

    assert middle[:8] == [0.5, 1, 2, 4, 8, OUTAGE_WAIT, OUTAGE_WAIT, OUTAGE_WAIT]
    assert 500 < sum(one for one in middle if one <= OUTAGE_WAIT) < 700
    assert max(middle) == LONGEST_WAIT
    assert short[:4] == [0.25, 0.5, 1, 2]
    assert max(long) <= 1.5 * LONGEST_WAIT


def test_a_road_that_is_cut_at_once_again_and_again_is_not_redialled_at_once() -> None:
    track = Track({way("a", Road.WS): Path(cut_after=0.01)})

    track.run(until=60)

    assert len(track.dials()) < 10


def test_a_road_that_lets_a_little_through_each_time_is_dialled_again_at_once() -> None:
    track = Track({way("a", Road.WS): Path(cut_after=1, moved=True)})

    track.run(until=10)

    waits = [later - sooner for (sooner, _), (later, _) in pairwise(track.dials())]
    assert waits == pytest.approx([1.3] * len(waits))
    assert len(waits) >= 6


def test_a_runner_up_is_kept_open_for_a_while_and_no_longer() -> None:
    track = Track({A: Path(opens=0.35, answers=0.4), B: Path(opens=0.1)})

    track.run(until=15)
    assert list(track.live.values()) == [A, B]

    track.run(until=16)
    assert list(track.live.values()) == [A]


def test_a_loser_of_the_same_name_is_let_go() -> None:
    one, other = way("a", Road.WS), way("a", Road.TCP)
    track = Track({one: Path(opens=0.35, answers=0.4), other: Path(opens=0.1)})

    track.run(until=2)

    assert list(track.live.values()) == [one]


def test_another_network_means_every_road_anew_and_short_waits() -> None:
    track = Track({A: CLOSED, B: CLOSED})
    track.run(until=300)
    before = len(track.dials())
    track.happen(NetworkChanged())

    assert track.dials()[before] == (300, A)
    track.run(until=302)
    waiting = [one for one in track.statuses() if isinstance(one, Waiting)][-1]
    assert waiting.attempt <= 3


def test_on_another_network_the_old_road_is_kept_until_a_new_one_is_open() -> None:
    track = Track({A: Path(), B: Path(opens=1)})
    track.run(until=100)
    track.paths[A] = DEAD
    track.happen(NetworkChanged())

    track.run(until=101.2)
    assert [what for what in track.live.values() if what == A] == [A, A]
    track.run(until=105)

    assert track.uses()[1:] == [(101.3, B)]
    assert list(track.live.values()) == [B]


def test_who_is_turned_away_asks_again_only_when_told() -> None:
    track = Track({A: MUTE, B: DEAD})
    track.run(until=1)
    assert track.used is not None
    code = OpeningRefusal.PASS_UNKNOWN
    track.happen(RoadLost(track.used, "Ask for another pass.", refusal=code))
    assert isinstance(track.statuses()[-1], TurnedAway)
    assert not track.live
    before = len(track.dials())

    track.run(until=100_000)
    track.happen(NetworkChanged())
    assert len(track.dials()) == before

    track.happen(Hurried())
    assert len(track.dials()) == before + 1


def test_a_relay_at_fault_is_left_alone_for_a_while() -> None:
    track = Track({A: Path(), B: Path()})
    track.run(until=100)
    assert track.used is not None
    track.happen(RoadLost(track.used, "It talks nonsense.", moved=True, faulty=True))

    assert isinstance(track.statuses()[-1], Waiting)
    assert not track.live


def test_garbage_from_one_road_does_not_keep_others_from_being_tried() -> None:
    track = Track({A: MUTE, B: Path()})
    track.run(until=0.2)
    assert track.used is not None
    track.happen(RoadLost(track.used, "Not an answer.", faulty=True))

    track.run(until=1)

    assert isinstance(track.statuses()[-1], Connected)


def test_two_connections_to_a_name_and_the_third_waits_for_a_place() -> None:
    again = type(A)(type(A.address)(Road.WSS, "1.2.3.4", 443, "/x", "A.example."))
    third = type(A)(type(A.address)(Road.WSS, "1.2.3.5", 443, "/x", "a.example"))
    track = Track({A: DEAD, again: DEAD, third: DEAD})

    track.run(until=12)

    # The first has had its time when another waits for its place.
    assert track.dials()[:3] == [(0, A), (0.3, again), (ANSWER_SECONDS, third)]


def test_requests_take_both_places_of_a_name() -> None:
    track = Track({A: DEAD, A_POLLS: Path()})

    track.run(until=12)

    assert track.dials() == [(0, A), (ANSWER_SECONDS, A_POLLS)]
    assert isinstance(track.statuses()[-1], Connected)


def test_a_road_of_the_past_says_nothing() -> None:
    track = Track({A: CLOSED, B: Path()})
    track.run(until=1)
    dialled = [one for _, one in track.log if isinstance(one, Dial)]
    gone = dialled[0].runner
    before = len(track.log)

    track.happen(RoadOpened(gone))
    track.happen(RoadLost(gone, "Late."))

    assert len(track.log) == before
