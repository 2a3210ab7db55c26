"""Ninety days of handing out proxies under an adversary: who stays connected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from linnet.lab.rendezvous.groups import Groups
from linnet.lab.rendezvous.informers import Strategy
from linnet.lab.rendezvous.people import Day, Person, Tree
from linnet.lab.rendezvous.pool import Pool, ProxyId
from linnet.lab.rendezvous.uniform import Uniform


class Policy(Protocol):
    """Who is given which proxy."""

    def welcome(self, newcomers: Iterable[Person], day: Day) -> None:
        """Take people in."""

    def supply(self, day: Day) -> None:
        """Hand proxies out."""

    def lose(self, blocked: set[ProxyId], day: Day) -> None:
        """Take in what was blocked."""

    def proxies_of(self, person: Person) -> set[ProxyId]:
        """What a person can use now."""


@dataclass(frozen=True, slots=True)
class World:
    """How many people and proxies there are, and for how long."""

    days: int = 90
    people: int = 500
    joining: int = 5
    """People who join each day."""
    proxies: int = 150
    volunteering: int = 6
    """Proxies that volunteers add each day; rBridge's own figures (108 for 200 people
    and 30 days) would be 15."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    Attributes:
        connected: of honest people, the part with a proxy that works at the end of a
            day, over all days.
        worst_day: the same, on the worst day.
        last_day: the same, on the last day.
        banned: the part of honest people who were given nothing more.
        caught: the part of informers who were.
        blocked: proxies that were blocked.
    """

    connected: float
    worst_day: float
    last_day: float
    banned: float
    caught: float
    blocked: int


def in_groups(tree: Tree, pool: Pool, chances: Random) -> Policy:
    """Linnet's policy."""
    return Groups(tree, pool)


def at_random(tree: Tree, pool: Pool, chances: Random) -> Policy:
    """What it is compared with."""
    return Uniform(pool, chances)


def simulate(
    world: World,
    policy: Callable[[Tree, Pool, Random], Policy],
    strategy: Strategy,
    informing: float,
    seed: int,
) -> Outcome:
    """Hand out proxies as long as the world says; one seed has one outcome."""
    chances = Random(seed)  # noqa: S311  # a lab's dice
    tree, pool = Tree(informing, chances), Pool()
    handing = policy(tree, pool, chances)
    pool.give(world.proxies)
    handing.welcome(tree.grow(world.people, Day(0)), Day(0))
    days: list[float] = []
    for day in map(Day, range(world.days)):
        if day:
            pool.give(world.volunteering)
            handing.welcome(tree.grow(world.joining, day), day)
        handing.supply(day)
        blocked = strategy.blocks(day, _known(tree, handing), chances)
        pool.blocked |= blocked
        # Between a loss and the next proxy lies a day: the news comes by a friend.
        days.append(_connected(tree, handing, blocked))
        handing.lose(blocked, day)
    return _outcome(tree, pool, days)


def _known(tree: Tree, handing: Policy) -> dict[ProxyId, list[Person]]:
    known: dict[ProxyId, list[Person]] = {}
    for person in tree.people:
        for proxy in handing.proxies_of(person):
            known.setdefault(proxy, []).append(person)
    return known


def _connected(tree: Tree, handing: Policy, blocked: set[ProxyId]) -> float:
    honest = [person for person in tree.people if not person.informs]
    connected = [one for one in honest if handing.proxies_of(one) - blocked]
    return len(connected) / len(honest)


def _outcome(tree: Tree, pool: Pool, days: list[float]) -> Outcome:
    honest = [person for person in tree.people if not person.informs]
    informers = [person for person in tree.people if person.informs]
    return Outcome(
        connected=sum(days) / len(days),
        worst_day=min(days),
        last_day=days[-1],
        banned=_part_banned(honest),
        caught=_part_banned(informers),
        blocked=len(pool.blocked),
    )


def _part_banned(people: list[Person]) -> float:
    return sum(person.is_banned for person in people) / len(people) if people else 0.0
