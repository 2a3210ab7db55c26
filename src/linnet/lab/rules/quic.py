"""S4: QUIC is dropped for its version, or for the name in its first packet."""

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from linnet.errors import Malformed
from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.names import is_listed
from linnet.lab.packets import Endpoint, Packet, Protocol
from linnet.lab.quic_initial import VERSION_1, find_quic_hello
from linnet.lab.reactions import Reaction, Silence
from linnet.lab.tables import Table


@dataclass(frozen=True, slots=True)
class QuicVersionBlock(Rule):
    """Drop a flow once it has sent what looks like a first packet of QUIC version 1.

    Attributes:
        port: the target port that it looks at.
        shortest: octets of a datagram from which it looks.
        reaction: what follows; the flow is dropped both ways for 420 s.
    """

    ID: ClassVar[str] = "S4"
    SOURCE: ClassVar[str] = (
        "Xue et al., IMC 2022, for the TSPU; lengths and seconds from memory"
    )

    port: int = 443
    shortest: int = 1_001
    reaction: Reaction = field(default_factory=partial(Silence, seconds=(420.0, 420.0)))

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop a datagram that begins QUIC, and what follows it."""
        if seen.packet.protocol is not Protocol.UDP:
            return PASS
        because = "it begins QUIC version 1" if self._catches(seen.packet) else ""
        return self.reaction.react(seen, now, because)

    def _catches(self, packet: Packet) -> bool:
        # The published rule does not even look at the first octet.
        return (
            packet.target.port == self.port
            and len(packet.payload) >= self.shortest
            and packet.payload[1:5] == VERSION_1.to_bytes(4)
        )


@dataclass(slots=True, eq=False)
class QuicNameBlock(Rule):
    """Open the first datagram of a flow, and block its sender for a name in it.

    Only the first datagram is looked at, so that any other before it, or a ClientHello
    that is longer than one, goes through.

    Attributes:
        names: what may not be asked for, with all that is below it.
        memory: seconds without a datagram after which a flow is new again.
        joins_frames: put a ClientHello together that is in several CRYPTO frames of the
            datagram, or behind other frames. The published box does not.
        reaction: what follows; for 180 s the host is not heard at the target's port.
    """

    ID: ClassVar[str] = "S4"
    SOURCE: ClassVar[str] = (
        "Exposing and Circumventing SNI-based QUIC Censorship of the Great Firewall of"
        " China, USENIX Security 2025, and its artifact"
    )

    names: frozenset[str]
    memory: float = 60.0
    joins_frames: bool = False
    reaction: Reaction = field(default_factory=Silence.of_china)
    _known: Table[tuple[Endpoint, Endpoint], bool] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin with no flow seen."""
        self._known = Table(self.memory)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Judge the first datagram of a flow, and go on with who was caught."""
        if seen.packet.protocol is not Protocol.UDP:
            return PASS
        ends = seen.flow.client, seen.flow.server
        is_first = not self._known.find(ends, now)
        self._known.put(ends, True, now)
        because = "the name in its Initial is on the list"
        catches = is_first and self._catches(seen.packet)
        return self.reaction.react(seen, now, because if catches else "")

    def _catches(self, packet: Packet) -> bool:
        if packet.source.port <= packet.target.port:
            return False
        joins = self.joins_frames
        try:
            hello = find_quic_hello(packet.payload, joins_frames=joins)
        except Malformed:
            return False
        return hello is not None and is_listed(hello.name, self.names)
