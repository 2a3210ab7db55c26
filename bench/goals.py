"""What the figures are meant to be, and how many of them were reached.

The goals were set for a quiet machine of two cores. A busy one misses them without
anything being wrong, so a missed goal is counted and shown, and is no error.
"""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a figure."""

    bound: float
    at_least: bool

    def is_reached(self, figure: float) -> bool:
        """Whether a figure keeps within it."""
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.bound:,g}"


def at_least(bound: float) -> Goal:
    """The more the better."""
    return Goal(bound, at_least=True)


def at_most(bound: float) -> Goal:
    """The less the better."""
    return Goal(bound, at_least=False)


RELAY: Final = {
    "delivered to online readers, window 1": at_least(40_000),
    "delivered to online readers, window 8": at_least(80_000),
    "latency at 7,200/s, p99": at_most(8),
    "stored for offline readers": at_least(60_000),
    "memory of an idle session": at_most(20),
}
"""Messages a second, milliseconds and KiB."""

LARGE_GROUP: Final = {"join": at_most(90), "commit": at_most(20)}
"""Milliseconds for 500 members of the hybrid suite."""


WEB: Final = {
    "crypto, bytes by gzip": at_most(55_000),
    "first load, bytes by gzip": at_most(150_000),
    "slow line, seconds until a chat is open": at_most(25),
    "chat of 10,000, milliseconds to open": at_most(100),
}
"""What the page may weigh, and how long a person may wait."""


@dataclass(slots=True)
class Score:
    """Counts the goals that were reached."""

    held: int = 0
    missed: list[str] = field(default_factory=list)

    def note(self, name: str, figure: float, goal: Goal | None) -> str:
        """Count one figure; gives what to print beside it."""
        if goal is None:
            return ""
        if goal.is_reached(figure):
            self.held += 1
            return f"  goal {goal}: held"
        self.missed.append(name)
        return f"  goal {goal}: failed"

    def __str__(self) -> str:
        return f"{self.held} held, {len(self.missed)} failed"
