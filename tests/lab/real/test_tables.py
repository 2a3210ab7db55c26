"""What the tables of the real lab ask for exists; needs no root."""

from dataclasses import replace
from random import Random

from linnet.lab.places import NAMES
from linnet.lab.real import bites
from linnet.lab.scenarios import ELSEWHERE, SCENARIOS, rules


def test_every_scenario_that_a_table_names_can_be_made() -> None:
    named = {*bites.EXPECTED, *SCENARIOS, ELSEWHERE}

    assert set(bites.EXPECTED) <= set(SCENARIOS)
    assert [
        one for one in sorted(named) if one != "S0" and not rules(one, Random(1))
    ] == []


def test_every_row_names_a_program_and_a_site_that_exist() -> None:
    asked = [(row.program, row.name) for row in bites.rows()]

    assert [
        one for one in asked if one[0] not in bites.PROGRAMS or one[1] not in NAMES
    ] == []


def test_nothing_is_expected_to_be_both_stopped_and_let_through() -> None:
    both = {
        scenario: set(stopped) & set(passing)
        for scenario, (stopped, passing) in bites.EXPECTED.items()
        if set(stopped) & set(passing)
    }

    assert both == {}


def test_a_program_that_failed_by_itself_was_not_stopped_by_the_rule() -> None:
    row = bites.Row("S8", "curl", "site.example", must_pass=False)

    assert replace(row, passed=False, verdicts=0).holds is False
    assert replace(row, passed=False, verdicts=3).holds is True
    assert row.holds is False
    assert replace(row, is_absent=True).holds is None
