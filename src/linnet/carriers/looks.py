"""When a drop is looked into: often while something comes, seldom while not; pure."""

from collections.abc import Callable
from typing import Final

from linnet.carriers.correspondence import Pace

_LONGER: Final = 1.5


class Looks:
    """The pauses between looks (spec/parcels.md §2).

    Args:
        pace: of the drop.
        chance: below 1, for what must not be regular.
    """

    def __init__(self, pace: Pace, chance: Callable[[], float]) -> None:
        self._pace, self._chance = pace, chance
        self._next = pace.look

    def stir(self) -> None:
        """Something was put or found: more may come soon."""
        self._next = self._pace.look

    def pause(self) -> float:
        """Seconds until the next look; longer after each in vain."""
        seconds = self._next * (0.75 + self._chance() / 2)
        self._next = min(self._next * _LONGER, self._pace.longest_look)
        return seconds
