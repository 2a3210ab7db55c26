"""S9: too many ClientHellos of one kind, and that kind is dropped ("Siberian")."""

from collections import deque
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import ClassVar

from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Direction, Flow, Seen
from linnet.lab.tables import Table

CHROME = frozenset(
    {
        "t13d1515h1_8daaf6152771_0a20fe35d3a5",
        "t13d1515h1_8daaf6152771_de4a06bb82e3",
        "t13d1515h1_8daaf6152771_e4c2b8c727f2",
        "t13d1516h1_8daaf6152771_1a63afa7c478",
        "t13d1516h1_8daaf6152771_5b37b36a67c0",
        "t13d1516h2_8daaf6152771_02713d6af862",
        "t13d1516h2_8daaf6152771_806a8c22fdea",
        "t13d1516h2_8daaf6152771_d8a2da3f94cd",
        "t13d1516h2_8daaf6152771_e5627efa2ab1",
        "t13d1517h2_8daaf6152771_b1ff8ab2d16f",
        "t13d1517h2_8daaf6152771_cb7bf5808d99",
    }
)
"""JA4 of Chrome 99 to 152, with HTTP/2 and without, as curl_cffi 0.17.0 speaks it."""

Key = tuple[IPv4Address, str, str]
"""The network of a target, the name asked for, and the JA4 that asked."""


@dataclass(slots=True)
class _Count:
    times: deque[float] = field(default_factory=deque)
    until: float = 0.0


@dataclass(slots=True, eq=False)
class HelloPolicing(Rule):
    """Drop the ClientHellos of a key for a while once there were too many.

    It asks no list of addresses: networks inside the country are policed as well. Those
    that it drops are not counted again.

    Attributes:
        fingerprints: the JA4 that are policed; any other may come as often as it likes.
        most: how many a key may have within the window (assumed; try 3, 4, 6, 12).
        window: in seconds (assumed).
        lasts: the least and the most seconds of a drop (assumed); drawn each time.
        prefix: how many bits of the target's address are in the key.
    """

    ID: ClassVar[str] = "S9"
    SOURCE: ClassVar[str] = (
        "XTLS/Xray-core#6293; net4people/bbs#546; N from hyperion-cs/dpi-checkers"
    )

    fingerprints: frozenset[str] = CHROME
    most: int = 4
    window: float = 10.0
    lasts: tuple[float, float] = (60.0, 120.0)
    prefix: int = 24
    _counts: Table[Key, _Count] = field(default_factory=Table, init=False, repr=False)
    _heard: Table[int, int] = field(default_factory=Table, init=False, repr=False)
    """How much of a flow's server was heard when its ClientHello came."""

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Count a ClientHello, and drop it or one that is sent again."""
        flow = seen.flow
        speaks = seen.direction is Direction.UP and seen.packet.payload
        if not speaks or not (key := self._key(flow)) or self._is_past(seen, now):
            return PASS
        count = self._counts.find(key, now) or self._counts.put(key, _Count(), now)
        if seen.hello and now >= count.until:
            self._count(count, flow, now)
        if now >= count.until:
            return PASS
        return Verdict(drops=True, because="too many ClientHellos of its kind")

    def _is_past(self, seen: Seen, now: float) -> bool:
        # Until the server answers, what the client says is its hello or that again.
        flow = seen.flow
        if seen.hello:
            self._heard.put(flow.seed, flow.down.octets, now)
        return self._heard.find(flow.seed, now) != flow.down.octets

    def _key(self, flow: Flow) -> Key | None:
        hello = flow.hello
        if hello is None or not hello.name or hello.resumes:
            return None
        fingerprint = hello.ja4()
        if fingerprint not in self.fingerprints:
            return None
        network = int(flow.server.host) >> 32 - self.prefix << 32 - self.prefix
        return IPv4Address(network), hello.name, fingerprint

    def _count(self, count: _Count, flow: Flow, now: float) -> None:
        times = count.times
        times.append(now)
        while now - times[0] >= self.window:
            times.popleft()
        if len(times) > self.most:
            least, most = self.lasts
            count.until = now + least + (most - least) * flow.chance(self.ID)
