"""S6: what looks like nothing at all is taken for a circumvention tool."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from itertools import groupby, takewhile
from typing import ClassVar

from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Direction, Seen
from linnet.lab.packets import Protocol
from linnet.lab.reactions import Reaction, Silence

_VERBS = (b"GET ", b"PUT ", b"POST ", b"HEAD ")
_TLS_RECORDS = (0x16, 0x17)


@dataclass(frozen=True, slots=True)
class FullyEncrypted(Rule):
    """Block a client from a port whose first payload is like random octets.

    Attributes:
        networks: where it looks: the ranges of popular hosters, about 2 % of all.
        share: the part of such flows that is blocked.
        fewest_bits: ones an octet, on average, at or below which a payload passes.
        most_bits: ones an octet at or above which it passes.
        printable_start: printable octets at its beginning with which it passes.
        printable_share: the part of it that may be printable; with more it passes.
        printable_run: the longest run of printable octets; with a longer it passes.
        newest_minor: the last minor version that is taken for one of TLS. The paper
            says 9; the program that was published with it takes 15.
        reaction: what follows; for 180 s the client's host is not heard at the port.
    """

    ID: ClassVar[str] = "S6"
    SOURCE: ClassVar[str] = (
        "Wu et al., USENIX Security 2023, and its artifact; ended in March 2023"
    )

    networks: tuple[IPv4Network, ...]
    share: float = 0.263
    fewest_bits: float = 3.4
    most_bits: float = 4.6
    printable_start: int = 6
    printable_share: float = 0.5
    printable_run: int = 20
    newest_minor: int = 0x09
    reaction: Reaction = field(default_factory=Silence.of_china)

    @classmethod
    def of(cls, networks: Iterable[str], *, share: float = 0.263) -> "FullyEncrypted":
        """Look at networks in the usual notation."""
        return cls(tuple(map(IPv4Network, networks)), share)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Judge the first payload of a flow, and go on with who was caught."""
        if seen.packet.protocol is not Protocol.TCP:
            return PASS
        because = "the first payload is like random octets"
        return self.reaction.react(seen, now, because if self._catches(seen) else "")

    def _catches(self, seen: Seen) -> bool:
        payload, flow = seen.packet.payload, seen.flow
        return (
            bool(payload)
            and seen.direction is Direction.UP
            and flow.up.octets == len(payload)
            and any(flow.server.host in network for network in self.networks)
            and not self.exemption(payload)
            and flow.chance(self.ID) < self.share
        )

    def exemption(self, payload: bytes) -> str:
        """Say why a payload that is not empty passes; "" if it does not."""
        printable = [0x20 <= octet <= 0x7E for octet in payload]
        runs = (sum(1 for _ in run) for yes, run in groupby(printable) if yes)
        bits = int.from_bytes(payload).bit_count() / len(payload)
        start = sum(takewhile(bool, printable))
        if not self.fewest_bits < bits < self.most_bits:
            return "its ones are too few or too many"
        if start >= self.printable_start:
            return "its beginning is printable"
        if sum(printable) / len(payload) > self.printable_share:
            return "most of it is printable"
        if max(runs, default=0) > self.printable_run:
            return "a long part of it is printable"
        return self._known(payload)

    def _known(self, payload: bytes) -> str:
        is_record = payload[0] in _TLS_RECORDS and payload[1:2] == b"\3"
        if is_record and len(payload) > 2 and payload[2] <= self.newest_minor:
            return "it begins as TLS does"
        return "it begins as HTTP does" if payload.startswith(_VERBS) else ""
