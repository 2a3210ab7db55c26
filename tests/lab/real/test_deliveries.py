"""What is read off conversations, and what is demanded of it; needs no root."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.lab.real.clients import ABROAD, ALL, LISTED, NAMED, clients
from linnet.lab.real.deliveries import IN_BRIEF, Part, Row, Trials, rows
from linnet.lab.real.programs import Running
from linnet.lab.real.talks import Lane, Pace, p95, slowest, talk
from linnet.lab.scenarios import SCENARIOS

GOOD = Row(
    "S1",
    "Linnet",
    ABROAD,
    start=Part(first=15.0, took=(1.0,)),
    middle=Part(first=10.0, took=(1.0,)),
)


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Running]:
    log = tmp_path / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=said)
    yield Running(process, log, 0.0)
    assert process.stdin
    process.stdin.close()
    process.wait()


@pytest.fixture
def silence(tmp_path: Path) -> Iterator[Running]:
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    (tmp_path / "nothing").touch()
    yield Running(process, tmp_path / "nothing", 0.0)
    process.communicate()


def test_talk_ends_as_soon_as_all_that_was_said_has_come(echo: Running) -> None:
    lane = Lane(echo, echo, "out")

    assert talk([lane], Pace(messages=3, apart=0.01, patience=60.0))

    assert lane.is_whole
    assert (len(lane.said), lane.lost) == (3, 0)


def test_what_was_said_before_and_comes_only_later_is_waited_for(echo: Running) -> None:
    lane = Lane(echo, echo, "out", said=[0.0])

    assert not talk([lane], Pace(messages=1, apart=0.0, patience=0.2))
    assert lane.lost == 1


def test_a_message_that_nobody_says_again_is_lost(
    echo: Running, silence: Running
) -> None:
    lanes = [Lane(echo, echo, "out"), Lane(silence, silence, "back")]

    assert not talk(lanes, Pace(messages=2, apart=0.01, patience=0.5))

    assert [lane.lost for lane in lanes] == [0, 2]
    assert slowest([lane.first(0.0) for lane in lanes]) is None


def test_a_message_that_is_shown_twice_counts_as_lost(echo: Running) -> None:
    lane = Lane(echo, echo, "out", said=[0.0])
    echo.log.write_text("Ann: out 0.\nAnn: out 0.\n")

    lane.listen(1.0)

    assert lane.lost == 1


def test_times_are_of_what_was_said_past_the_censor_alone(echo: Running) -> None:
    lane = Lane(echo, echo, "out", said=[1.0, 5.0, 6.0], came={0: 2.0, 2: 9.0})

    assert lane.first(4.0) == 5.0
    assert lane.took(4.0) == [None, 3.0]


def test_95_of_100_messages_came_within_the_p95() -> None:
    quick = [1.0] * 95

    assert p95([*quick, *[9.0] * 5]) == 1.0
    assert p95([*quick[:94], *[9.0] * 6]) == 9.0
    assert p95([*quick[:94], *[None] * 6]) is None
    assert p95([]) is None


def test_linnet_must_deliver_in_time_from_the_start_and_in_the_middle() -> None:
    assert GOOD.holds is True
    assert replace(GOOD, start=Part(first=15.1)).holds is False
    assert replace(GOOD, middle=Part(first=10.1)).holds is False
    assert replace(GOOD, middle=Part(first=None)).holds is False
    assert replace(GOOD, says="It does not begin to work").holds is False


def test_no_message_may_be_lost_even_where_none_can_come() -> None:
    blocked = replace(GOOD, scenario="S16", start=Part(), middle=Part())

    assert blocked.holds is True
    assert replace(blocked, middle=Part(lost=1)).holds is False


def test_where_a_list_passes_only_a_relay_on_it_must_be_reached() -> None:
    blocked = replace(GOOD, scenario="S11", start=Part(), middle=Part())

    assert blocked.holds is True
    assert replace(blocked, addresses=ALL).holds is False


def test_where_only_names_pass_a_zone_must_be_reached_within_two_minutes() -> None:
    first = Part(first=120.0, took=(1.0,))
    named = replace(GOOD, addresses=NAMED, start=first, middle=first)

    for scenario in ("S11", "S16"):
        row = replace(named, scenario=scenario)
        assert row.holds is True
        assert replace(row, start=Part(first=120.1)).holds is False
        assert replace(row, middle=Part()).holds is False
    assert named.holds is False


def test_nothing_is_demanded_of_others_or_of_what_is_not_there() -> None:
    assert replace(GOOD, addresses=(), start=Part()).holds is None
    assert replace(GOOD, start=Part(), is_absent=True).holds is None


def test_every_scenario_has_a_row_for_linnet_and_for_all_others_in_brief() -> None:
    with clients() as kinds:
        made = list(rows(kinds))

        assert {row.scenario for row in made} == set(SCENARIOS)
        for scenario in SCENARIOS:
            names = [row.client for row in made if row.scenario == scenario]
            assert set(IN_BRIEF) <= set(names)
        assert {row.client for row in rows(kinds, ["Trojan"])} == {"Trojan"}
        assert kinds["Linnet, listed only"].addresses == LISTED


def test_ten_minutes_are_talked_where_ten_minutes_are_asked_for() -> None:
    long, brief = Trials({}, minutes=10), Trials({})
    pace = long.pace(GOOD, in_the_middle=False)

    assert pace.messages * pace.apart == 600
    assert long.seconds - brief.seconds == 600
    assert long.pace(GOOD, in_the_middle=True) == brief.pace(GOOD, in_the_middle=True)


def test_two_minutes_are_waited_where_only_names_pass() -> None:
    named = replace(GOOD, scenario="S16", addresses=NAMED)

    assert Trials({}).pace(named, in_the_middle=True).patience == 120
    assert Trials({}).pace(GOOD, in_the_middle=True).patience < 120
