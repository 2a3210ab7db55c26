"""`make bench-peers`: Linnet's relay beside ejabberd and Prosody, one load, one run."""

import argparse
import os
import platform
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType
from typing import NoReturn

from bench.figures import (
    Contender,
    Figures,
    NotInstalled,
    NotMeasured,
    Row,
    Shape,
    least_disturbed,
    middle,
)
from bench.peers_linnet import LinnetRelay
from bench.peers_process import wait_until_quiet
from bench.peers_table import table
from bench.xmpp_peers import SERVERS

CONTENDERS: tuple[Contender, ...] = (LinnetRelay(), *SERVERS)


_PROMISES = """\
In brackets: how many times better the first server is. Linnet's messages are encrypted
on their way, and on disk before they are acknowledged or delivered. Of the others only
those for the absent are written, and nobody waits for the disk."""


def main(words: Sequence[str]) -> int:
    """Measure every server in turns, print the table, return an exit status."""
    options = _options(words)
    shape = replace(_on_two_cores(), seconds=options.seconds, tls=options.tls)
    _open_many_files()
    signal.signal(signal.SIGTERM, _leave)
    asked = [one for one in CONTENDERS if options.only.lower() in one.name.lower()]
    runs: dict[str, list[Figures]] = {one.name: [] for one in asked}
    notes: dict[str, NotMeasured] = {}
    for turn in range(max(options.tries, options.runs)):
        for contender in asked:
            if contender.name not in notes:
                print(f"run {turn + 1}: {contender.name}", flush=True)
                wait_until_quiet(options.wait)
                _measure(contender, shape, runs[contender.name], notes)
    rows = [
        _row(name, least_disturbed(figures, options.runs), notes.get(name))
        for name, figures in runs.items()
    ]
    print(_conditions(shape, options.runs), table(rows), sep="\n\n")
    failed = sum(_is_failure(note) for note in notes.values())
    absent = sum(isinstance(note, NotInstalled) for note in notes.values())
    missing = f"{absent} not installed, " if absent else ""
    print(f"{missing}{len(rows) - len(notes)} held, {failed} failed")
    return 1 if failed else 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.peers", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="medians of so many runs")
    parser.add_argument(
        "--tries", type=int, default=0, help="run this often, keep the least disturbed"
    )
    parser.add_argument(
        "--wait", type=float, default=20, help="seconds to wait for a quiet machine"
    )
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="how long each load is watched"
    )
    parser.add_argument("--tls", action="store_true", help="XMPP over TLS")
    parser.add_argument("--only", default="", help="servers with this in their name")
    return parser.parse_args(words)


def _on_two_cores() -> Shape:
    """Servers get the first core we may use, the generator (this process) the last."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    return Shape(server_core=cores[0], generator_core=cores[-1])


def _open_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """Let servers be ended and folders be removed on the way out."""
    sys.exit(128 + number)


def _measure(
    contender: Contender,
    shape: Shape,
    figures: list[Figures],
    notes: dict[str, NotMeasured],
) -> None:
    try:
        figures.append(contender.measure(shape))
    except NotMeasured as why:
        notes[contender.name] = why
        print(f"  {why}", flush=True)


def _row(name: str, figures: Sequence[Figures], why: NotMeasured | None) -> Row:
    if why:
        return Row(name, None, str(why))
    return Row(name, middle(figures))


def _is_failure(why: NotMeasured) -> bool:
    """What is not installed is excused, but not where everything must be proven."""
    return not isinstance(why, NotInstalled) or os.environ.get("CI") == "true"


def _conditions(shape: Shape, runs: int) -> str:
    cores = "one core each for server and generator"
    if shape.server_core == shape.generator_core:
        cores = "ONE core shared by server and generator: compare ratios only"
    over = "over TLS" if shape.tls else "without TLS"
    return (
        f"\n{shape.users} users in pairs, {shape.body}-byte bodies, {cores};\n"
        f"steady rate {shape.steady_rate:,.0f}/s; medians of {runs} runs of"
        f" {shape.seconds:g} s; loopback, XMPP {over}; Python"
        f" {platform.python_version()}.\n{_PROMISES}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
