"""A censor: rules that see every packet of a line, and say what becomes of it.

A pure machine. In the simulated lab and in the real one it is the same: who moves
packets performs its effects.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from linnet.lab.flows import SHARP, Flows, Seen, Sight
from linnet.lab.packets import Packet


@dataclass(frozen=True, slots=True)
class Forward:
    """Let a packet go on."""

    packet: Packet


@dataclass(frozen=True, slots=True)
class Inject:
    """Put a packet of the censor's own on the line, after so many seconds."""

    packet: Packet
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Probe:
    """Connect to a server as a client of it would, and see what it answers (S7)."""

    number: int
    packet: Packet
    """Its target is whom to ask, its payload what to say."""
    kind: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Ruled:
    """A line of the log: what a rule did, and why."""

    rule: str
    packet: Packet
    act: str
    because: str
    at: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What a probe met: everything it was told, and whether the server closed."""

    number: int
    data: bytes
    closed: bool
    seconds: float
    certificate: bytes = b""
    """The certificate that it showed, in DER. In TLS 1.3 it is encrypted: who probes
    with a ClientHello shakes hands for the name in it, to see this as well."""


Effect = Forward | Inject | Probe | Ruled


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one packet; nothing said is that it may go on."""

    drops: bool = False
    because: str = ""
    injects: tuple[Inject, ...] = ()
    probes: tuple[Probe, ...] = ()


PASS = Verdict()


class Rule(ABC):
    """One published way of blocking, with its numbers as fields."""

    ID: ClassVar[str]
    """Its scenario in the table, such as "S8"."""
    SOURCE: ClassVar[str]
    """Where it was published."""

    @abstractmethod
    def judge(self, seen: Seen, now: float) -> Verdict:
        """Say what becomes of a packet that came at `now`, in seconds."""

    def learn(self, answer: Answered, now: float) -> None:  # noqa: B027  # most ask nobody
        """Take in what a probe of this rule's met."""


class Censor:
    """Rules in the order in which a packet meets them; the first that drops ends it."""

    def __init__(
        self, rules: Sequence[Rule], chances: Random, sight: Sight = SHARP
    ) -> None:
        """Begin with rules, and with how well the box sees."""
        self._rules, self._flows = tuple(rules), Flows(sight, chances)

    def handle(self, event: Packet | Answered, now: float) -> list[Effect]:
        """Judge a packet, or take in what a probe met."""
        if isinstance(event, Answered):
            for rule in self._rules:
                rule.learn(event, now)
            return []
        return list(self._judge(event, now))

    def _judge(self, packet: Packet, now: float) -> Iterable[Effect]:
        seen = self._flows.see(packet, now)
        for rule in self._rules:
            verdict = rule.judge(seen, now)
            if verdict is PASS:
                continue
            act = "drop" if verdict.drops else "pass"
            yield Ruled(rule.ID, packet, act, verdict.because, now)
            yield from verdict.injects
            yield from verdict.probes
            if verdict.drops:
                return
        yield Forward(packet)
