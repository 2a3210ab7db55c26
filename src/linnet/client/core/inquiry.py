"""When the places of manifests are asked for newer editions (spec/manifest.md §7).

Pure. Rarely: whoever looks at the place or at the way there sees each time that this
machine comes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DAILY_SECONDS: Final = 86_400.0
"""Between two times while a relay is reached."""

SOONEST_SECONDS: Final = 1_800.0
"""Between two times while no road leads to any; twice that after each in vain."""

MOST_DOUBLED: Final = 4
SPREAD: Final = 0.25
"""By how much of itself a pause is shorter or longer, as chance has it."""


class Standing(StrEnum):
    """How the client is connected."""

    REACHED = "a relay is reached"
    TRYING = "roads are being tried"
    CUT_OFF = "every road has failed"


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the places now; keep when, and how often in vain."""

    asked_at: float
    in_vain: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep when they were asked, and that it was not in vain."""

    asked_at: float
    in_vain: int = 0


@dataclass(frozen=True, slots=True)
class Stands:
    """How the client is connected now."""

    standing: Standing


@dataclass(frozen=True, slots=True)
class CameBack:
    """The places were asked, and something newer was there or not."""

    is_newer: bool


Event = Stands | CameBack
Effect = Ask | Keep


class Inquiry:
    """Decides when.

    Args:
        asked_at: when they were asked last, in seconds since 1970; 0: never.
        in_vain: how often since something newer was there, with no road open.
        chance: numbers from 0 to 1.
    """

    def __init__(
        self, asked_at: float, in_vain: int, chance: Callable[[], float]
    ) -> None:
        self._asked_at = asked_at
        self._in_vain = max(0, in_vain)
        self._chance = chance
        self._factor = self._draw()
        self._standing = Standing.TRYING

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take what happened; what is to be done."""
        # A clock that was set back must not put this off for ever.
        self._asked_at = min(self._asked_at, now)
        match event:
            case CameBack(is_newer):
                if not is_newer:
                    return []
                self._in_vain = 0
                return [Keep(self._asked_at)]
            case Stands(standing):
                self._standing = standing
        due = self.wake_at()
        if due is None or now < due:
            return []
        self._asked_at, self._factor = now, self._draw()
        is_cut_off = self._standing is Standing.CUT_OFF
        self._in_vain = min(self._in_vain + 1, MOST_DOUBLED) if is_cut_off else 0
        return [Ask(now, self._in_vain)]

    def wake_at(self) -> float | None:
        """When to look again, as long as nothing changes."""
        match self._standing:
            case Standing.REACHED:
                return self._asked_at + DAILY_SECONDS * self._factor
            case Standing.CUT_OFF:
                pause = SOONEST_SECONDS * (1 << self._in_vain)
                return self._asked_at + pause * self._factor
            case Standing.TRYING:
                return None

    def _draw(self) -> float:
        return 1 + SPREAD * (2 * self._chance() - 1)
