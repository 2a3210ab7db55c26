"""S13: a recognised flow becomes slow, by drops and never by delay."""

from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from linnet.lab.buckets import Bucket
from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Direction, Flow, Seen
from linnet.lab.recognition import Recognition
from linnet.lab.tables import Table


@dataclass(slots=True, eq=False)
class Throttle(Rule):
    """Police a recognised flow to a rate: what is too fast is dropped.

    Each direction has a bucket of its own.

    Attributes:
        recognises: what gives a flow away; it stays slow from that packet on.
        bits: the least and the most of a second's; drawn for each flow.
        burst: octets that may come at once (assumed).
        upload_only: leave what the server sends alone (its rate is assumed).
    """

    ID: ClassVar[str] = "S13"
    SOURCE: ClassVar[str] = (
        "censoredplanet.org/throttling, 2021; Xue et al., IMC 2022, for 650 B/s; "
        "net4people/bbs#586 for upload"
    )

    recognises: Recognition
    bits: tuple[float, float] = (128_000, 150_000)
    burst: int = 16_000
    upload_only: bool = False
    _buckets: Table[int, dict[Direction, Bucket]] = field(
        default_factory=Table, init=False, repr=False
    )

    @classmethod
    def to_a_trickle(cls, recognises: Recognition) -> "Throttle":
        """The form of February and March 2022: 600 to 700 octets a second."""
        return cls(recognises, (8 * 600, 8 * 700), burst=1_500)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop what a recognised flow's bucket has no room for."""
        flow = seen.flow
        buckets = self._buckets.find(flow.seed, now)
        if buckets is None and self.recognises(seen):
            buckets = self._buckets.put(flow.seed, self._fill(flow, now), now)
        bucket = buckets.get(seen.direction) if buckets else None
        if bucket is None or bucket.takes(seen.packet.size, now):
            return PASS
        return Verdict(drops=True, because="the flow is above its rate")

    def _fill(self, flow: Flow, now: float) -> dict[Direction, Bucket]:
        least, most = self.bits
        rate = least + (most - least) * flow.chance(self.ID)
        ways = [Direction.UP] if self.upload_only else list(Direction)
        return {way: Bucket(rate, self.burst, now) for way in ways}


@dataclass(slots=True, eq=False)
class Capacity(Rule):
    """Keep a part of a recognised flow's packets and drop the rest by chance.

    Attributes:
        recognises: what gives a flow away.
        chances: the dice that every packet is thrown with.
        keeps: the part that passes; people notice it from 0.02 to 0.1.
    """

    ID: ClassVar[str] = "S13"
    SOURCE: ClassVar[str] = "DanielLavrushin/tspu-docs, 2026; net4people/bbs#578"

    recognises: Recognition
    chances: Random
    keeps: float = 0.05
    _flows: Table[int, bool] = field(default_factory=Table, init=False, repr=False)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Throw the dice for a packet of a recognised flow."""
        key = seen.flow.seed
        if not self._flows.find(key, now):
            if not self.recognises(seen):
                return PASS
            self._flows.put(key, True, now)
        if self.chances.random() < self.keeps:
            return PASS
        return Verdict(drops=True, because="its protocol has little capacity")
