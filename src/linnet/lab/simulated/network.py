"""The network: hosts on lines, and every packet on its way between them.

From its host a packet crosses the host's line upwards and that of its target downwards;
hosts of one line reach each other without either. All chance comes from one seed.
"""

import asyncio
import heapq
from collections.abc import Callable
from ipaddress import IPv4Address
from itertools import count
from ssl import SSLContext
from typing import Final

from linnet.errors import LocalError
from linnet.lab.censor import Censor, Forward, Inject, Probe
from linnet.lab.packets import Packet
from linnet.lab.simulated.host import Host
from linnet.lab.simulated.line import BACKBONE, Line, Shape
from linnet.lab.simulated.probes import ask

LOCAL_SECONDS: Final = 0.000_1
"""From a host to itself, and to a host of the same line."""

_PROBERS: Final = IPv4Address("198.18.0.0")
"""Censors ask from here: addresses that are kept for measuring (RFC 2544)."""

Step = Callable[[Packet], None]


class Network:
    """Some hosts and the lines between them.

    Attributes:
        loop: in which it runs.
        failure: what a rule raised; it ends the run.
        names: the addresses of each name, in small letters.
        browser: the TLS that every client speaks instead of its own; None for its own.
    """

    def __init__(self, seed: int) -> None:
        self.loop: asyncio.AbstractEventLoop
        self.failure: Exception | None = None
        self.names: dict[str, list[str]] = {}
        self.browser: SSLContext | None = None
        self._seed = seed
        self._hosts: dict[IPv4Address, Host] = {}
        self._lines: dict[Host, Line] = {}
        self._numbers, self._probers = count(), count(1)
        self._backbone = Line(BACKBONE, f"{seed} backbone")
        self._steps: list[tuple[float, int, Step, Packet]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._probes: set[asyncio.Task[None]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to run.

        Raises:
            LocalError: it ran before, and what was on its way then is still there.
        """
        if hasattr(self, "loop"):
            raise LocalError("A network runs once; make another.")
        self.loop = loop

    def line(self, shape: Shape, *, censor: Censor | None = None) -> Line:
        """Add a line between the world and the hosts that will be put on it."""
        prober = self.host(str(_PROBERS + next(self._probers)))
        line = Line(shape, f"{self._seed} line {prober.addresses[0]}", censor=censor)
        line.prober = prober
        return line

    def host(self, *addresses: str, line: Line | None = None) -> Host:
        """Add a host; without a line of its own it is part of the world."""
        known = tuple(map(IPv4Address, addresses))
        if not known or self._hosts.keys() & set(known):
            raise LocalError("A host has addresses, and nobody else has them.")
        host = Host(known, f"{self._seed} host {addresses[0]}", self._send)
        self._hosts |= dict.fromkeys(known, host)
        self._lines[host] = line or self._backbone
        return host

    def host_at(self, address: IPv4Address) -> Host | None:
        """Return whose an address is."""
        return self._hosts.get(address)

    def cut(self) -> None:
        """End every connection at once."""
        for host in self._lines:
            host.cut()

    def _send(self, host: Host, packet: Packet) -> None:
        now, line = self.loop.time(), self._lines[host]
        if host.owns(packet.target.host):
            self._later(now + LOCAL_SECONDS, host.receive, packet)
            return
        line.show(packet, now)
        target = self._hosts.get(packet.target.host)
        if target is not None and self._lines[target] is line:
            self._later(now + LOCAL_SECONDS, self._reach, packet)
            return
        self._later(
            line.ascend(packet, now), lambda one: self._judge(line, one), packet
        )

    def _judge(self, line: Line, packet: Packet) -> None:
        """A packet is at the box of a line."""
        for effect in line.judge(packet, self.loop.time()):
            if isinstance(effect, Forward):
                self._leave_box(line, effect.packet)
            elif isinstance(effect, Inject):
                at = self.loop.time() + effect.after
                self._later(at, lambda one: self._leave_box(line, one), effect.packet)
            elif isinstance(effect, Probe):
                self._probe(line, effect)

    def _leave_box(self, line: Line, packet: Packet) -> None:
        """A packet goes on from the box of a line, to whichever side it belongs."""
        target, now = self._hosts.get(packet.target.host), self.loop.time()
        if target is None:
            return
        other = self._lines[target]
        if other is line:
            self._later(line.descend(packet, now), self._reach, packet)
        else:
            at = now + line.shape.far + other.shape.far
            self._later(at, lambda one: self._judge(other, one), packet)

    def _reach(self, packet: Packet) -> None:
        host = self._hosts[packet.target.host]
        self._lines[host].show(packet, self.loop.time())
        host.receive(packet)

    def _probe(self, line: Line, probe: Probe) -> None:
        censor, prober = line.censor, line.prober
        if censor is None or prober is None:
            return

        async def run() -> None:
            with prober.here():
                answer = await ask(probe)
            try:
                censor.handle(answer, self.loop.time())
            except Exception as error:  # as in a step
                self._fail(error)

        task = self.loop.create_task(run())
        self._probes.add(task)
        task.add_done_callback(self._probes.discard)

    def _fail(self, error: Exception) -> None:
        self.failure = error
        self.loop.stop()

    def _later(self, at: float | None, step: Step, packet: Packet) -> None:
        """Have a step done with a packet, in order at equal times; None is never."""
        if at is None:
            return
        heapq.heappush(self._steps, (at, next(self._numbers), step, packet))
        self._arm()

    def _arm(self) -> None:
        if not self._steps or self.failure:
            return
        timer, first = self._timer, self._steps[0][0]
        if timer and timer.when() <= first:
            return
        if timer:
            timer.cancel()
        self._timer = self.loop.call_at(first, self._walk)

    def _walk(self) -> None:
        now = self.loop.time()
        while self._steps and self._steps[0][0] <= now and self.failure is None:
            _, _, step, packet = heapq.heappop(self._steps)
            try:
                step(packet)
            except Exception as error:  # a rule's; a loop would only log it
                self._fail(error)
        self._timer = None
        self._arm()
