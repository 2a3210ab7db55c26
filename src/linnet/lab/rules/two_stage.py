"""S15: a server is recognised, put on a list, and blocked minutes later."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from math import floor
from random import Random
from typing import ClassVar

from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.packets import Endpoint, Protocol
from linnet.lab.recognition import Recognition
from linnet.lab.tables import Table

Server = tuple[Protocol, Endpoint]


@dataclass(slots=True, eq=False)
class TwoStage(Rule):
    """Let recognised flows be and note their servers; later drop all that is theirs.

    Nothing takes a server off the list again.

    Attributes:
        recognises: the first stage: what gives a flow away.
        chances: what the time until a block is drawn from.
        packets: how many of a flow are logged, from the one that gave it away on,
            before it counts.
        clients: how many must have been seen with a server before it is listed: tau.
        every: seconds between two lists.
        delay: the least and the most seconds from a list to the block.
    """

    ID: ClassVar[str] = "S15"
    SOURCE: ClassVar[str] = (
        "DanielLavrushin/tspu-docs, 2026; net4people/bbs#578; fares 2026 for tau"
    )

    recognises: Recognition
    chances: Random
    packets: int = 3
    clients: int = 1
    every: float = 60.0
    delay: tuple[float, float] = (300.0, 900.0)
    _logged: Table[int, int] = field(default_factory=Table, init=False, repr=False)
    _clients: dict[Server, set[IPv4Address]] = field(
        default_factory=dict, init=False, repr=False
    )
    _blocked: dict[Server, float] = field(default_factory=dict, init=False, repr=False)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop what a blocked server sends or is sent; note what is recognised."""
        packet = seen.packet
        ends = (packet.target, packet.source)
        times = [self._blocked.get((packet.protocol, end), now + 1) for end in ends]
        if min(times) <= now:
            return Verdict(drops=True, because="the server is on the list")
        if not self._completes(seen, now):
            return PASS
        self._note(seen, now)
        return Verdict(because="a flow of its server was recognised")

    def _completes(self, seen: Seen, now: float) -> bool:
        key = seen.flow.seed
        logged = self._logged.find(key, now)
        if logged is None and not self.recognises(seen):
            return False
        return self._logged.put(key, (logged or 0) + 1, now) == self.packets

    def _note(self, seen: Seen, now: float) -> None:
        server = seen.flow.protocol, seen.flow.server
        clients = self._clients.setdefault(server, set())
        clients.add(seen.flow.client.host)
        if server not in self._blocked and len(clients) >= self.clients:
            listed = (floor(now / self.every) + 1) * self.every
            self._blocked[server] = listed + self.chances.uniform(*self.delay)
