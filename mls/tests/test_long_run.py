"""Sixteen members for a long time, from a seed: everything happens, and all agree."""

import random

import pytest
from kit.drive import ACTS, LARGEST, Act, Driver, new_world
from kit.ledger import watched
from kit.people import FAST

from mls import HYBRID, CommitOptions, Suite

WEIGHTS: dict[Act, int] = {
    Driver.say: 6,
    Driver.hear: 14,
    Driver.hear_again: 3,
    Driver.catch_up: 2,
}
LEAST = {
    "commit": 500,
    "epoch": 50,
    "lost commit": 20,
    "by reference": 20,
    "lost proposal": 10,
    "joined by welcome": 20,
    "external join": 8,
    "removed": 5,
    "message": 40,
    "late message": 20,
    "too late": 10,
    "too early": 1,
    "Replayed": 5,
    "OwnMessage": 5,
    "reload": 20,
    "reload of a staged commit": 2,
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("suite", [FAST, HYBRID], ids=["suite 1", "hybrid"])
def test_sixteen_members_agree_whatever_happens(suite: Suite, seed: int) -> None:
    choices = random.Random(seed)
    weights = [WEIGHTS.get(act, 1) for act in ACTS]
    with watched():
        world = new_world(suite, seed)
        driver = Driver(world, choices.randrange)
        fill(driver)
        for _ in range(1500):
            choices.choices(ACTS, weights)[0](driver)
            if choices.random() < 0.06:
                driver.elect()
            if choices.random() < 0.03:
                driver.everyone()
            if len(world.clients) < LARGEST - 3:
                driver.stage_adds()
        driver.everyone()

    rare = {what: world.happened[what] for what in LEAST}
    assert {what for what, times in rare.items() if times < LEAST[what]} == set()


def fill(driver: Driver) -> None:
    world = driver.world
    founder = world.current()[0]
    adds = [world.invite() for _ in range(LARGEST - 1)]
    world.stage(founder, adds, CommitOptions())
    driver.elect()
    assert len(world.clients) == LARGEST
