"""What is demanded of Linnet in both forms of the lab."""

from typing import Final

START_SECONDS: Final = 15.0
"""From the start of a program until the first message is there."""
RECOVERY_SECONDS: Final = 10.0
"""From a block that begins in the middle of a conversation until one is there again."""
NAMES_SECONDS: Final = 120.0
"""Either, where messages can only go as names."""
LISTS_ONLY: Final = frozenset({"S11", "ru-mobile"})
"""Where nothing passes but to what is listed."""
NAMES_ONLY: Final = frozenset({"S16", "ir-blackout"})
"""Where nothing passes but names that are asked of the provider's resolver."""


def is_met(seconds: float | None, goal: float) -> bool:
    """Whether a message came, and in time."""
    return seconds is not None and seconds <= goal
