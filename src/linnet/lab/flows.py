"""What a box in the path remembers of a flow: who began it, and what was said first.

A box sees packets, not connections. It counts them, and puts the beginning of each
direction together as far as it was told to.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

from linnet.errors import Malformed
from linnet.lab.hellos import ClientHello, find_hello
from linnet.lab.packets import Endpoint, Flags, Packet, Protocol

BEGINNING = 16_384
"""Octets of each direction that a box keeps for reading."""

MOST_WAITING = 64
"""Segments of each direction that may wait for one that is missing."""

FORGET_AFTER = 480.0
"""Seconds without a packet after which a box takes a flow for ended."""


class Direction(Enum):
    """Which way a packet goes, seen from who began the flow."""

    UP = auto()
    DOWN = auto()


@dataclass(frozen=True, slots=True)
class Sight:
    """How well a box sees (censorship.md §6: both differ from node to node)."""

    joins_segments: bool = True
    joins_records: bool = True


SHARP = Sight()


@dataclass(slots=True)
class Beginning:
    """The first octets of one direction, as a box has put them together."""

    data: bytes = b""
    packets: int = 0
    octets: int = 0
    first: bytes = b""
    _next: int | None = None
    _waiting: dict[int, bytes] = field(default_factory=dict)

    def add(self, packet: Packet, *, joins: bool) -> None:
        """Count a packet, and keep what it holds if it belongs to the beginning."""
        self.packets += 1
        self.octets += len(packet.payload)
        if packet.protocol is Protocol.TCP and self._next is None:
            self._next = packet.sequence + bool(packet.flags & Flags.SYN)
        if not packet.payload:
            return
        self.first = self.first or packet.payload
        if not joins or packet.protocol is not Protocol.TCP:
            self.data = packet.payload[:BEGINNING]
        elif len(self.data) < BEGINNING:
            self._join(packet)

    def _join(self, packet: Packet) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.setdefault(packet.sequence, packet.payload)
        following = self._next or 0
        for start in sorted(self._waiting, key=lambda at: _distance(following, at)):
            ahead = _distance(following, start)
            if ahead > 0:
                break
            # What was sent twice is read once.
            fresh = self._waiting.pop(start)[-ahead:]
            self.data = (self.data + fresh)[:BEGINNING]
            following = (following + len(fresh)) % 2**32
        self._next = following


@dataclass(slots=True)
class Flow:
    """A flow between two ends, as a box remembers it."""

    client: Endpoint
    server: Endpoint
    protocol: Protocol
    began: float
    seen: float
    seed: int = 0
    up: Beginning = field(default_factory=Beginning)
    down: Beginning = field(default_factory=Beginning)
    hello: ClientHello | None = None
    is_tls: bool | None = None
    """Whether it begins as TLS does; None while that cannot be said."""

    @property
    def packets(self) -> int:
        """Packets of both directions."""
        return self.up.packets + self.down.packets

    def chance(self, rule: str) -> float:
        """Where it falls, from 0 to 1, for a rule that is applied to a part of all."""
        return Random(f"{self.seed} {rule}").random()  # noqa: S311  # a lab's dice

    @property
    def name(self) -> str:
        """The server name that it was opened for; "" where none was seen."""
        return self.hello.name if self.hello else ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One packet, as a rule is shown it."""

    packet: Packet
    flow: Flow
    direction: Direction
    hello: ClientHello | None
    """The ClientHello, with the packet that completed it and with no other."""


class Flows:
    """All flows that pass a box."""

    def __init__(self, sight: Sight, chances: Random) -> None:
        """Begin without any; `chances` is where each flow's seed comes from."""
        self._sight, self._chances = sight, chances
        self._flows: dict[tuple[Protocol, Endpoint, Endpoint], Flow] = {}

    def see(self, packet: Packet, now: float) -> Seen:
        """Count a packet in its flow, and read what it completes."""
        flow, direction = self._find(packet, now)
        flow.seen = now
        way = flow.up if direction is Direction.UP else flow.down
        way.add(packet, joins=self._sight.joins_segments)
        is_telling = direction is Direction.UP and packet.payload
        hello = self._read(flow) if is_telling and flow.hello is None else None
        return Seen(packet, flow, direction, hello)

    def _find(self, packet: Packet, now: float) -> tuple[Flow, Direction]:
        protocol, source, target = packet.protocol, packet.source, packet.target
        opens = packet.flags & (Flags.SYN | Flags.ACK) == Flags.SYN
        for ends, direction in (
            ((source, target), Direction.UP),
            ((target, source), Direction.DOWN),
        ):
            flow = self._flows.get((protocol, *ends))
            if flow and now - flow.seen < FORGET_AFTER and not (opens and flow.up.data):
                return flow, direction
        flow = Flow(source, target, protocol, now, now, self._chances.getrandbits(64))
        self._flows.pop((protocol, target, source), None)
        self._flows[protocol, source, target] = flow
        return flow, Direction.UP

    def _read(self, flow: Flow) -> ClientHello | None:
        if flow.is_tls is False or flow.protocol is not Protocol.TCP:
            return None
        joins = self._sight.joins_records
        try:
            hello = find_hello(flow.up.data, joins_records=joins)
        except Malformed:
            # A box that joins nothing reads the next segment as if it were the first.
            flow.is_tls = False if self._sight.joins_segments else None
            return None
        flow.is_tls, flow.hello = True, hello
        return hello


def _distance(origin: int, other: int) -> int:
    """How far a sequence number is ahead of another, from -2^31 to 2^31 - 1."""
    return (other - origin + 2**31) % 2**32 - 2**31
