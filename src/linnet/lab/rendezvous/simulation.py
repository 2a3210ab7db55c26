"""Ninety days of handing out proxies under an adversary: who stays connected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from linnet.lab.rendezvous.informers import Strategy
from linnet.lab.rendezvous.people import Day, Resident, Town
from linnet.lab.rendezvous.uniform import Uniform
from linnet.rendezvous.groups import Groups
from linnet.rendezvous.people import Person
from linnet.rendezvous.pool import Pool, ProxyId


class Policy(Protocol):
    """Who is given which proxy."""

    def welcome(self, newcomers: Iterable[Person]) -> None:
        """Take people in."""

    def supply(self) -> None:
        """Hand proxies out."""

    def lose(self, blocked: set[ProxyId]) -> None:
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


def in_groups(town: Town, pool: Pool, chances: Random) -> Policy:
    """Linnet's policy."""
    return Groups(town.people, pool)


def at_random(town: Town, pool: Pool, chances: Random) -> Policy:
    """What it is compared with."""
    return Uniform(pool, chances)


def simulate(
    world: World,
    policy: Callable[[Town, Pool, Random], Policy],
    strategy: Strategy,
    informing: float,
    seed: int,
) -> Outcome:
    """Hand out proxies as long as the world says; one seed has one outcome."""
    chances = Random(seed)  # noqa: S311  # a lab's dice
    town, pool = Town(informing, chances), Pool()
    handing = policy(town, pool, chances)
    pool.give(world.proxies)
    handing.welcome(town.grow(world.people))
    days: list[float] = []
    for day in map(Day, range(world.days)):
        if day:
            pool.give(world.volunteering)
            handing.welcome(town.grow(world.joining))
        handing.supply()
        blocked = strategy.blocks(day, _known(town, handing), chances)
        pool.blocked |= blocked
        # Between a loss and the next proxy lies a day: the news comes by a friend.
        days.append(_connected(town, handing, blocked))
        handing.lose(blocked)
    return _outcome(town, pool, days)


def _known(town: Town, handing: Policy) -> dict[ProxyId, list[Resident]]:
    known: dict[ProxyId, list[Resident]] = {}
    for person in town.people:
        for proxy in handing.proxies_of(person):
            known.setdefault(proxy, []).append(person)
    return known


def _connected(town: Town, handing: Policy, blocked: set[ProxyId]) -> float:
    honest = [person for person in town.people if not person.informs]
    connected = [one for one in honest if handing.proxies_of(one) - blocked]
    return len(connected) / len(honest)


def _outcome(town: Town, pool: Pool, days: list[float]) -> Outcome:
    honest = [person for person in town.people if not person.informs]
    informers = [person for person in town.people if person.informs]
    return Outcome(
        connected=sum(days) / len(days),
        worst_day=min(days),
        last_day=days[-1],
        banned=_part_banned(honest),
        caught=_part_banned(informers),
        blocked=len(pool.blocked),
    )


def _part_banned(people: list[Resident]) -> float:
    return sum(person.is_banned for person in people) / len(people) if people else 0.0
