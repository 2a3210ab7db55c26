"""What a race never does, whatever the roads do (spec/carriers.md §5)."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.carriers.budget import (
    DIALS_SECONDS,
    MOST_DIALS,
    MOST_DIALS_TO_A_NAME,
    NAME_SECONDS,
)
from linnet.carriers.field import MOST_AT_A_NAME
from linnet.carriers.race_bounds import LONGEST_ANSWER_SECONDS
from linnet.carriers.race_values import (
    Abort,
    BytesCrossed,
    Confirmed,
    Dial,
    Hurried,
    NetworkChanged,
    RoadLost,
    Tell,
    Use,
    Waits,
)
from linnet.carriers.status import Connected, TurnedAway
from linnet.carriers.ways import Way
from linnet.wire.links import Road
from tests.carriers.track import Path, Track, way

WAYS = [
    way(name, road, polls=polls)
    for name in ("a", "b")
    for road, polls in [(Road.WSS, False), (Road.WSS, True), (Road.WS, False)]
] + [
    way("c"),
    way("d", Road.TCP),
    way("a", bursts=True),
    way("z", Road.DNS),
    way("m", Road.MAIL),
]

seconds = st.none() | st.sampled_from([0.0, 0.05, 0.4, 3.0, 7.0, 19.0])
paths = st.builds(
    Path,
    opens=seconds,
    answers=seconds,
    refuses=st.sampled_from(["", "", "It refuses."]),
    cut_after=st.none() | st.sampled_from([0.0, 0.5, 12.0, 70.0]),
    moved=st.booleans(),
)
meddling = st.sampled_from(["hurry", "move", "stall", "confirm", "lose", "garbage"])
steps = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 1.0, 6.0, 40.0]), meddling), max_size=40
)


def meddle(track: Track, what: str) -> None:
    """Let something happen that a hostile road, or a hasty person, can bring about."""
    runner = track.used if track.used in track.live else None
    if what == "hurry":
        track.happen(Hurried())
    elif what == "move":
        track.happen(NetworkChanged())
    elif runner is None:
        return
    elif what == "stall":
        track.happen(Waits(runner, track.now))
    elif what == "confirm":
        track.happen(Confirmed(runner))
    else:
        faulty = what == "garbage"
        track.happen(RoadLost(runner, "Lost.", moved=not faulty, faulty=faulty))


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    ways = draw(st.lists(st.sampled_from(WAYS), unique=True, max_size=8))
    byte = draw(st.integers(0, 255))
    track = Track(
        {one: draw(paths) for one in ways}, entropy=lambda size: bytes([byte]) * size
    )
    for wait, what in draw(steps):
        track.run(until=track.now + wait)
        meddle(track, what)
    track.run(until=track.now + 100)
    return track


def most_within(times: list[tuple[float, int]], span: float) -> int:
    """The most that fell into any span."""
    return max(
        (
            sum(cost for when, cost in times if begin <= when < begin + span)
            for begin, _ in times
        ),
        default=0,
    )


@pytest.mark.fuzz
@given(track=tracks())
def test_no_minute_sees_more_dials_than_thirty_whatever_happens(track: Track) -> None:
    dials = [(when, one.connections) for when, one in exact_dials(track)]

    assert most_within(dials, DIALS_SECONDS) <= MOST_DIALS


@pytest.mark.fuzz
@given(track=tracks())
def test_no_name_is_dialled_more_than_three_times_in_ten_seconds(track: Track) -> None:
    dials = defaultdict(list)
    for when, one in exact_dials(track):
        if one.name:
            dials[one.name].append((when, one.connections))

    for times in dials.values():
        assert most_within(times, NAME_SECONDS) <= MOST_DIALS_TO_A_NAME


@pytest.mark.fuzz
@given(track=tracks())
def test_no_name_has_more_than_two_connections_at_once(track: Track) -> None:
    held: Counter[str] = Counter()
    gone = set()
    for _, effect in track.history:
        if isinstance(effect, Dial) and effect.way.name:
            held[effect.way.name] += effect.way.connections
            assert held[effect.way.name] <= MOST_AT_A_NAME
        elif isinstance(effect, Abort | RoadLost) and effect.runner not in gone:
            gone.add(effect.runner)
            held[track.ways[effect.runner].name] -= track.ways[
                effect.runner
            ].connections


@pytest.mark.fuzz
@given(track=tracks())
def test_a_road_is_shown_as_working_only_when_bytes_have_crossed(track: Track) -> None:
    crossed: set[Way] = set()
    for _, effect in track.history:
        if isinstance(effect, BytesCrossed):
            crossed.add(track.ways[effect.runner])
        elif isinstance(effect, Tell) and isinstance(effect.status, Connected):
            shown = effect.status.address, effect.status.polls
            assert shown in {(one.address, one.polls) for one in crossed}


@pytest.mark.fuzz
@given(track=tracks())
def test_a_race_never_gives_up_for_good(track: Track) -> None:
    last = track.statuses()[-1]

    assert isinstance(last, Connected | TurnedAway) or track.race.wake_at() < 1e9


@pytest.mark.fuzz
@settings(max_examples=50)
@given(track=tracks(), good=st.sampled_from(WAYS))
def test_a_road_that_works_is_found_however_it_was_before(
    track: Track, good: Way
) -> None:
    track.paths.clear()
    track.paths.update({one: Path(opens=None) for one in WAYS})
    track.paths[good] = Path(answers=LONGEST_ANSWER_SECONDS / 8)
    for runner in list(track.live):
        track.happen(RoadLost(runner, "Cut."))
    track.run(until=track.now + 600)

    assert isinstance(track.statuses()[-1], Connected)
    assert [what for _, what in track.uses()][-1] == good


def exact_dials(track: Track) -> list[tuple[float, Way]]:
    return [(when, one.way) for when, one in track.log if isinstance(one, Dial)]


def test_a_person_who_hurries_all_the_time_makes_no_storm() -> None:
    track = Track({way(name): Path(refuses="It refuses.") for name in "abcdefgh"})
    for _ in range(1_200):
        track.happen(Hurried())
        track.run(until=track.now + 0.1)

    dials = [(when, 1) for when, _ in exact_dials(track)]
    assert most_within(dials, DIALS_SECONDS) == MOST_DIALS


def test_networks_that_come_and_go_make_no_storm() -> None:
    track = Track({way(name): Path() for name in "abcdefgh"})
    for _ in range(600):
        track.happen(NetworkChanged())
        track.run(until=track.now + 0.2)

    dials = [(when, 1) for when, _ in exact_dials(track)]
    assert most_within(dials, DIALS_SECONDS) <= MOST_DIALS
    assert any(isinstance(one, Use) for _, one in track.log)
