"""S16: everything is lost but for names asked of the provider."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.packets import Endpoint, Protocol


@dataclass(frozen=True, slots=True, eq=False)
class Shutdown(Rule):
    """Let UDP to one resolver pass, and almost nothing else.

    Attributes:
        resolver: the provider's, with its port.
        chances: the dice that every other packet is thrown with.
        loss: the part of these that is lost.
    """

    ID: ClassVar[str] = "S16"
    SOURCE: ClassVar[str] = "net4people/bbs#561, Iran, January and February 2026"

    resolver: Endpoint
    chances: Random
    loss: float = 0.98

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Throw the dice for what does not go to the resolver or come from it."""
        flow = seen.flow
        if flow.protocol is Protocol.UDP and flow.server == self.resolver:
            return PASS
        if self.chances.random() >= self.loss:
            return PASS
        return Verdict(drops=True, because="the country is cut off")
