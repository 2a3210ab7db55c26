"""The messenger load on Linnet's relay: every figure of one pass."""

import asyncio
import os
import time
from dataclasses import dataclass, field
from itertools import cycle

from bench.figures import Figures, Shape, Span, Stopwatch
from bench.peers_load import figures_of, log_in, raise_failures
from bench.peers_process import Process
from bench.relay_client import PATIENCE, Broken, Gate, RelayClient
from linnet.ids import StreamId

_STORED_AT_ONCE = 20
_TICK = 0.001


@dataclass(slots=True)
class Traffic:
    """Counts what is delivered; with `refill`, the receiver answers each."""

    body: bytes
    refill: bool = False
    delivered: int = 0
    latencies: list[float] = field(default_factory=list)

    def arrived(self, receiver: RelayClient, sent: list[float], now: float) -> None:
        """A batch came from the receiver's partner."""
        if self.refill:
            receiver.send(len(sent), self.body)
        self.delivered += len(sent)
        self.latencies.extend([now - at for at in sent])


class RelayLoad:
    """Users of one relay, in pairs that write to each other."""

    def __init__(self, gate: Gate, process: Process, shape: Shape) -> None:
        self._gate = gate
        self._process = process
        self._shape = shape
        self._body = os.urandom(shape.body)
        self._traffic = Traffic(self._body)
        self._left, self._right = self._pairs(shape.users // 2)
        self._users = [*self._left, *self._right]

    def _pairs(self, count: int) -> tuple[list[RelayClient], list[RelayClient]]:
        left, right = [], []
        for _ in range(count):
            stream = StreamId(os.urandom(16))
            one, two = (
                RelayClient(self._gate, stream, side, self._traffic.arrived)
                for side in (0, 1)
            )
            one.pair(two)
            two.pair(one)
            left.append(one)
            right.append(two)
        return left, right

    async def open(self) -> None:
        """Let every user open a session and follow their stream."""
        await log_in(self._left)
        await log_in(self._right)
        await asyncio.gather(*(user.appear() for user in self._users))

    async def idle_kib(self) -> float:
        """Resident memory of the relay for one more user who does nothing."""
        left, right = self._pairs(self._shape.idle // 2)
        await asyncio.sleep(self._shape.warm_seconds)
        before = self._process.resident_kib()
        await log_in(left)
        await log_in(right)
        await asyncio.gather(*(user.appear() for user in (*left, *right)))
        await asyncio.sleep(self._shape.warm_seconds)
        grown = self._process.resident_kib() - before
        await asyncio.gather(*(user.leave() for user in (*left, *right)))
        return grown / len((*left, *right))

    async def window(self, size: int) -> Span:
        """Keep twice so many messages of every pair on their way."""
        self._traffic.refill = True
        for user in self._users:
            user.send(size, self._body)
        await asyncio.sleep(self._shape.warm_seconds)
        span = await self._watch(self._shape.seconds)
        self._traffic.refill = False
        await self._all_delivered()
        return span

    async def paced(self, rate: float) -> Span:
        """Send at an even rate, whatever comes back; users take turns."""
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(self._send_at(rate))
            await asyncio.sleep(self._shape.warm_seconds)
            span = await self._watch(self._shape.seconds)
            sender.cancel()
        await self._all_delivered()
        return span

    async def _send_at(self, rate: float) -> None:
        turns = cycle(self._users)
        began, sent = time.perf_counter(), 0
        while True:
            due = int((time.perf_counter() - began) * rate)
            for _ in range(due - sent):
                next(turns).send(1, self._body)
            sent = due
            await asyncio.sleep(_TICK)

    async def stored_and_drained(self) -> tuple[float, float]:
        """Messages a second stored for the absent, and delivered when they return."""
        await asyncio.gather(*(user.leave() for user in self._right))
        began = time.perf_counter()
        counts = await asyncio.gather(*(self._store(user) for user in self._left))
        stored = sum(counts) / (time.perf_counter() - began)
        await log_in(self._right)
        began = time.perf_counter()
        await asyncio.gather(*(user.appear() for user in self._right))
        await self._all_delivered()
        return stored, sum(counts) / (time.perf_counter() - began)

    async def _store(self, user: RelayClient) -> int:
        """Append for a while, and wait until all is on disk."""
        count, deadline = 0, time.perf_counter() + self._shape.seconds
        while time.perf_counter() < deadline:
            user.send(_STORED_AT_ONCE, self._body)
            await user.settle()
            count += _STORED_AT_ONCE
        return count

    async def _watch(self, seconds: float) -> Span:
        del self._traffic.latencies[:]
        before = self._traffic.delivered
        stopwatch = Stopwatch(self._process.cpu_seconds)
        await asyncio.sleep(seconds)
        return stopwatch.stop(self._traffic.delivered - before, self._traffic.latencies)

    async def _all_delivered(self) -> None:
        """Wait until nothing is on its way, neither a message nor a receipt.

        Raises:
            Broken: something was lost, repeated or out of order.
        """
        deadline = time.perf_counter() + PATIENCE
        while any(user.waiting for user in self._users):
            raise_failures(self._users)
            if time.perf_counter() > deadline:
                raise Broken(f"messages still missing after {PATIENCE:.0f} s")
            await asyncio.sleep(_TICK)
        await asyncio.gather(*(user.settle() for user in self._users))
        raise_failures(self._users)


async def idle_kib(gate: Gate, process: Process, shape: Shape) -> float:
    """Memory for an idle user, of a fresh relay."""
    load = RelayLoad(gate, process, shape)
    await load.open()
    return await load.idle_kib()


async def measure(
    gate: Gate, process: Process, shape: Shape, *, idle_kib: float
) -> Figures:
    """Put the whole load on a fresh relay, once."""
    load = RelayLoad(gate, process, shape)
    return await figures_of(load, shape, idle_kib=idle_kib)
