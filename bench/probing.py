"""Can a prober tell by time that Linnet is behind a website? `python -m bench.probing`.

One caddy serves the same site at three ports: alone, alone once more, and as
docs/proxy.md says with a Linnet proxy behind it. Probes go to the three in a random
order, each on a connection of its own; what is measured is the time from the last byte
of the probe to the first of the answer.

For each probe the answers' times of two ports are compared by the two-sample
Kolmogorov-Smirnov statistic: D, and the chance p of such a D if both were the same,
times the number of probes (Bonferroni). A prober cannot compare these ports, for it
never sees the site without: what it can compare are *probes at one site*. So the
second table takes the difference between a path of a person's form and one of another,
which Linnet would be shown by, at the site alone and at the site with Linnet.
"""

import argparse
import random
import socket
import sys
import tempfile
import time
from collections import defaultdict
from math import exp, sqrt
from pathlib import Path
from statistics import median
from typing import Final

from bench.probing_site import Site, site

END: Final = "Host: pottery.example\r\nConnection: close\r\n\r\n"
UPGRADE: Final = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nHost: pottery.example\r\n\r\n"
)
FORMED, OTHER = "/" + "a" * 32, "/" + "a" * 31
PROBES: Final = {
    "front page": f"GET / HTTP/1.1\r\n{END}",
    "not found": f"GET {OTHER} HTTP/1.1\r\n{END}",
    "not found, of a path's form": f"GET {FORMED} HTTP/1.1\r\n{END}",
    "a revoked path": f"GET REVOKED HTTP/1.1\r\n{END}",
    "handshake": f"GET {OTHER} HTTP/1.1\r\n{UPGRADE}",
    "handshake, of a path's form": f"GET {FORMED} HTTP/1.1\r\n{UPGRADE}",
    "POST": f"POST {OTHER} HTTP/1.1\r\nContent-Length: 3\r\n{END}abc",
    "POST, of a path's form": (
        f"POST {FORMED} HTTP/1.1\r\nContent-Length: 3\r\n{END}abc"
    ),
    "absolute": f"GET http://example.org/ HTTP/1.1\r\n{END}",
    "garbage": "\x05\x01\x00 garbage\r\n\r\n",
}
PAIRS: Final = [
    ("not found, of a path's form", "not found"),
    ("a revoked path", "not found"),
    ("handshake, of a path's form", "handshake"),
    ("POST, of a path's form", "POST"),
]
SURE: Final = 0.01
"""A chance below which two probes are told apart."""

Times = dict[str, dict[str, list[float]]]
JITTER: Final = 0.001
"""Seconds by which the way to a server across a border varies, one way; assumed."""


def main(arguments: list[str]) -> int:
    """Probe, and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.probing")
    parser.add_argument("--times", type=int, default=400, help="of each probe")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as around, site(Path(around)) as found:
        times = measure(found, options.times, random.Random(options.seed))  # noqa: S311
    print(f"{options.times} times each probe, seed {options.seed}; microseconds")
    show_ports(times)
    told = show_pairs(times)
    print(f"{len(PAIRS) - told} held, {told} failed")
    return 0


def measure(found: Site, count: int, chances: random.Random) -> Times:
    """Ask everything at every port so often, in a random order."""
    times: Times = defaultdict(lambda: defaultdict(list))
    asked = [
        (name, where)
        for name in PROBES
        for where in ("alone", "again", "Linnet")
        for _ in range(count)
    ]
    chances.shuffle(asked)
    for name, where in asked:
        said = PROBES[name].replace("REVOKED", found.revoked).encode("latin-1")
        times[name][where].append(wait(found.ports[where], said))
    return times


def wait(port: int, said: bytes) -> float:
    """Seconds from a probe to the first byte of its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as road:
        road.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        road.sendall(said)
        began = time.perf_counter()
        road.recv(1)
        return time.perf_counter() - began


def show_ports(times: Times) -> None:
    """Print, probe by probe, how the site alone differs from itself and with Linnet."""
    print(f"\n{'probe':30}{'alone':>8}{'Linnet':>8}{'D same':>8}{'D':>7}{'p':>8}")
    for name, of in times.items():
        null, _ = apart(of["alone"], of["again"])
        found, chance = apart(of["alone"], of["Linnet"])
        print(
            f"{name:30}{micro(of['alone']):8.0f}{micro(of['Linnet']):8.0f}"
            f"{null:8.3f}{found:7.3f}{min(1.0, chance * len(times)):8.3f}"
        )


def show_pairs(times: Times) -> int:
    """Print what a prober can see at one site; how many pairs are told apart."""
    told = 0
    heads = ("D alone", "D", "p", "shift", "probes needed")
    print(f"\n{'at one site':46}" + "".join(f"{head:>9}" for head in heads))
    for one, other in PAIRS:
        null, _ = apart(times[one]["alone"], times[other]["alone"])
        found, chance = apart(times[one]["Linnet"], times[other]["Linnet"])
        shift = median(times[one]["Linnet"]) - median(times[other]["Linnet"])
        alone = median(times[one]["alone"]) - median(times[other]["alone"])
        chance = min(1.0, chance * len(PAIRS))
        told += chance < SURE
        print(
            f"{f'{one} / {other}':46}{null:9.3f}{found:9.3f}"
            f"{chance:9.3f}{(shift - alone) * 1e6:9.0f}"
            f"{needed(shift - alone):>15}"
        )
    return told


def micro(times: list[float]) -> float:
    """The median in microseconds."""
    return median(times) * 1e6


def needed(shift: float) -> str:
    """How often both must be asked to be sure of a shift through a network's jitter.

    For 5 % errors of either kind with normal jitter: (1.64 + 1.64)^2 * 2 (s / d)^2.
    """
    if not shift:
        return "-"
    return f"{3.29**2 * 2 * (JITTER / shift) ** 2:,.0f}"


def apart(one: list[float], other: list[float]) -> tuple[float, float]:
    """The Kolmogorov-Smirnov statistic, and the chance of it if both are the same."""
    merged = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    seen, largest = [0, 0], 0.0
    for place, (value, which) in enumerate(merged):
        seen[which] += 1
        if place + 1 == len(merged) or merged[place + 1][0] != value:
            largest = max(largest, abs(seen[0] / len(one) - seen[1] / len(other)))
    size = sqrt(len(one) * len(other) / (len(one) + len(other)))
    scaled = (size + 0.12 + 0.11 / size) * largest
    terms = ((-1) ** (k - 1) * exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return largest, 1.0 if scaled < 0.2 else max(0.0, min(1.0, 2 * sum(terms)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
