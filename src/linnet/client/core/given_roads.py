"""When roads that a person was given are to be replaced. Pure.

A proxy that is gone says nothing, and while other roads work nobody misses it, until
those are blocked too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DEAD_SECONDS: Final = 86_400
"""How long none may have worked before it is said."""


@dataclass(frozen=True, slots=True)
class GivenRoad:
    """A road to a relay that is in nobody's link but this person's, and was tried.

    Attributes:
        id: as the person sees it.
        works: whether it did when it was tried.
        worked_at: when it last did before, in seconds since 1970; 0: never.
        added_at: when the person began to use it; 0: nobody knows.
    """

    id: str
    works: bool
    worked_at: int
    added_at: int

    def is_given_up(self, now: float) -> bool:
        """Whether it works no more and had its time."""
        last = max(self.worked_at, self.added_at)
        return not self.works and now - last >= DEAD_SECONDS


def advice(given: Sequence[GivenRoad], *, others_work: bool, now: float) -> str:
    """Say that other roads are to be asked for; empty where that is not so."""
    are_dead = given and all(one.is_given_up(now) for one in given)
    if not are_dead or not others_work:
        return ""
    removing = "; ".join(f"linnet road remove {one.id}" for one in given)
    return (
        "None of the roads to this relay that you were given works here, and none did "
        "for a day, while others do: they are blocked or gone, and you will miss them "
        "when the others are blocked too. Ask whoever gave them for others, which you "
        "add with linnet road add; linnet road list says which they are. To forget "
        f"them: {removing}"
    )
