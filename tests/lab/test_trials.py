"""Whole clients under the rules: what the roads of today get through."""

from random import Random

import pytest

from linnet.lab.scenarios import SCENARIOS, rules
from linnet.lab.simulated.trial import Trial

pytestmark = pytest.mark.slow

BITES = ["S1", "S2 SNI-II", "S2 GFW", "S10", "S11", "S12", "ir-2025"]
"""Each stops a client of one address, or one that opens as Python does."""


@pytest.mark.parametrize("scenario", BITES)
def test_a_message_arrives_within_fifteen_seconds_of_coming(scenario: str) -> None:
    outcome = Trial(scenario, seconds=20).run()

    assert outcome.first is not None
    assert outcome.first <= 15
    assert (outcome.lost, outcome.doubled) == (0, 0)


@pytest.mark.parametrize("scenario", ["S1", "S11", "S12", "S13 5%"])
def test_a_block_in_the_middle_is_left_within_ten_seconds(scenario: str) -> None:
    outcome = Trial(scenario, in_the_middle=True, seconds=20).run()

    assert outcome.first is not None
    # The block bites: nothing arrives before the silence was noticed.
    assert 4 < outcome.first <= 10
    assert (outcome.lost, outcome.doubled) == (0, 0)


def test_what_is_said_while_nothing_passes_arrives_once_and_in_order() -> None:
    outcome = Trial("S16", seconds=20, zone="").run()

    assert outcome.first is None
    assert (outcome.lost, outcome.doubled) == (0, 0)


@pytest.mark.parametrize("in_the_middle", [False, True])
def test_where_nothing_but_names_passes_messages_arrive_by_names(
    in_the_middle: bool,
) -> None:
    outcome = Trial("S16", in_the_middle=in_the_middle, seconds=20).run()

    assert outcome.first is not None
    assert outcome.first <= 30
    assert outcome.p95 is not None
    assert (outcome.lost, outcome.doubled) == (0, 0)


def test_every_scenario_has_rules_of_its_own_each_time() -> None:
    for name in SCENARIOS:
        made, again = rules(name, Random(1)), rules(name, Random(1))
        assert made or name == "S0"
        assert all(one is not other for one, other in zip(made, again, strict=True))
