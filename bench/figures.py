"""What one server did under the messenger load: the figures, and their medians."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from typing import Protocol

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The load every server gets; see docs/bench-peers.md.

    With `tls` the XMPP servers speak TLS; our sessions are always encrypted.
    """

    users: int = 100
    body: int = 256
    idle: int = 1000
    steady_rate: float = 7200
    seconds: float = 3.0
    warm_seconds: float = 1.0
    server_core: int = 0
    generator_core: int = 1
    tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One pass over one server. NaN where a figure could not be had.

    Rates are messages a second, `w1` and `w8` with that many messages of each user on
    their way at once. `server_us` is CPU of the server for a message delivered with a
    window of 1 (and of 8); shares are of one core, while the window was 8. What all
    other processes took of the machine, at worst, says how far to trust the rest.
    """

    delivered_w1: float
    delivered_w8: float
    steady_p50_ms: float
    steady_p99_ms: float
    half_p50_ms: float
    half_p99_ms: float
    stored: float
    drained: float
    idle_kib: float
    server_us_w1: float
    server_us_w8: float
    server_share: float
    generator_share: float
    others_share: float


@dataclass(frozen=True, slots=True)
class Row:
    """One server in the table; without figures the note says why."""

    name: str
    figures: Figures | None
    note: str = ""


class NotMeasured(Exception):
    """A server could not be measured; the text says why, in a few words."""


class NotInstalled(NotMeasured):
    """What it needs is not on this machine."""


class Contender(Protocol):
    """A server that can be put under the load."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    def measure(self, shape: Shape) -> Figures:
        """Start it, put the whole load on it once, end it.

        Raises:
            NotMeasured: there are no figures.
        """
        ...


def middle(runs: Sequence[Figures]) -> Figures:
    """The median of every figure by itself."""
    return Figures(
        **{
            field.name: median(getattr(run, field.name) for run in runs)
            for field in fields(Figures)
        }
    )


def least_disturbed(runs: Sequence[Figures], count: int) -> list[Figures]:
    """So many of the runs, chosen by how busy the machine was, not by what came out."""
    return sorted(runs, key=lambda run: run.others_share)[:count]


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` of all samples do not exceed."""
    if not samples:
        return float("nan")
    ordered = sorted(samples)
    rank = -(-len(ordered) * round(share * 1000) // 1000)
    return ordered[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What happened between two moments."""

    rate: float
    p50_ms: float
    p99_ms: float
    server_us: float
    server_share: float
    generator_share: float
    others_share: float


class Stopwatch:
    """Times a span: the wall clock, the server's CPU and this process's own."""

    def __init__(self, server_cpu_seconds: Callable[[], float]) -> None:
        self._server = server_cpu_seconds
        self._began = self._now()

    def _now(self) -> tuple[float, float, float, float]:
        own = time.process_time()
        return time.perf_counter(), self._server(), own, machine_cpu_seconds()

    def stop(self, delivered: int, latencies: Sequence[float]) -> Span:
        """End the span, in which so many messages took so many seconds each."""
        wall, server, own, machine = (
            now - then for now, then in zip(self._now(), self._began, strict=True)
        )
        return Span(
            rate=delivered / wall,
            p50_ms=percentile(latencies, 0.5) * 1000,
            p99_ms=percentile(latencies, 0.99) * 1000,
            server_us=server / delivered * 1e6 if delivered else float("nan"),
            server_share=server / wall,
            generator_share=own / wall,
            others_share=max(machine - server - own, 0) / wall / (os.cpu_count() or 1),
        )


def machine_cpu_seconds() -> float:
    """What all processes of the machine used so far: all but idle and waiting."""
    first = Path("/proc/stat").read_text().partition("\n")[0].split()
    user, nice, system, _, _, *rest = (int(word) for word in first[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")
