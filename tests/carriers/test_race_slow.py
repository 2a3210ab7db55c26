"""Roads that are slow by nature in the race (spec/carriers.md §11)."""

import pytest

from linnet.carriers.race_bounds import FIRST_SEARCH_SECONDS, LONGEST_SEARCH_SECONDS
from linnet.carriers.race_values import Confirmed, Learn, Remember, Waits
from linnet.carriers.status import Connected, Connecting
from linnet.carriers.ways import Way, ways_to
from linnet.wire.links import Address, RelayDescriptor, Road
from tests.carriers.track import CLOSED, DEAD, Path, Track, way


def asks(track: Track) -> int:
    return sum(isinstance(one, Learn) for _, one in track.log)


WEB, NAMES, MAIL = way("a"), way("t", Road.DNS), way("m", Road.MAIL)


def test_slow_roads_come_after_all_others_and_the_slowest_last() -> None:
    roads = [Road.MAIL, Road.DNS, Road.WSS, Road.FOLDER, Road.PLUGIN, Road.TCP]
    addresses = [Address(road, "a.example", 443, "/x") for road in roads]
    relay = RelayDescriptor(bytes(32), tuple(addresses))

    kinds = [one.address.road for one in ways_to(relay, polls=True)]

    assert kinds[:3] == [Road.WSS, Road.PLUGIN, Road.TCP]
    assert kinds[-3:] == [Road.DNS, Road.FOLDER, Road.MAIL]


@pytest.mark.parametrize(("slow", "answers"), [(NAMES, 30), (MAIL, 100)])
def test_a_slow_road_has_the_time_that_it_needs(slow: Way, answers: float) -> None:
    track = Track({slow: Path(opens=20, answers=answers)})

    track.run(until=20 + 2 * answers + 1)

    assert isinstance(track.statuses()[-1], Connected)
    assert len(track.dials()) == 1


def test_rounds_go_on_while_a_slow_road_is_still_under_way() -> None:
    track = Track({WEB: CLOSED, MAIL: Path(opens=50, answers=20)})

    track.run(until=49)

    dials = [what for _, what in track.dials()]
    assert dials.count(WEB) > 4
    assert dials.count(MAIL) == 1
    track.run(until=120)
    assert isinstance(track.statuses()[-1], Connected)
    assert track.uses() == [(50.05, MAIL)]


def test_a_quicker_road_takes_the_session_from_a_slow_one_that_greets() -> None:
    paths = {WEB: CLOSED, NAMES: Path(opens=0.1, answers=20)}
    track = Track(paths)
    track.run(until=0.3)
    paths[WEB] = Path()

    track.run(until=5)

    assert [what for _, what in track.uses()] == [NAMES, WEB]
    assert isinstance(track.statuses()[-1], Connected)


def test_that_a_slow_road_won_is_not_noted() -> None:
    track = Track({NAMES: Path()})

    track.run(until=5)

    assert isinstance(track.statuses()[-1], Connected)
    assert Remember(NAMES, worked=True) not in track.notes()


def test_what_is_quicker_is_sought_while_a_slow_road_serves() -> None:
    paths = {WEB: DEAD, NAMES: Path(opens=0.1, answers=1)}
    track = Track(paths)
    track.run(until=30)
    told = len(track.statuses())
    won = 0.3 + 0.1 + 2

    for _ in range(200):
        track.run(until=track.now + 30)
        assert track.used is not None
        track.happen(Confirmed(track.used))  # it serves all the while
    times = [when for when, what in track.dials() if what == WEB][1:]

    waits = [round(b - a) for a, b in zip([won, *times], times, strict=False)]
    assert waits[:3] == [60, 135, 255]
    assert max(waits) == LONGEST_SEARCH_SECONDS + 15
    assert not any(isinstance(one, Connecting) for one in track.statuses()[told:])
    assert track.uses() == [(0.4, NAMES)]

    paths[WEB] = Path()
    track.run(until=track.now + 2 * LONGEST_SEARCH_SECONDS)
    assert track.uses()[-1][1] == WEB
    assert isinstance(track.statuses()[-1], Connected)
    dials = len(track.dials())
    track.run(until=track.now + 2 * LONGEST_SEARCH_SECONDS)
    assert len(track.dials()) == dials


def test_spare_ways_are_asked_for_while_a_slow_road_serves_and_then_tried() -> None:
    spare = way("spare")
    paths = {WEB: DEAD, NAMES: Path(opens=0.1, answers=3), spare: DEAD}
    known = [WEB, NAMES]
    track = Track(paths, order=lambda: tuple(known))
    track.run(until=30)
    assert Remember(WEB, worked=False) in track.notes()
    assert asks(track) == 1

    for count in (2, 3):
        while asks(track) < count:
            track.run(until=track.now + 10)
            assert track.used is not None
            track.happen(Confirmed(track.used))
            assert track.now < 1_000
        known[:] = [spare, NAMES]
    paths[spare] = Path()
    track.run(until=track.now + 300)

    assert spare in [one for _, one in track.dials()]
    assert track.uses()[-1][1] == spare


def test_a_slow_road_that_stalls_in_a_search_is_left_after_it() -> None:
    track = Track({WEB: DEAD, NAMES: Path(opens=0.1, answers=1)})
    track.run(until=2.5 + FIRST_SEARCH_SECONDS)
    assert track.used is not None
    track.happen(Waits(track.used, track.now))

    track.run(until=track.now + 120)

    assert [what for _, what in track.uses()] == [NAMES, NAMES]
