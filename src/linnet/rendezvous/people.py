"""Who invited whom: the tree along which proxies are handed out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType

PersonId = NewType("PersonId", int)


@dataclass(slots=True)
class Person:
    """One person, as the invite tree knows them."""

    id: PersonId
    inviter: PersonId | None
    suspicion: float = 0.0
    """What speaks against them: for each of their proxies that fell, one in so many."""
    is_banned: bool = False


def in_order(people: Sequence[Person]) -> list[PersonId]:
    """Everybody, each before those they invited: who are near stand together."""
    invited: dict[PersonId, list[PersonId]] = {}
    for person in people:
        if person.inviter is not None:
            invited.setdefault(person.inviter, []).append(person.id)
    order: list[PersonId] = []
    waiting = [one.id for one in reversed(people) if one.inviter is None]
    while waiting:
        person_id = waiting.pop()
        order.append(person_id)
        waiting.extend(reversed(invited.get(person_id, [])))
    return order
