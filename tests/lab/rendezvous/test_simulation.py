"""Ninety days under three kinds of censor."""

from random import Random

import pytest

from linnet.lab.rendezvous.informers import Aggressive, Conservative, Strategy, ZigZag
from linnet.lab.rendezvous.people import Day, Resident
from linnet.lab.rendezvous.simulation import World, at_random, in_groups, simulate
from linnet.rendezvous.people import PersonId
from linnet.rendezvous.pool import ProxyId


def person(number: int, *, informs: bool = False) -> Resident:
    return Resident(PersonId(number), None, informs=informs)


KNOWN = {ProxyId(1): [person(1), person(2, informs=True)], ProxyId(2): [person(3)]}


@pytest.mark.parametrize("strategy", [Aggressive, Conservative, ZigZag])
def test_at_five_per_cent_ninety_five_stay_connected(strategy: type[Strategy]) -> None:
    outcomes = [
        simulate(World(), in_groups, strategy(), 0.05, seed) for seed in (11, 12)
    ]

    assert min(one.connected for one in outcomes) >= 0.95
    assert max(one.banned for one in outcomes) < 0.02


@pytest.mark.parametrize("strategy", [Aggressive, ZigZag])
def test_groups_keep_more_people_connected_than_chance(
    strategy: type[Strategy],
) -> None:
    ours = simulate(World(), in_groups, strategy(), 0.05, 13)
    chance = simulate(World(), at_random, strategy(), 0.05, 13)

    assert ours.connected > chance.connected + 0.2
    assert ours.blocked < chance.blocked


def test_without_informers_nobody_loses_anything() -> None:
    for policy in (in_groups, at_random):
        outcome = simulate(World(days=30), policy, ZigZag(), 0.0, 14)
        assert (outcome.worst_day, outcome.blocked, outcome.banned) == (1.0, 0, 0.0)


def test_the_same_seed_has_the_same_outcome() -> None:
    def once(seed: int) -> object:
        return simulate(World(days=20), in_groups, ZigZag(), 0.1, seed)

    assert once(15) == once(15)
    assert once(15) != once(16)


def test_aggressive_informers_tell_at_once() -> None:
    assert Aggressive().blocks(Day(0), KNOWN, Random(1)) == {ProxyId(1)}


def test_conservative_informers_wait_for_their_day() -> None:
    censor = Conservative(every=21)
    days = [day for day in range(50) if censor.blocks(Day(day), KNOWN, Random(1))]

    assert days == [20, 41]


def test_a_zig_zag_follows_who_used_what_fell_until_they_are_out_of_sight() -> None:
    censor = ZigZag(seen_through=1.0, watches_for=7)
    censor.blocks(Day(0), {ProxyId(1): KNOWN[ProxyId(1)]}, Random(1))
    moved = {ProxyId(5): [person(1)], ProxyId(6): [person(3)]}

    assert censor.blocks(Day(6), moved, Random(1)) == {ProxyId(5)}
    late = ZigZag(seen_through=1.0, watches_for=7)
    late.blocks(Day(0), {ProxyId(1): KNOWN[ProxyId(1)]}, Random(1))
    assert late.blocks(Day(7), moved, Random(1)) == set()
