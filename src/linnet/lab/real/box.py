"""The censor's box: a process through which every packet of the real lab goes.

It does what the censor says: forwards a packet as it came, drops it, puts packets of
the censor's own on the line, and asks servers from the censor's own address.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any, Final, TextIO

from linnet.errors import Malformed
from linnet.lab.censor import Censor, Effect, Forward, Inject, Probe, Ruled
from linnet.lab.flows import SHARP, Sight
from linnet.lab.packets import Endpoint, Flags, Packet, Protocol
from linnet.lab.places import CENSOR, CLIENT, NAMES, SITE_PORT, WORLD
from linnet.lab.real.namespaces import Namespaces
from linnet.lab.real.tun import LARGEST, open_tun
from linnet.lab.scenarios import rules
from linnet.lab.simulated.line import HOME, Line, Shape
from linnet.lab.simulated.meter import Meter
from linnet.lab.simulated.probes import ask
from linnet.lab.verdicts import VerdictLog

MOST_AT_ONCE: Final = 64
"""Packets that are read of one device before the others have their turn."""

COVER: Final = Endpoint(NAMES["site.example"], SITE_PORT)
"""With what a prober compares servers."""

Step = Callable[[Packet, bytes], None]


@dataclass(frozen=True, slots=True)
class Passed:
    """What the client's side sent and was brought since it was last asked.

    Attributes:
        octets: of packets with their headers, both ways; what the censor then dropped
            on its way up too.
        connections: how often TCP was opened, answered or not.
    """

    octets: int = 0
    connections: int = 0

    def __add__(self, other: "Passed") -> "Passed":
        """Sum two."""
        connections = self.connections + other.connections
        return Passed(self.octets + other.octets, connections)


@dataclass(frozen=True, slots=True)
class Orders:
    """What the box is to do from now on: a censor that knows nothing yet of any flow.

    Attributes:
        scenario: whose rules it has, by name.
        seed: of its chances.
        sight: how well it sees.
        shape: what the line does to packets besides; None is what it did so far.
        cuts: whether nothing passes any more of the connections that there were: what
            the kernel says again for a program that has ended is not the next one's.
    """

    scenario: str
    seed: int
    sight: Sight = SHARP
    shape: Shape | None = None
    cuts: bool = False


def run(names: Namespaces, log: Path, control: Connection) -> None:
    """Be the box until the other end of `control` is closed.

    Over `control` come orders, and None, which asks what has passed. The box answers
    each when it does as told, and says once before that it is ready.
    """
    # Ctrl-C is for who holds the other end, which is closed then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    client = open_tun(names.client, [CLIENT])
    world = open_tun(names.world, WORLD)
    # The last: who asks servers is in the namespace that was entered last.
    censor = open_tun(names.censor, [CENSOR])
    with log.open("a", buffering=1) as lines:
        box = _Box((client, world, censor), lines)
        control.send(True)
        asyncio.run(box.serve(control))


class _Box:
    def __init__(self, files: tuple[int, int, int], log: TextIO) -> None:
        self._client, self._world, self._censor = files
        self._sides = dict.fromkeys(WORLD, self._world)
        self._sides |= {CLIENT: self._client, CENSOR: self._censor}
        self._line, self._log = Line(HOME, "real"), VerdictLog(log)
        self._meter = Meter()
        self._probes: set[asyncio.Task[None]] = set()
        self._seen: set[frozenset[Endpoint]] = set()
        self._cut: set[frozenset[Endpoint]] = set()
        self._began = 0.0

    async def serve(self, control: Connection) -> None:
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        ended = asyncio.Event()
        loop.set_exception_handler(partial(_give_up, ended))
        for file in (self._client, self._world, self._censor):
            loop.add_reader(file, self._read, file)
        loop.add_reader(control.fileno(), self._obey, control, ended)
        await ended.wait()

    def _obey(self, control: Connection, ended: asyncio.Event) -> None:
        try:
            orders: Orders | None = control.recv()
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(control.fileno())
            ended.set()
            return
        control.send(self._follow(orders) if orders else self._count())

    def _count(self) -> Passed:
        meter, self._meter = self._meter, Meter()
        return Passed(meter.up.octets + meter.down.octets, meter.connections)

    def _follow(self, orders: Orders) -> bool:
        chances = Random(orders.seed)  # noqa: S311  # a lab's dice
        shape = orders.shape or self._line.shape
        made = rules(orders.scenario, chances, cover=COVER)
        censor = Censor(made, chances, orders.sight)
        self._line = Line(shape, f"real {orders.seed}", censor=censor)
        if orders.cuts:
            self._cut |= self._seen
            self._seen.clear()
        return True

    def _read(self, file: int) -> None:
        for _ in range(MOST_AT_ONCE):
            try:
                data = os.read(file, LARGEST)
            except BlockingIOError:
                return
            try:
                packet = Packet.read(data)
            except Malformed:
                continue
            self._take(file, packet, data)

    def _take(self, file: int, packet: Packet, data: bytes) -> None:
        """Carry a packet to the box, from whichever side it came."""
        side, now = self._sides.get(packet.target.host), self._now()
        if side is None or side == file:
            return
        if self._censor in (side, file):
            # What the censor asks, and is answered, is no business of its rules.
            self._later(now + self._line.shape.far, side, data)
        elif file == self._client:
            self._meter(packet, now)
            at = self._line.ascend(packet, now)
            if at is not None:
                self._at(at, self._judge, packet, data)
        else:
            self._at(now + self._line.shape.far, self._judge, packet, data)

    def _judge(self, packet: Packet, data: bytes) -> None:
        if self._is_cut(packet):
            return
        censor = self._line.censor
        effects = censor.handle(packet, self._now()) if censor else [Forward(packet)]
        for effect in effects:
            self._perform(effect, packet, data)

    def _is_cut(self, packet: Packet) -> bool:
        if packet.protocol is not Protocol.TCP:
            return False
        ends = frozenset((packet.source, packet.target))
        opens = packet.flags & (Flags.SYN | Flags.ACK) == Flags.SYN
        if opens and ends not in self._seen:
            # A port that comes again is another connection's.
            self._cut.discard(ends)
        if ends in self._cut:
            return True
        self._seen.add(ends)
        return False

    def _perform(self, effect: Effect, packet: Packet, data: bytes) -> None:
        if isinstance(effect, Forward):
            as_it_came = effect.packet is packet
            self._leave(effect.packet, data if as_it_came else effect.packet.pack())
        elif isinstance(effect, Inject):
            at = self._now() + effect.after
            same = data if effect.packet is packet else effect.packet.pack()
            self._at(at, self._leave, effect.packet, same)
        elif isinstance(effect, Ruled):
            self._log.write(effect)
        elif isinstance(effect, Probe):
            task = asyncio.get_running_loop().create_task(self._ask(effect))
            self._probes.add(task)
            task.add_done_callback(self._probes.discard)

    def _leave(self, packet: Packet, data: bytes) -> None:
        """Carry a packet from the box to whichever side it is for."""
        side, now = self._sides.get(packet.target.host), self._now()
        if side == self._client:
            at = self._line.descend(packet, now)
            if at is not None:
                self._meter(packet, at)
                self._later(at, side, data)
        elif side is not None:
            self._later(now + self._line.shape.far, side, data)

    async def _ask(self, probe: Probe) -> None:
        censor = self._line.censor
        answer = await ask(probe)
        if censor is not None and censor is self._line.censor:
            censor.handle(answer, self._now())

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    def _at(self, at: float, step: Step, packet: Packet, data: bytes) -> None:
        asyncio.get_running_loop().call_at(at + self._began, step, packet, data)

    def _later(self, at: float, file: int, data: bytes) -> None:
        asyncio.get_running_loop().call_at(at + self._began, _write, file, data)


def _give_up(
    ended: asyncio.Event, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
) -> None:
    """End the box: a lab whose rule has failed would pass for one that censors.

    What befalls a connection of a prober's alone is no such thing.
    """
    loop.default_exception_handler(context)
    if "handle" in context or "task" in context:
        ended.set()


def _write(file: int, data: bytes) -> None:
    # A device that is full loses a packet, as a line does.
    with suppress(BlockingIOError):
        os.write(file, data)
