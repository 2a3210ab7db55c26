"""`python -m linnet.lab`: the tables of the real lab, and how much of them held."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Protocol, TypeVar

from linnet.errors import LinnetError
from linnet.lab.real import bites, deliveries
from linnet.lab.real.network import Network, network


class Row(Protocol):
    """A line of a table; None is that nothing is demanded of it, or can be."""

    @property
    def holds(self) -> bool | None:
        """Whether what is demanded was seen."""


R = TypeVar("R", bound=Row)

TABLES = ["bites", "deliveries"]


def main(line: Sequence[str]) -> int:
    """Print the tables and return an exit status."""
    options = _options(line)
    print(f"seed {options.seed}, {options.labs} labs at a time", flush=True)
    results: Counter[bool | None] = Counter()
    try:
        with ExitStack() as kept:
            built = [kept.enter_context(network()) for _ in range(options.labs)]
            if "bites" in options.tables:
                print(f"\nThe censor must bite\n{bites.TITLE}")
                results += _fill(bites.rows(), built, bites.fill, options)
            if "deliveries" in options.tables:
                print(f"\nWhat is delivered past it\n{deliveries.TITLE}")
                results += _fill(deliveries.rows(), built, deliveries.fill, options)
    except LinnetError as error:
        print(f"linnet.lab: {error}", file=sys.stderr)
        return 1
    print(f"{results[True]} held, {results[False]} failed")
    return 1 if results[False] else 0


def _options(line: Sequence[str]) -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m linnet.lab", description=__doc__)
    words.add_argument("tables", nargs="*", default=TABLES, help=" and ".join(TABLES))
    words.add_argument("--seed", type=int, default=1, help="of loss and of chances")
    words.add_argument("--labs", type=int, default=3, help="how many at a time")
    words.add_argument("--only", default="", help="lines that begin so")
    return words.parse_args(line)


def _fill(
    rows: Iterable[R],
    built: list[Network],
    fill: Callable[[R, Network, int], R],
    options: argparse.Namespace,
) -> Counter[bool | None]:
    """Fill rows and print them; how many held, and how many failed."""
    asked = [row for row in rows if str(row).startswith(options.only)]
    results: Counter[bool | None] = Counter()
    for row in _spread(asked, built, lambda row, lab: fill(row, lab, options.seed)):
        print(row, flush=True)
        results[row.holds] += 1
    return results


def _spread(
    rows: Sequence[R], built: list[Network], fill: Callable[[R, Network], R]
) -> Iterator[R]:
    """Fill rows in as many labs as there are, and give them in their order."""
    free: SimpleQueue[Network] = SimpleQueue()
    for lab in built:
        free.put(lab)

    def work(row: R) -> R:
        lab = free.get()
        try:
            return fill(row, lab)
        finally:
            free.put(lab)

    with ThreadPoolExecutor(len(built)) as threads:
        yield from threads.map(work, rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
