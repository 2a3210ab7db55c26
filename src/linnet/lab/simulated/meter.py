"""What passes a line, counted for each flow and together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from linnet.lab.packets import Endpoint, Flags, Packet, Protocol


@dataclass(slots=True)
class Count:
    """Packets of one direction; `octets` with their headers, `payload` without."""

    packets: int = 0
    octets: int = 0
    payload: int = 0

    def add(self, packet: Packet) -> None:
        """Count a packet."""
        self.packets += 1
        self.octets += packet.size
        self.payload += len(packet.payload)

    def __add__(self, other: "Count") -> "Count":
        """Sum two."""
        return Count(
            self.packets + other.packets,
            self.octets + other.octets,
            self.payload + other.payload,
        )


@dataclass(slots=True)
class Figures:
    """What passed between two ends, from who spoke first.

    Attributes:
        began: when the first packet passed.
        last: when the last one did.
        connections: how often TCP was opened, answered or not.
    """

    client: Endpoint
    server: Endpoint
    protocol: Protocol
    began: float
    last: float
    up: Count = field(default_factory=Count)
    down: Count = field(default_factory=Count)
    connections: int = 0


class Meter:
    """Counts what it is shown; give it to ``Line.watch``.

    It stands where the hosts are: what they sent counts though it was lost on the way,
    what was lost on its way to them does not.
    """

    def __init__(self) -> None:
        self.flows: dict[tuple[Protocol, Endpoint, Endpoint], Figures] = {}
        self._opened: dict[tuple[Protocol, Endpoint, Endpoint], int] = {}

    def __call__(self, packet: Packet, now: float) -> None:
        """Count a packet."""
        key = packet.protocol, packet.source, packet.target
        back = packet.protocol, packet.target, packet.source
        if back in self.flows:
            figures, count = self.flows[back], self.flows[back].down
        else:
            if key not in self.flows:
                self.flows[key] = Figures(
                    packet.source, packet.target, packet.protocol, now, now
                )
            figures, count = self.flows[key], self.flows[key].up
        figures.last = now
        count.add(packet)
        is_syn = packet.flags & (Flags.SYN | Flags.ACK) == Flags.SYN
        # A SYN that is said again has the number it had.
        if is_syn and self._opened.get(key) != packet.sequence:
            self._opened[key] = packet.sequence
            figures.connections += 1

    def of(self, host: IPv4Address) -> list[Figures]:
        """Return the flows with a server, in the order in which they began."""
        return [one for one in self.flows.values() if one.server.host == host]

    @property
    def connections(self) -> int:
        """How often TCP was opened, by anybody."""
        return sum(one.connections for one in self.flows.values())

    @property
    def up(self) -> Count:
        """Everything that went from who spoke first."""
        return sum((one.up for one in self.flows.values()), Count())

    @property
    def down(self) -> Count:
        """Everything that came back."""
        return sum((one.down for one in self.flows.values()), Count())


def table(figures: Iterable[Figures]) -> str:
    """Write figures as a table: a line for each flow, octets with their headers."""
    counted = f"{'up':>6}{'octets':>9}{'down':>6}{'octets':>9}"
    lines = [f"{'flow':<48}{'s':>8}{'conn':>5}{counted}"]
    for one in figures:
        name = f"{one.protocol.name} {one.client} > {one.server}"
        seconds = one.last - one.began
        ways = one.up, one.down
        counts = "".join(f"{way.packets:>6}{way.octets:>9}" for way in ways)
        lines.append(f"{name:<48}{seconds:>8.2f}{one.connections:>5}{counts}")
    return "\n".join(lines)
