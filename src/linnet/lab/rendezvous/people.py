"""A town that grows by invitations, in which some inform."""

from dataclasses import dataclass, field
from random import Random
from typing import NewType

from linnet.rendezvous.people import Person, PersonId

Day = NewType("Day", int)


@dataclass(slots=True)
class Resident(Person):
    """One person; only a censor knows who informs."""

    informs: bool = field(default=False, repr=False, kw_only=True)


class Town:
    """Everybody who was ever invited."""

    def __init__(self, informing: float, chances: Random) -> None:
        """Begin with nobody; `informing` is the part of all who inform, 0 to 1."""
        self.people: list[Resident] = []
        self._informing, self._chances = informing, chances

    def grow(self, count: int) -> list[Resident]:
        """Have so many people invited by people who were there before."""
        return [self._join() for _ in range(count)]

    def _join(self) -> Resident:
        welcome = [one.id for one in self.people if not one.is_banned]
        inviter = self._chances.choice(welcome) if welcome else None
        informs = self._chances.random() < self._informing
        name = PersonId(len(self.people))
        person = Resident(name, inviter, informs=informs)
        self.people.append(person)
        return person
