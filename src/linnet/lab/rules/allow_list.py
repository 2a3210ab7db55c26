"""S11: nothing but what is listed, as on Russia's mobile networks."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import ClassVar

from linnet.lab.buckets import Bucket
from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Direction, Flow, Seen
from linnet.lab.names import is_listed
from linnet.lab.packets import Endpoint, Protocol
from linnet.lab.tables import Table

GOOGLE = Endpoint.at("8.8.8.8", 53)


@dataclass(slots=True, eq=False)
class AllowList(Rule):
    """Let a connection be opened, then drop what it says unless both lists hold it.

    Attributes:
        networks: where something may go.
        names: what a ClientHello may ask for there, with all names below them.
        resolvers: who may be asked for names, over UDP.
        by_name: the milder form: the name alone decides.
        slows: the other milder form: 14 kbit/s for a client instead of nothing.
        bits: that rate, a second.
        burst: octets that may come at once at that rate (assumed).
        patience: octets of a ClientHello that may come before it is whole (assumed).
    """

    ID: ClassVar[str] = "S11"
    SOURCE: ClassVar[str] = (
        "net4people/bbs#516, #650; hxehex/russia-mobile-internet-whitelist"
    )

    networks: tuple[IPv4Network, ...]
    names: frozenset[str]
    resolvers: tuple[Endpoint, ...] = (GOOGLE,)
    by_name: bool = False
    slows: bool = False
    bits: float = 14_000
    burst: int = 3_000
    patience: int = 4_096
    _buckets: Table[IPv4Address, Bucket] = field(
        default_factory=Table, init=False, repr=False
    )

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop what is not listed, or slow it down."""
        if self._is_allowed(seen):
            return PASS
        client = seen.flow.client.host
        if self.slows and self._bucket(client, now).takes(seen.packet.size, now):
            return PASS
        return Verdict(drops=True, because="it is not on the list")

    def _is_allowed(self, seen: Seen) -> bool:
        flow = seen.flow
        if flow.protocol is Protocol.UDP:
            return flow.server in self.resolvers
        if flow.protocol is Protocol.ICMP:
            return False
        return not seen.packet.payload or self._may_speak(seen)

    def _may_speak(self, seen: Seen) -> bool:
        flow = seen.flow
        host = flow.server.host
        if not self.by_name and not any(host in network for network in self.networks):
            return False
        if flow.hello is None:
            return seen.direction is Direction.UP and self._may_be_a_hello(flow)
        return is_listed(flow.name, self.names)

    def _may_be_a_hello(self, flow: Flow) -> bool:
        # Who never ends the hello that it begins would otherwise never be judged.
        return bool(flow.is_tls) and flow.up.octets <= self.patience

    def _bucket(self, client: IPv4Address, now: float) -> Bucket:
        fresh = Bucket(self.bits, self.burst, now)
        return self._buckets.find(client, now) or self._buckets.put(client, fresh, now)
