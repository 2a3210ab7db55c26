"""S8: a flow to a foreign hoster falls silent after its first 25 packets (l4-25)."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import ClassVar

from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Flow, Seen
from linnet.lab.names import is_listed
from linnet.lab.packets import Protocol


@dataclass(frozen=True, slots=True)
class Freeze(Rule):
    """Let a flow begin, then drop all of it in both directions, without a reset.

    Attributes:
        networks: the foreign hosters.
        allowed: names that are left alone, with all names below them.
        packets: how many pass, of both directions together, empty ones counted.
        share: the part of all flows that is treated so.
        spared: ports of servers that are left alone.
        by_octets: the older form: count what a TCP server sends instead.
        octets: the least and the most that it may send then; drawn for each flow.
    """

    ID: ClassVar[str] = "S8"
    SOURCE: ClassVar[str] = "net4people/bbs#490; hyperion-cs/dpi-checkers"

    networks: tuple[IPv4Network, ...]
    allowed: frozenset[str] = frozenset()
    packets: int = 25
    share: float = 0.8
    spared: frozenset[int] = frozenset({22})
    by_octets: bool = False
    octets: tuple[int, int] = (15_000, 20_000)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop what comes after a flow's share."""
        flow = seen.flow
        if not self._is_over(flow) or not self._is_meant(flow):
            return PASS
        return Verdict(drops=True, because="the flow has had what it may have")

    def _is_over(self, flow: Flow) -> bool:
        if flow.protocol is Protocol.ICMP:
            return False
        if not self.by_octets:
            return flow.packets > self.packets
        least, most = self.octets
        bound = least + (most - least) * flow.chance(f"{self.ID} octets")
        return flow.protocol is Protocol.TCP and flow.down.octets > bound

    def _is_meant(self, flow: Flow) -> bool:
        return (
            flow.server.port not in self.spared
            and any(flow.server.host in network for network in self.networks)
            and not is_listed(flow.name, self.allowed)
            and flow.chance(self.ID) < self.share
        )
