"""Linnet's own relay as a contender, in a fresh folder each time."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figures, NotMeasured, Shape
from bench.peers_load import bounded
from bench.peers_process import Process, free_port, fresh_folder, listening, running
from bench.relay_client import Broken, Gate
from bench.relay_load import idle_kib, measure
from linnet.errors import LinnetError
from linnet.wire.links import Address, Road
from linnet.wire.noise import public_key


@dataclass(frozen=True, slots=True)
class LinnetRelay:
    """The relay of this checkout, over its own sessions."""

    name: str = "Linnet relay"

    def measure(self, shape: Shape) -> Figures:
        """Put the whole load on it, once; for idle users it is started anew.

        Raises:
            NotMeasured: it did not start, or lost something.
        """
        try:
            with fresh_relay(shape.server_core) as (process, gate):
                idle = bounded(idle_kib(gate, process, shape))
            with fresh_relay(shape.server_core) as (process, gate):
                return bounded(measure(gate, process, shape, idle_kib=idle))
        except (Broken, LinnetError, OSError, TimeoutError) as failure:
            raise NotMeasured(str(failure) or "no answer in time") from failure


@contextmanager
def fresh_relay(
    core: int, prepare: Callable[[Path], None] | None = None
) -> Iterator[tuple[Process, Gate]]:
    """A relay on one core, its data on the checkout's own disk."""
    with fresh_folder() as home:
        port, data = free_port(), home / "relay"
        if prepare is not None:
            prepare(data)
        place = ["--data", str(data), "--listen", f"127.0.0.1:{port}"]
        command = [sys.executable, "-m", "linnet", "relay", "run", *place]
        with running(
            [*command, "--mode", "open"],
            core=core,
            ready=lambda: listening(port),
            home=home,
            env={},
        ) as process:
            key = public_key((data / "relay.key").read_bytes())
            yield process, Gate(Address(Road.TCP, "127.0.0.1", port), key)
