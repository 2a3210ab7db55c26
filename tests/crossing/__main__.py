"""`python -m tests.crossing`: 20 MB over five roads, each killed in turn.

Prints a row for each road. `--megabytes` says how large the file is; `--silently` lets
a road that dies swallow everything and cut nothing.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.crossing.course import Crossing, cross
from tests.crossing.ledger import Ledger

HEAD = """
| {} | past the tap, up | down | of the file | again, unacknowledged | acknowledged, again |
|---|---|---|---|---|---|"""  # noqa: E501


def tell(crossing: Crossing) -> int:
    """Print what happened, a row a road, and whether it held."""
    for title, ledger in (("up", crossing.sent), ("down", crossing.fetched)):
        print(HEAD.format(title))
        _rows(ledger)
    twice = sum(leg.twice for way in _both(crossing) for leg in way.legs)
    holds = crossing.arrived_whole and not twice
    print(f"\n{crossing.sealed:,} bytes sealed; whole: {crossing.arrived_whole}")
    print(f"sessions: {crossing.sent.sessions} up, {crossing.fetched.sessions} down")
    print(f"{int(holds)} held, {int(not holds)} failed")
    return 0 if holds else 1


def _both(crossing: Crossing) -> tuple[Ledger, Ledger]:
    return crossing.sent, crossing.fetched


def _rows(ledger: Ledger) -> None:
    for number, leg in enumerate(ledger.legs, 1):
        end = "killed" if number < len(ledger.legs) else "opened again"
        numbers = (leg.up, leg.down, leg.moved, leg.again, leg.twice)
        cells = " | ".join(f"{one:,}" for one in numbers)
        print(f"| {leg.road}, {end} | {cells} |")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.crossing", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--silently", action="store_true")
    words = parser.parse_args()
    size = words.megabytes * 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        crossing = cross(Path(folder), size, silently=words.silently)
        return tell(asyncio.run(crossing))


if __name__ == "__main__":
    sys.exit(main())
