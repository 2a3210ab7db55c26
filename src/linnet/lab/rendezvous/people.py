"""Who invited whom: the tree along which proxies are handed out."""

from dataclasses import dataclass, field
from random import Random
from typing import NewType

Day = NewType("Day", int)
PersonId = NewType("PersonId", int)


@dataclass(slots=True)
class Person:
    """One person, as the invite tree knows them; only a censor knows who informs."""

    id: PersonId
    inviter: PersonId | None
    joined: Day
    informs: bool = field(repr=False)
    suspicion: float = 0.0
    """What speaks against them: for each of their proxies that fell, one in so many."""
    is_banned: bool = False


class Tree:
    """Everybody who was ever invited."""

    def __init__(self, informing: float, chances: Random) -> None:
        """Begin with nobody; `informing` is the part of all who inform, 0 to 1."""
        self.people: list[Person] = []
        self._informing, self._chances = informing, chances
        self._invited: dict[PersonId, list[PersonId]] = {}

    def grow(self, count: int, day: Day) -> list[Person]:
        """Have so many people invited by people who were there before."""
        return [self._join(day) for _ in range(count)]

    def _join(self, day: Day) -> Person:
        welcome = [one.id for one in self.people if not one.is_banned]
        inviter = self._chances.choice(welcome) if welcome else None
        informs = self._chances.random() < self._informing
        person = Person(PersonId(len(self.people)), inviter, day, informs)
        self.people.append(person)
        if inviter is not None:
            self._invited.setdefault(inviter, []).append(person.id)
        return person

    def in_order(self) -> list[PersonId]:
        """Everybody, each before those they invited: who are near stand together."""
        order: list[PersonId] = []
        waiting = [one.id for one in reversed(self.people) if one.inviter is None]
        while waiting:
            person = waiting.pop()
            order.append(person)
            waiting.extend(reversed(self._invited.get(person, [])))
        return order
