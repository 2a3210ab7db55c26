"""`python -m linnet.lab.simulated [SCENARIO ...]`: how Linnet fares under each rule."""

import sys
from collections.abc import Sequence
from typing import Final

from linnet.lab.goals import (
    NAMES_ONLY,
    NAMES_SECONDS,
    RECOVERY_SECONDS,
    START_SECONDS,
    is_met,
)
from linnet.lab.scenarios import SCENARIOS
from linnet.lab.simulated.trial import Outcome, Trial

SEED: Final = 1
HEAD: Final = (
    "scenario      from the start: first   p95  | in the middle: first   p95  "
    "| octets, connections a message | lost"
)


def main(words: Sequence[str]) -> int:
    """Print the table; 1 when a goal was missed or a message was lost."""
    names = words or list(SCENARIOS)
    print(f"Two whole clients in virtual time, seed {SEED}; seconds to each message\n")
    print(HEAD)
    held = failed = 0
    for name in names:
        start = Trial(name, SEED).run()
        middle = Trial(name, SEED, in_the_middle=True).run()
        good = _holds(name, start, START_SECONDS) and _holds(
            name, middle, RECOVERY_SECONDS
        )
        held, failed = held + good, failed + (not good)
        lost = start.lost + middle.lost + start.doubled + middle.doubled
        print(
            f"{name:<12}{_shown(start.first):>24}{_shown(start.p95):>7}"
            f"{_shown(middle.first):>24}{_shown(middle.p95):>7}"
            f"{start.octets:>13,.0f}{start.connections:>10.2f}{lost:>15}"
            f"{'' if good else '   missed'}"
        )
    print(f"{held} held, {failed} failed")
    return 1 if failed else 0


def _holds(name: str, outcome: Outcome, goal: float) -> bool:
    if outcome.lost or outcome.doubled:
        return False
    return is_met(outcome.first, NAMES_SECONDS if name in NAMES_ONLY else goal)


def _shown(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
