"""S14: calls are recognised by STUN and by DTLS, and made useless or dropped."""

from dataclasses import dataclass, field
from typing import ClassVar

from linnet.errors import Malformed
from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.dtls import read_flight
from linnet.lab.flows import Seen
from linnet.lab.packets import Protocol
from linnet.lab.tables import Table

TURN_PORTS = frozenset({3478, 5349})
"""Where TURN and TURN over TLS are by default (RFC 8656 §3.1)."""

_CALL = "its flow begins with STUN"
_LISTED = "its DTLS is on the list"
_MAGIC = 0x2112A442
_STUN_HEADER = 20


@dataclass(slots=True, eq=False)
class CallBlock(Rule):
    """Keep a small part of what belongs to a call, and drop what a list names.

    Attributes:
        looks_at: datagrams at a flow's beginning, of both directions, in which STUN
            gives a call away; 0 turns that off. What comes before them hides it.
        keeps: the part of such a flow's datagrams that goes on: 0.05 makes a call
            unbearable without ending it, 0 drops it.
        fingerprints: JA4 of DTLS ClientHellos; a flow with one of them is dropped.
        drops_verified: drop a flow in which a HelloVerifyRequest is sent.
        closed_ports: servers' ports that are closed for TCP and UDP (`TURN_PORTS`).
    """

    ID: ClassVar[str] = "S14"
    SOURCE: ClassVar[str] = (
        "Russia 08/2025: youtubeUnblock#265, tdesktop#31045; TSPU manual (bbs#578) for"
        " the part kept; bbs#603 and pion/dtls#409 for DTLS"
    )

    looks_at: int = 3
    keeps: float = 0.05
    fingerprints: frozenset[str] = frozenset()
    drops_verified: bool = False
    closed_ports: frozenset[int] = frozenset()
    _known: Table[int, str] = field(default_factory=Table, init=False, repr=False)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop a packet, or let it be one of the few that go on."""
        flow, protocol = seen.flow, seen.packet.protocol
        if protocol is Protocol.ICMP:
            return PASS
        if flow.server.port in self.closed_ports:
            return Verdict(drops=True, because="the port is one of TURN")
        if protocol is not Protocol.UDP:
            return PASS
        known = self._known.find(flow.seed, now)
        if known != _LISTED and self._names(seen.packet.payload):
            known = self._known.put(flow.seed, _LISTED, now)
        elif not known and self._shows_call(seen):
            known = self._known.put(flow.seed, _CALL, now)
        if not known:
            return PASS
        # Each datagram falls for itself, and in a run that is repeated as before.
        keeps = flow.chance(f"{self.ID} {flow.packets}") < self.keeps
        return Verdict(drops=known == _LISTED or not keeps, because=known)

    def _shows_call(self, seen: Seen) -> bool:
        return seen.flow.packets <= self.looks_at and is_stun(seen.packet.payload)

    def _names(self, datagram: bytes) -> bool:
        if not self.fingerprints and not self.drops_verified:
            return False
        try:
            flight = read_flight(datagram)
        except Malformed:
            return False
        if self.drops_verified and flight.verifies:
            return True
        hello = flight.hello
        return hello is not None and hello.ja4("d") in self.fingerprints


def is_stun(datagram: bytes) -> bool:
    """Whether a datagram looks like a message of STUN (RFC 8489 §5)."""
    return (
        len(datagram) >= _STUN_HEADER
        and datagram[0] & 0xC0 == 0
        and datagram[3] & 3 == 0
        and int.from_bytes(datagram[4:8]) == _MAGIC
        and int.from_bytes(datagram[2:4]) <= len(datagram) - _STUN_HEADER
    )
