"""S12: only what looks like DNS, HTTP or TLS, and no UDP but DNS, as in Iran."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import ClassVar

from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Direction, Seen
from linnet.lab.packets import Protocol
from linnet.lab.tables import Table

DNS = 53
_VERBS = (b"GET ", b"POST ", b"HEAD ", b"CONNECT ", b"OPTIONS ", b"DELETE ", b"PUT ")
_DNS_HEADER = 12


@dataclass(slots=True)
class _Start:
    """How a client began a flow, as its packets came; a box here joins nothing."""

    data: bytes = b""
    packets: int = 0
    until: float = 0.0


@dataclass(slots=True, eq=False)
class ProtocolFilter(Rule):
    """Drop other ports and other protocols, and all of some hosters.

    The first packet with data goes on, for it is judged with the second. The server's
    packets always do.

    Attributes:
        hosters: networks that are dropped whole.
        ports: of TCP; any of the three protocols may be spoken at any of them.
        judged: how many packets with data are looked at, together.
        lasts: seconds of silence from a client, whose packets are dropped until then.
    """

    ID: ClassVar[str] = "S12"
    SOURCE: ClassVar[str] = (
        "Bock et al., FOCI 2020; net4people/bbs#49; bbs#489 for June 2025"
    )

    hosters: tuple[IPv4Network, ...] = ()
    ports: frozenset[int] = frozenset({53, 80, 443})
    judged: int = 2
    lasts: float = 60.0
    _starts: Table[int, _Start] = field(default_factory=Table, init=False, repr=False)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop what is not one of the few things that may pass."""
        because = self._complaint(seen) or (
            self._strangeness(seen, now) if seen.packet.protocol is Protocol.TCP else ""
        )
        return Verdict(drops=True, because=because) if because else PASS

    def _complaint(self, seen: Seen) -> str:
        server, protocol = seen.flow.server, seen.packet.protocol
        if any(server.host in network for network in self.hosters):
            return "the hoster is on the list"
        if protocol is Protocol.UDP and server.port != DNS:
            return "UDP is closed but for DNS"
        if protocol is Protocol.TCP and server.port not in self.ports:
            return "the port is closed"
        return ""

    def _strangeness(self, seen: Seen, now: float) -> str:
        if seen.direction is Direction.DOWN:
            return ""
        key = seen.flow.seed
        start = self._starts.find(key, now) or self._starts.put(key, _Start(), now)
        if seen.packet.payload and start.packets < self.judged:
            start.packets += 1
            start.data += seen.packet.payload
            if start.packets == self.judged and not is_known(start.data):
                start.until = now + self.lasts
        if now >= start.until:
            return ""
        start.until = now + self.lasts
        return "it begins as none of the protocols that may pass"


def is_known(data: bytes) -> bool:
    """Whether what a client said first looks like TLS, HTTP or DNS over TCP.

    How the filter knows DNS is not in what was read: its form is RFC 1035's (assumed).
    """
    is_tls = data[:2] == b"\x16\3" and data[2:3] in (b"\1", b"\2", b"\3")
    is_http = len(data) >= 8 and data.startswith(_VERBS)
    return (is_tls and len(data) >= 5) or is_http or _looks_like_dns(data)


def _looks_like_dns(data: bytes) -> bool:
    length, header = int.from_bytes(data[:2]), data[2 : 2 + _DNS_HEADER]
    if len(header) < _DNS_HEADER or length < _DNS_HEADER:
        return False
    is_query, questions = not header[2] & 0x80, int.from_bytes(header[4:6])
    return is_query and questions == 1 and length <= len(data) - 2
