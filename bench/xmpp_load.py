"""The messenger load on an XMPP server: every figure of one pass."""

import asyncio
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import cycle

from bench.figures import Figures, Shape, Span, Stopwatch
from bench.peers_load import figures_of, log_in, raise_failures
from bench.peers_process import Process
from bench.xmpp_client import PATIENCE, RESOURCE, Broken, Door, XmppClient

_STORED_AT_ONCE = 20
_TICK = 0.001


@dataclass(slots=True)
class Traffic:
    """Counts what is delivered; with `refill`, the receiver answers each."""

    refill: bool = False
    delivered: int = 0
    latencies: list[float] = field(default_factory=list)

    def arrived(self, receiver: XmppClient, sent: list[float], now: float) -> None:
        """A batch came from the receiver's partner."""
        if self.refill:
            receiver.send(len(sent))
        self.delivered += len(sent)
        self.latencies.extend([now - at for at in sent])


class XmppLoad:
    """Users of one server, in pairs that write to each other."""

    def __init__(self, door: Door, process: Process, shape: Shape) -> None:
        self._door = door
        self._process = process
        self._shape = shape
        self._traffic = Traffic()
        self._body = os.urandom(shape.body // 2).hex()
        self._users = [self._user(number) for number in range(shape.users)]
        self._left, self._right = self._users[::2], self._users[1::2]
        for left, right in zip(self._left, self._right, strict=True):
            left.pair(right)
            right.pair(left)

    def _user(self, number: int) -> XmppClient:
        return XmppClient(self._door, str(number), self._traffic.arrived)

    async def open(self) -> None:
        """Let every user of a pair log in and be present."""
        await log_in(self._users)
        await _appear(self._users)
        for user in self._users:
            # As a client does once the other has answered (RFC 6121 §5.1).
            user.write_to(f"/{RESOURCE}", self._body)

    async def idle_kib(self) -> float:
        """Resident memory of the server for one more user who does nothing."""
        first = self._shape.users
        idle = [self._user(first + number) for number in range(self._shape.idle)]
        await asyncio.sleep(self._shape.warm_seconds)
        before = self._process.resident_kib()
        await log_in(idle)
        await _appear(idle)
        await asyncio.sleep(self._shape.warm_seconds)
        grown = self._process.resident_kib() - before
        await asyncio.gather(*(user.leave() for user in idle))
        return grown / len(idle)

    async def window(self, size: int) -> Span:
        """Keep twice so many messages of every pair on their way."""
        self._traffic.refill = True
        for user in self._users:
            user.send(size)
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
                next(turns).send(1)
            sent = due
            await asyncio.sleep(_TICK)

    async def stored_and_drained(self) -> tuple[float, float]:
        """Messages a second stored for the absent, and delivered when they return."""
        await asyncio.gather(*(user.leave() for user in self._right))
        for user in self._left:
            user.write_to("", self._body)
        began = time.perf_counter()
        counts = await asyncio.gather(*(self._store(user) for user in self._left))
        stored = sum(counts) / (time.perf_counter() - began)
        await log_in(self._right)
        began = time.perf_counter()
        for user in self._right:
            user.appear()
        await self._all_delivered()
        return stored, sum(counts) / (time.perf_counter() - began)

    async def _store(self, user: XmppClient) -> int:
        """Send to an absent partner for a while, and wait until all is dealt with."""
        count, deadline = 0, time.perf_counter() + self._shape.seconds
        while time.perf_counter() < deadline:
            user.send(_STORED_AT_ONCE)
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
        """Wait until nothing is on its way.

        Raises:
            Broken: something was lost, repeated or out of order.
        """
        deadline = time.perf_counter() + PATIENCE
        while any(user.waiting for user in self._users):
            raise_failures(self._users)
            if time.perf_counter() > deadline:
                raise Broken(f"messages still missing after {PATIENCE:.0f} s")
            await asyncio.sleep(_TICK)
        raise_failures(self._users)


async def idle_kib(door: Door, process: Process, shape: Shape) -> float:
    """Memory for an idle user, of a fresh server: load leaves free memory behind."""
    load = XmppLoad(door, process, shape)
    await load.open()
    return await load.idle_kib()


async def measure(
    door: Door, process: Process, shape: Shape, *, idle_kib: float
) -> Figures:
    """Put the whole load on a fresh server, once."""
    load = XmppLoad(door, process, shape)
    return await figures_of(load, shape, idle_kib=idle_kib)


async def _appear(users: Iterable[XmppClient]) -> None:
    for user in users:
        user.appear()
    await asyncio.gather(*(user.settle() for user in users))
