"""When nothing opens for a while, and then all does (spec/carriers.md §2, §5)."""

from itertools import pairwise

import pytest

from linnet.carriers.budget import DIALS_SECONDS, MOST_DIALS
from linnet.carriers.race_bounds import OUTAGE_WAIT
from linnet.carriers.race_values import RoadLost
from linnet.carriers.status import Connected
from tests.carriers.test_race_bounds import exact_dials, most_within
from tests.carriers.track import CLOSED, DEAD, MUTE, Path, Track, way

PLAIN, REQUESTS, BURSTS = way("a"), way("a", polls=True), way("a", bursts=True)
SLOWLY = Path(answers=3.0)
"""What bursts need for what another road does at once."""


def in_an_outage(track: Track) -> None:
    """Let the road in use be lost after it served, and nothing open any more."""
    track.run(until=20)
    assert isinstance(track.statuses()[-1], Connected)
    track.paths.update(dict.fromkeys(track.paths, DEAD))
    assert track.used is not None
    track.happen(RoadLost(track.used, "Cut.", moved=True))


def until_connected(track: Track, most: float) -> float:
    began, told = track.now, len(track.statuses())
    while track.now < began + most:
        track.run(until=track.now + 0.1)
        if any(isinstance(one, Connected) for one in track.statuses()[told:]):
            return track.now - began
    raise AssertionError("nothing was noticed")


@pytest.mark.parametrize("byte", [0, 128, 255])
@pytest.mark.parametrize("outage", [17, 60, 131, 300, 590])
@pytest.mark.parametrize("dead", [DEAD, CLOSED])
def test_an_outage_of_minutes_that_is_over_is_noticed_within_one_short_rest(
    outage: float, byte: int, dead: Path
) -> None:
    ways = [way("a"), way("b")]
    track = Track(
        dict.fromkeys(ways, Path()), entropy=lambda size: bytes([byte]) * size
    )
    in_an_outage(track)
    track.paths.update(dict.fromkeys(ways, dead))
    track.run(until=track.now + outage)

    track.paths.update(dict.fromkeys(ways, Path()))

    # A dial that was lost on its way is not dialled anew here, as TCP's SYN would be.
    assert until_connected(track, 60) < 15 + 1.5 * OUTAGE_WAIT + 1


def test_an_outage_is_no_storm_however_long_it_is() -> None:
    ways = [way(name, polls=polls) for name in "abc" for polls in (False, True)]
    track = Track(dict.fromkeys(ways, Path()), entropy=bytes)
    in_an_outage(track)
    track.paths.update(dict.fromkeys(ways, CLOSED))

    track.run(until=track.now + 7_200)

    dials = [(when, one.connections) for when, one in exact_dials(track)]
    assert most_within(dials, DIALS_SECONDS) <= MOST_DIALS
    late = [cost for when, cost in dials if when > 3_600]
    assert sum(late) < 9 * 3_600 / 24


def test_a_relay_that_answers_and_fails_is_left_for_longer_each_time() -> None:
    track = Track({way("a"): MUTE})
    track.run(until=1_800)

    gaps = [b - a for (a, _), (b, _) in pairwise(track.dials())]
    assert max(gaps) > 60


def test_when_only_bursts_open_after_the_outage_what_won_last_is_tried_first() -> None:
    paths = {PLAIN: Path(), REQUESTS: DEAD, BURSTS: SLOWLY}
    track = Track(paths)
    in_an_outage(track)
    track.run(until=track.now + 14)
    assert track.dials()[-1][1] != PLAIN
    paths.update({PLAIN: Path(), BURSTS: SLOWLY})

    track.run(until=track.now + 8)

    assert isinstance(track.statuses()[-1], Connected)
    assert track.uses()[-1][1] == PLAIN


def test_where_what_won_last_stays_blocked_bursts_get_their_turn_at_once() -> None:
    paths = {PLAIN: Path(), REQUESTS: DEAD, BURSTS: SLOWLY}
    track = Track(paths)
    in_an_outage(track)
    paths[BURSTS] = SLOWLY

    seconds = until_connected(track, 60)

    dials = [one for _, one in track.dials()]
    assert dials[-4:] == [REQUESTS, BURSTS, PLAIN, BURSTS]
    assert track.uses()[-1][1] == BURSTS
    assert seconds < 35


def test_bursts_are_kept_where_what_won_last_may_not_be_dialled_yet() -> None:
    paths = {PLAIN: Path(), BURSTS: SLOWLY}
    track = Track(paths)
    in_an_outage(track)
    paths[BURSTS] = SLOWLY

    assert until_connected(track, 60) < 12
    assert [one for _, one in track.dials()[-2:]] == [PLAIN, BURSTS]


def test_bursts_that_greet_give_way_to_a_quicker_road_that_opens() -> None:
    other = way("b")
    track = Track({BURSTS: SLOWLY, other: Path(opens=0.5)})

    track.run(until=5)

    assert [one for _, one in track.uses()] == [BURSTS, other]
