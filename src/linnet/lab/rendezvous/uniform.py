"""What is compared with: everybody is given proxies at random."""

from collections import Counter
from collections.abc import Iterable
from random import Random

from linnet.rendezvous.people import Person, PersonId
from linnet.rendezvous.pool import Pool, ProxyId

EACH = 2
"""Proxies for each person."""

CAPACITY = 10
"""People whom a proxy carries: as many as in Linnet's groups."""


class Uniform:
    """Proxies from one pool, at random, the same for everybody."""

    def __init__(self, pool: Pool, chances: Random) -> None:
        """Begin with nobody."""
        self._pool, self._chances = pool, chances
        self._has: dict[PersonId, set[ProxyId]] = {}

    def welcome(self, newcomers: Iterable[Person]) -> None:
        """Take people in."""
        self._has |= {person.id: set() for person in newcomers}

    def supply(self) -> None:
        """Fill up what each person has."""
        users = Counter(proxy for has in self._has.values() for proxy in has)
        given = map(ProxyId, self._pool.all_given)
        roomy = [
            one
            for one in given
            if one not in self._pool.blocked and users[one] < CAPACITY
        ]
        for has in self._has.values():
            while roomy and len(has) < EACH:
                proxy = self._chances.choice(roomy)
                if proxy in has and len(roomy) <= EACH:
                    break
                has.add(proxy)
                users[proxy] += 1
                if users[proxy] >= CAPACITY:
                    roomy.remove(proxy)

    def lose(self, blocked: set[ProxyId]) -> None:
        """Forget what was blocked."""
        for has in self._has.values():
            has.difference_update(blocked)

    def proxies_of(self, person: Person) -> set[ProxyId]:
        """What a person can use now."""
        return self._has[person.id]
