"""The policy: small groups along the invite tree, halved when a proxy of theirs falls.

Whose proxy was blocked was told of it, so one of them may inform. Halving finds out
which: each half is given a proxy of its own, and the half without an informer keeps it.
Source: Salmon (PoPETs 2016) for groups of ten along the tree and for growing trust;
rBridge (NDSS 2013) for the reserve; group testing for the halves. The simulation in
`linnet.lab.rendezvous` runs this very code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from linnet.rendezvous.people import Person, PersonId, in_order
from linnet.rendezvous.pool import Pool, ProxyId

LARGEST = 10
"""People who may share a proxy."""

BAN_AT = 1.5
"""Suspicion at which a person is given nothing more."""


@dataclass(slots=True)
class Group:
    """People who share a proxy."""

    members: list[Person]
    proxy: ProxyId | None = None
    known: set[ProxyId] = field(default_factory=set)


class Groups:
    """Everybody in groups, each with at most one proxy at a time.

    Nobody knows more than one that works: what is not told cannot be told on.
    """

    def __init__(self, people: Sequence[Person], pool: Pool) -> None:
        """Begin with nobody in any group.

        Args:
            people: everybody who was ever invited, as it grows.
            pool: the proxies.
        """
        self._people, self._pool = people, pool
        self.groups: list[Group] = []
        self._of: dict[PersonId, Group] = {}

    @classmethod
    def of(cls, people: Sequence[Person], pool: Pool, groups: list[Group]) -> Self:
        """The groups as they stood."""
        made = cls(people, pool)
        made.groups = groups
        made._of = {one.id: group for group in groups for one in group.members}
        return made

    def welcome(self, newcomers: Iterable[Person]) -> None:
        """Put people with those who invited them, and halve what grows too large."""
        for person in newcomers:
            group = None if person.inviter is None else self._of.get(person.inviter)
            if group is None:
                self._add([person])
                continue
            group.members.append(person)
            self._of[person.id] = group
            if len(group.members) > LARGEST:
                self._halve(group, keeps=True)

    def supply(self) -> None:
        """Give proxies to groups without, where they are of most use first."""
        without = [group for group in self.groups if group.proxy is None]
        for group in sorted(without, key=_trusted, reverse=True):
            group.proxy = self._pool.take(in_need=bool(group.known))
            if group.proxy is not None:
                group.known.add(group.proxy)

    def lose(self, blocked: set[ProxyId]) -> None:
        """Take in which proxies were blocked: suspect, ban and halve."""
        for group in [one for one in self.groups if one.proxy in blocked]:
            group.proxy = None
            for person in group.members:
                person.suspicion += 1 / len(group.members)
                person.is_banned = person.suspicion >= BAN_AT
            for person in [one for one in group.members if one.is_banned]:
                group.members.remove(person)
                del self._of[person.id]
            self._halve(group, keeps=False)

    def proxies_of(self, person: Person) -> set[ProxyId]:
        """What a person can use now."""
        group = self._of.get(person.id)
        return {group.proxy} if group and group.proxy is not None else set()

    def _halve(self, group: Group, *, keeps: bool) -> None:
        self.groups.remove(group)
        order = {person: at for at, person in enumerate(in_order(self._people))}
        members = sorted(group.members, key=lambda one: order[one.id])
        middle = (len(members) + 1) // 2
        for at, half in enumerate((members[:middle], members[middle:])):
            if half:
                made = self._add(half)
                made.known = set(group.known)
                made.proxy = group.proxy if keeps and at == 0 else None

    def _add(self, members: list[Person]) -> Group:
        group = Group(members)
        self.groups.append(group)
        for person in members:
            self._of[person.id] = group
        return group


def _trusted(group: Group) -> float:
    """How many people a proxy would be of use to, as far as that can be guessed."""
    return sum(max(0.0, 1 - person.suspicion) for person in group.members)
