"""`python -m linnet.lab.rendezvous`: ninety days, three censors, beside chance."""

import sys
from statistics import mean

from linnet.lab.rendezvous.informers import Aggressive, Conservative, Strategy, ZigZag
from linnet.lab.rendezvous.simulation import (
    Outcome,
    World,
    at_random,
    in_groups,
    simulate,
)

SEEDS = range(1, 6)
GOAL = 0.95
STRATEGIES: tuple[type[Strategy], ...] = (Aggressive, Conservative, ZigZag)


def main() -> int:
    """Print the table; 1 when a goal was missed."""
    print(f"{World()}, seeds {SEEDS.start} to {SEEDS.stop - 1}")
    print(
        "of honest people, in per cent: connected (mean over days), on the worst day,"
    )
    print(
        "banned; of informers: banned; proxies blocked; connected if given at random\n"
    )
    print(
        "informers  strategy      connected  worst  banned  caught  blocked  at random"
    )
    held = failed = 0
    for informing in (0.01, 0.05, 0.10):
        for strategy in STRATEGIES:
            ours = [_run(in_groups, strategy, informing, seed) for seed in SEEDS]
            chance = [_run(at_random, strategy, informing, seed) for seed in SEEDS]
            connected = mean(one.connected for one in ours)
            print(
                f"{informing:>8.0%}   {strategy.__name__:<12}{connected:>10.1%}"
                f"{mean(one.worst_day for one in ours):>9.1%}"
                f"{mean(one.banned for one in ours):>8.1%}"
                f"{mean(one.caught for one in ours):>8.1%}"
                f"{mean(one.blocked for one in ours):>9.0f}"
                f"{mean(one.connected for one in chance):>11.1%}"
            )
            if informing <= 0.05:
                held, failed = held + (connected >= GOAL), failed + (connected < GOAL)
    print(f"{held} held, {failed} failed")
    return 1 if failed else 0


def _run(policy: object, strategy: type[Strategy], part: float, seed: int) -> Outcome:
    return simulate(World(), policy, strategy(), part, seed)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
