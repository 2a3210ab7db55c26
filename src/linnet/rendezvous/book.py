"""Who was invited by whom and has which road: what handing out decides, by names.

Pure: the rules are those of `groups`; here people have names, proxies have links, and
all of it can be written down.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from linnet.errors import UsageError
from linnet.rendezvous.groups import Group, Groups
from linnet.rendezvous.people import Person, PersonId
from linnet.rendezvous.pool import Pool, ProxyId
from linnet.wire.links import RoadLink

MOST_PEOPLE = 10_000
MOST_PROXIES = 10_000
LONGEST_NAME = 64


@dataclass(slots=True)
class Proxy:
    """A proxy: where it is, and its links, best one for each person.

    Attributes:
        given: how many of the links were given out; past the last they are shared.
    """

    place: str
    links: list[str] = field(default_factory=list, repr=False)
    given: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's road is another one now; without a link there is none for them."""

    name: str
    link: str | None = field(repr=False)


class Book:
    """Everybody and every road.

    Attributes:
        proxies: in the order in which they came.
        names: what people are called, in the order in which they came.
        people: the same, as the rules see them.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.proxies: list[Proxy] = []
        self.names: list[str] = []
        self.people: list[Person] = []
        self.pool = Pool()
        self.groups = Groups(self.people, self.pool)
        self._has: dict[PersonId, tuple[ProxyId, int]] = {}

    def add(self, links: Iterable[RoadLink]) -> list[Turn]:
        """Take in links; those to one place are one proxy's.

        Raises:
            UsageError: there are too many.
        """
        places = {one.place: one for one in self.proxies}
        for link in links:
            place, text = place_of(link), link.text()
            if place not in places:
                if len(self.proxies) >= MOST_PROXIES:
                    raise UsageError("As many proxies are here as can be.")
                places[place] = Proxy(place)
                self.proxies.append(places[place])
                self.pool.give(1)
            if text not in places[place].links:
                places[place].links.append(text)
        return self._settle()

    def give(self, name: str, inviter: str | None) -> list[Turn]:
        """Take somebody in, with who invited them.

        Raises:
            UsageError: the name cannot be, or is known; the inviter is not known, or
                too many roads of theirs fell.
        """
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise UsageError(f"A name has 1 to {LONGEST_NAME} printable characters.")
        if name in self.names:
            raise UsageError(f"“{name}” is known here already.")
        if len(self.names) >= MOST_PEOPLE:
            raise UsageError("As many people are here as can be.")
        by = None if inviter is None else self._find(inviter)
        if by is not None and by.is_banned:
            raise UsageError(
                f"So many roads that “{inviter}” had were blocked that nobody they "
                "invite is given one."
            )
        person = Person(PersonId(len(self.people)), by.id if by else None)
        self.names.append(name)
        self.people.append(person)
        self.groups.welcome([person])
        return self._settle()

    def lose(self, place: str) -> list[Turn]:
        """Take in that a proxy was blocked: who had it is given another.

        Raises:
            UsageError: there is none at that place, or it was lost before.
        """
        found = [at for at, one in enumerate(self.proxies) if one.place == place]
        proxy = ProxyId(found[0]) if found else None
        if proxy is None or proxy in self.pool.blocked:
            raise UsageError(
                "No proxy that works is known at that place; see show for those there "
                "are, as HOST:PORT."
            )
        self.pool.lose(proxy)
        self.groups.lose({proxy})
        return self._settle()

    def road(self, name: str) -> str | None:
        """Return the link that somebody has now, if any.

        Raises:
            UsageError: nobody is called so.
        """
        return self._link(self._find(name).id)

    def users(self, proxy: ProxyId) -> int:
        """How many people have a proxy now."""
        return sum(has == proxy for has, _ in self._has.values())

    def _find(self, name: str) -> Person:
        if name not in self.names:
            raise UsageError(f"Nobody is called “{name}” here.")
        return self.people[self.names.index(name)]

    def _link(self, person: PersonId) -> str | None:
        if person not in self._has:
            return None
        proxy, at = self._has[person]
        return self.proxies[proxy].links[at]

    def _settle(self) -> list[Turn]:
        """Supply whoever is without, and say whose road is another one now."""
        self.groups.supply()
        turns = []
        for person in self.people:
            wanted = min(self.groups.proxies_of(person), default=None)
            has = self._has.get(person.id, (None, 0))[0]
            if wanted == has:
                continue
            self._has.pop(person.id, None)
            if wanted is not None:
                proxy = self.proxies[wanted]
                self._has[person.id] = (wanted, proxy.given % len(proxy.links))
                proxy.given += 1
            turns.append(Turn(self.names[person.id], self._link(person.id)))
        return turns

    # Written down

    def written(self) -> dict[str, object]:
        """All of it, as JSON can say it."""
        return {
            "proxies": [[one.place, one.links, one.given] for one in self.proxies],
            "free": list(self.pool.free),
            "dead": sorted(self.pool.blocked),
            "people": [
                [name, one.inviter, one.suspicion, one.is_banned]
                for name, one in zip(self.names, self.people, strict=True)
            ],
            "groups": [
                [[one.id for one in group.members], group.proxy, sorted(group.known)]
                for group in self.groups.groups
            ],
            "has": [[person, *road] for person, road in sorted(self._has.items())],
        }

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Read what was written down.

        Raises:
            ValueError, TypeError, KeyError, IndexError: it is damaged.
        """
        book = cls()
        book.proxies = [Proxy(*one) for one in _rows(told, "proxies")]
        for at, (name, inviter, suspicion, is_banned) in enumerate(
            _rows(told, "people")
        ):
            book.names.append(str(name))
            person = Person(PersonId(at), inviter, float(suspicion), bool(is_banned))
            book.people.append(person)
        book.pool = Pool.of(len(book.proxies), told["free"], set(told["dead"]))
        groups = [
            Group([book.people[one] for one in members], proxy, set(known))
            for members, proxy, known in _rows(told, "groups")
        ]
        book.groups = Groups.of(book.people, book.pool, groups)
        for person_id, proxy, at in _rows(told, "has"):
            book._has[PersonId(person_id)] = (ProxyId(proxy), int(at))
            _ = book.proxies[proxy].links[at]
        return book


def place_of(link: RoadLink) -> str:
    """Return where a link leads first, as HOST:PORT: what is blocked as one."""
    address = link.relays[0].addresses[0]
    return f"{address.host.lower()}:{address.port}"


def _rows(told: dict[str, Any], name: str) -> list[list[Any]]:
    rows = told[name]
    if not isinstance(rows, list) or not all(isinstance(one, list) for one in rows):
        raise ValueError(name)
    return rows
