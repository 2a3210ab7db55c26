"""S1: whole addresses are blocked, in both directions and for every protocol."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import ClassVar

from linnet.lab.censor import PASS, Inject, Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.packets import Flags


@dataclass(frozen=True, slots=True)
class AddressBlock(Rule):
    """Drop all that goes to or comes from some networks.

    Attributes:
        networks: where nothing may go.
        resets: answer a server's SYN/ACK with a reset instead of letting it vanish.
    """

    ID: ClassVar[str] = "S1"
    SOURCE: ClassVar[str] = (
        "Xue et al., IMC 2022; net4people/bbs#106; IRBlock 2025 for Iran's hosters"
    )

    networks: tuple[IPv4Network, ...]
    resets: bool = False

    @classmethod
    def of(cls, networks: Iterable[str], *, resets: bool = False) -> "AddressBlock":
        """Block networks in the usual notation."""
        return cls(tuple(map(IPv4Network, networks)), resets)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop what touches a listed network."""
        packet = seen.packet
        ends = (packet.source.host, packet.target.host)
        if not any(host in network for host in ends for network in self.networks):
            return PASS
        because = "the address is on the list"
        answer = Flags.SYN | Flags.ACK
        if not self.resets:
            return Verdict(drops=True, because=because)
        # The SYN goes out, so that there is an answer to turn into a reset.
        if packet.flags & answer == Flags.SYN:
            return PASS
        injects = (
            (Inject(packet.cut_to_reset()),) if packet.flags & answer == answer else ()
        )
        return Verdict(drops=True, because=because, injects=injects)
