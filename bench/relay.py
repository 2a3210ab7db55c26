"""What the relay does on one core, with real clients over real sessions.

``python -m bench.relay`` starts a relay on one core, plays its clients on another, and
prints each figure. The machine decides much: compare the CPU that a message takes.
"""

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.figures import Figures, Shape
from bench.goals import RELAY, Score
from bench.peers_linnet import LinnetRelay, fresh_relay
from bench.peers_load import bounded
from bench.peers_process import fresh_folder
from bench.relay_client import TOKEN_HASH
from bench.relay_load import RelayLoad
from linnet.ids import RequestNumber
from linnet.relay.core.changes import Append
from linnet.relay.core.state import Guest, Stream
from linnet.relay.folder import Folder
from linnet.relay.stores.schema import connect
from linnet.relay.stores.sqlite import SqliteStore

COUNTS = (1_000, 10_000, 100_000, 1_000_000)
BODY = 256
BATCH = 256
Row = tuple[str, str, str]


def main(words: Sequence[str]) -> int:
    """Measure everything, print it, return an exit status."""
    options = _options(words)
    shape = replace(_on_two_cores(), seconds=options.seconds)
    _open_many_files()
    print(
        f"{shape.users} clients in pairs, {BODY}-byte bodies, one core for the relay;"
    )
    print("every message on disk before it is acknowledged or delivered\n")
    runs = [LinnetRelay().measure(shape) for _ in range(options.runs)]
    score = Score()
    for name, figure, unit, places in online(runs):
        goal = score.note(name, figure, RELAY.get(name))
        print(f"{name:<52} {figure:>10,.{places}f} {unit}{goal}")
    print()
    for count in COUNTS[: options.sizes]:
        for name, text, unit in with_streams(count, shape):
            print(f"{name:<52} {text:>10} {unit}", flush=True)
    print(score)
    return 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.relay", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="medians of so many runs")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--sizes", type=int, default=4, help="10^3 streams and up")
    return parser.parse_args(words)


def _on_two_cores() -> Shape:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    return Shape(server_core=cores[0], generator_core=cores[-1])


def _open_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def online(runs: Sequence[Figures]) -> Iterator[tuple[str, float, str, int]]:
    """Rows of the messenger load: name, figure, unit, places behind the point."""

    def row(
        name: str, field: str, unit: str, places: int = 0
    ) -> tuple[str, float, str, int]:
        middle = statistics.median(getattr(run, field) for run in runs)
        return name, middle, unit, places

    yield row("delivered to online readers, window 1", "delivered_w1", "/s")
    yield row("delivered to online readers, window 8", "delivered_w8", "/s")
    yield row("CPU of the relay, window 1", "server_us_w1", "us/message", 1)
    yield row("CPU of the relay, window 8", "server_us_w8", "us/message", 1)
    yield row("latency at 7,200/s, p50", "steady_p50_ms", "ms", 2)
    yield row("latency at 7,200/s, p99", "steady_p99_ms", "ms", 2)
    yield row("latency at half its best, p50", "half_p50_ms", "ms", 2)
    yield row("latency at half its best, p99", "half_p99_ms", "ms", 2)
    yield row("stored for offline readers", "stored", "/s")
    yield row("drained when they return", "drained", "/s")
    yield row("memory of an idle session", "idle_kib", "KiB", 1)
    yield row("share of the relay's core, window 8", "server_share", "", 2)
    yield row("share of the generator's core, window 8", "generator_share", "", 2)


def with_streams(count: int, shape: Shape) -> Iterator[Row]:
    """Rows for a relay that holds so many streams of one envelope each."""
    name = f"{count:,} streams"
    began = time.perf_counter()

    def prepare(data: Path) -> None:
        nonlocal began
        fill(data, count)
        began = time.perf_counter()

    with fresh_relay(shape.server_core, prepare) as (process, gate):
        yield f"{name}: start", f"{time.perf_counter() - began:.2f}", "s"
        yield f"{name}: memory", f"{process.resident_kib() / 1024:,.0f}", "MiB"
        load = RelayLoad(gate, process, replace(shape, seconds=2.0))

        async def run() -> float:
            await load.open()
            return (await load.window(8)).server_us

        yield f"{name}: CPU, window 8", f"{bounded(run()):.1f}", "us/message"
    yield f"{name}: scattered appends", f"{scattered(count):,.0f}", "rows/s"


def fill(data: Path, count: int) -> None:
    """Write streams with one envelope each straight into a new database."""
    folder = Folder(data)
    folder.prepare()
    connection = connect(folder.database)
    tokens = (TOKEN_HASH,) * 3
    with connection:
        connection.executemany(
            "INSERT INTO streams (number, id, fenced, epoch, append_hash, read_hash, "
            "control_hash, payer, retention, created) VALUES (?,?,0,0,?,?,?,1,86400,0)",
            ((at, at.to_bytes(16, "big"), *tokens) for at in range(1, count + 1)),
        )
        body, now = os.urandom(BODY), int(time.time() * 1000)
        connection.executemany(
            "INSERT INTO log (stream, sequence, epoch, time, id, data) "
            "VALUES (?, 1, 0, ?, ?, ?)",
            ((at, now, os.urandom(16), body) for at in range(1, count + 1)),
        )
    connection.close()


def scattered(count: int) -> float:
    """Rows a second that the store takes in batches all over its streams."""
    with fresh_folder() as home:
        fill(home, count)
        store = SqliteStore(Folder(home).database)
        # A store looks at the rows only; who waits for them is the core's affair.
        nobodys = Stream.__new__(Stream)
        guest, body, now = Guest(1), os.urandom(BODY), int(time.time() * 1000)
        written, heads = 0, dict.fromkeys(range(1, count + 1), 1)
        step, at = max(1, count // 7919) | 1, 1
        began = time.perf_counter()
        while time.perf_counter() - began < 2.0:
            batch = []
            for _ in range(BATCH):
                at = (at + step) % count + 1
                heads[at] += 1
                row = (at, heads[at], 0, now, os.urandom(16), body)
                batch.append(Append(row, nobodys, guest, RequestNumber(1)))
            store.write(batch)
            written += BATCH
        took = time.perf_counter() - began
        store.close()
        return written / took


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
