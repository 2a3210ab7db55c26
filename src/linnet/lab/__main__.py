"""`python -m linnet.lab`: the tables of the real lab, and how much of them held."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from math import ceil
from queue import SimpleQueue
from typing import Protocol, TypeVar

from linnet.errors import LinnetError
from linnet.lab.real import bites, deliveries
from linnet.lab.real.clients import Client, clients
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
                fill = partial(bites.fill, seed=options.seed)
                results += _fill(_asked(bites.rows(), options), built, fill)
            if "deliveries" in options.tables:
                kinds = kept.enter_context(clients())
                results += _deliver(kinds, built, options)
    except LinnetError as error:
        print(f"linnet.lab: {error}", file=sys.stderr)
        return 1
    print(f"{results[True]} held, {results[False]} failed")
    return 1 if results[False] else 0


def _options(line: Sequence[str]) -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m linnet.lab", description=__doc__)
    words.add_argument("tables", nargs="*", default=TABLES, help=" and ".join(TABLES))
    words.add_argument("--seed", type=int, default=1, help="of loss and of chances")
    words.add_argument("--labs", type=int, default=8, help="how many at a time")
    words.add_argument(
        "--only", action="append", help="lines that begin so; repeatable"
    )
    words.add_argument("--client", action="append", help="of deliveries; repeatable")
    words.add_argument(
        "--minutes", type=float, default=0, help="of talk from the start"
    )
    return words.parse_args(line)


def _deliver(
    kinds: Mapping[str, Client], built: list[Network], options: argparse.Namespace
) -> Counter[bool | None]:
    """Fill the second table, and say before how long that takes."""
    trials = deliveries.Trials(kinds, options.seed, options.minutes)
    rows = _asked(deliveries.rows(kinds, options.client or ()), options)
    minutes = ceil(ceil(len(rows) / len(built)) * trials.seconds / 60)
    print(f"\nWhat is delivered past it: {len(rows)} rows, about {minutes} minutes")
    print(deliveries.TITLE, flush=True)
    return _fill(rows, built, trials.fill)


def _asked(rows: Iterable[R], options: argparse.Namespace) -> list[R]:
    begins = tuple(options.only or [""])
    return [row for row in rows if str(row).startswith(begins)]


def _fill(
    rows: Sequence[R], built: list[Network], fill: Callable[[R, Network], R]
) -> Counter[bool | None]:
    """Fill rows and print them; how many held, and how many failed."""
    results: Counter[bool | None] = Counter()
    for row in _spread(rows, built, fill):
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
