"""`python -m linnet.lab.simulated [SCENARIO ...]`: how Linnet fares under each rule."""

import sys
from collections.abc import Sequence
from typing import Final

from linnet.lab.profiles import PROFILES
from linnet.lab.simulated.scenarios import SCENARIOS
from linnet.lab.simulated.trial import Outcome, Trial

SEED: Final = 1
START_GOAL: Final = 15.0
RECOVERY_GOAL: Final = 10.0
WITHOUT_GOAL: Final = frozenset({"S16", "ir-blackout"})
"""Where nothing passes that there is a road for yet."""

HEAD: Final = (
    "scenario      from the start: first   p95  | in the middle: first   p95  "
    "| octets, connections a message | lost"
)


def main(words: Sequence[str]) -> int:
    """Print the table; 1 when a goal was missed or a message was lost."""
    names = words or [*SCENARIOS, *PROFILES]
    print(f"Two whole clients in virtual time, seed {SEED}; seconds to each message\n")
    print(HEAD)
    held = failed = 0
    for name in names:
        start = Trial(name, SEED).run()
        middle = Trial(name, SEED, in_the_middle=True).run()
        good = _holds(name, start, START_GOAL) and _holds(name, middle, RECOVERY_GOAL)
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
    return name in WITHOUT_GOAL or (outcome.first is not None and outcome.first <= goal)


def _shown(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
