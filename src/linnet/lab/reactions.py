"""What a box does to a flow that has given itself away, and for how long.

A rule says by what a flow is recognised; a reaction, which several rules share, does
the rest and remembers it. No two rules may have one reaction object.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, field

from linnet.lab.censor import PASS, Inject, Verdict
from linnet.lab.flows import Direction, Flow, Seen
from linnet.lab.packets import Endpoint, Flags, Protocol

MOST_CASES = 65_536
"""Cases that a box can keep; then it forgets the oldest."""


@dataclass(slots=True)
class Case:
    """Whom a box acts against: until when, and by whose octets it knew."""

    until: float
    known_by: tuple[Endpoint, int]
    because: str
    left: int = 0
    """Packets that may still pass, where some may."""


@dataclass(slots=True, kw_only=True)
class Reaction(ABC):
    """What follows when a flow is recognised.

    Attributes:
        seconds: the least and the most that a case is kept; drawn for each.
        by_triple: a case is every flow of the client's host with the server's port,
            not the one flow.
        extends: whatever is done in a case begins its time anew.
    """

    seconds: tuple[float, float]
    by_triple: bool = False
    extends: bool = False
    _cases: dict[Hashable, Case] = field(default_factory=dict, init=False, repr=False)

    def react(self, seen: Seen, now: float, because: str) -> Verdict:
        """Judge a packet; `because` says what gives its flow away, "" if it does not.

        A packet that is sent again gives its flow away again: a box that has
        forgotten the case reads it anew.
        """
        key = self._key(seen.flow)
        case = self._cases.get(key)
        if case is not None and now < case.until:
            return self._follow(seen, now, case)
        packet = seen.packet
        origin = packet.source, packet.sequence
        # Only TCP sends again what a number tells; every datagram has the same.
        is_again = packet.protocol is Protocol.TCP and bool(packet.payload)
        if case is not None and is_again and origin == case.known_by:
            because = because or case.because
        if not because:
            return PASS
        until = now + self._drawn("seconds", self.seconds, seen.flow)
        self._cases.pop(key, None)
        self._cases[key] = case = Case(until, origin, because)
        if len(self._cases) > MOST_CASES:
            del self._cases[next(iter(self._cases))]
        return self.begin(seen, case)

    @abstractmethod
    def begin(self, seen: Seen, case: Case) -> Verdict:
        """Say what becomes of the packet that gave its flow away."""

    @abstractmethod
    def follow(self, seen: Seen, case: Case) -> Verdict:
        """Say what becomes of a later one of the same case."""

    def _follow(self, seen: Seen, now: float, case: Case) -> Verdict:
        verdict = self.follow(seen, case)
        if self.extends and verdict is not PASS:
            case.until = now + self._drawn("seconds", self.seconds, seen.flow)
        return verdict

    def _key(self, flow: Flow) -> Hashable:
        client = flow.client.host if self.by_triple else flow.client
        return flow.protocol, client, flow.server

    def _drawn(self, what: str, between: tuple[float, float], flow: Flow) -> float:
        least, most = between
        chance = flow.chance(f"{type(self).__name__} {what}")
        return least + (most - least) * chance


@dataclass(slots=True, kw_only=True)
class Silence(Reaction):
    """Drop what gave the flow away and all that follows (SNI-IV of IMC 2022).

    Attributes:
        upward_only: what the server sends is let through.
        spares_first: what gave the flow away still arrives.
    """

    seconds: tuple[float, float] = (40.0, 40.0)
    upward_only: bool = False
    spares_first: bool = False

    @classmethod
    def of_china(cls) -> "Silence":
        """What the client's host says after that does not reach the server's port."""
        return cls(
            seconds=(180.0, 180.0), by_triple=True, upward_only=True, spares_first=True
        )

    def begin(self, seen: Seen, case: Case) -> Verdict:
        """Drop it, unless it is spared."""
        return Verdict(drops=not self.spares_first, because=case.because)

    def follow(self, seen: Seen, case: Case) -> Verdict:
        """Drop it if it goes the way that is closed."""
        if self.upward_only and seen.direction is Direction.DOWN:
            return PASS
        return Verdict(drops=True, because=case.because)


@dataclass(slots=True, kw_only=True)
class Countdown(Reaction):
    """Let some packets of either side pass, then drop both ways (SNI-II of IMC 2022).

    Attributes:
        allowed: the least and the most that pass after the first; drawn for each case.
    """

    seconds: tuple[float, float] = (420.0, 420.0)
    allowed: tuple[int, int] = (5, 8)

    def begin(self, seen: Seen, case: Case) -> Verdict:
        """Let it go to the server, and begin to count."""
        least, most = self.allowed
        case.left = int(self._drawn("allowed", (least, most + 1), seen.flow))
        return Verdict(because=case.because)

    def follow(self, seen: Seen, case: Case) -> Verdict:
        """Drop it once the count is used up."""
        if case.left > 0:
            case.left -= 1
            return PASS
        return Verdict(drops=True, because=case.because)


@dataclass(slots=True, kw_only=True)
class CutAnswers(Reaction):
    """Make resets of all that the server answers (SNI-I of IMC 2022)."""

    seconds: tuple[float, float] = (75.0, 75.0)

    def begin(self, seen: Seen, case: Case) -> Verdict:
        """Let it go to the server."""
        return Verdict(because=case.because)

    def follow(self, seen: Seen, case: Case) -> Verdict:
        """Cut an answer down to a reset."""
        if seen.direction is Direction.UP:
            return PASS
        cut = Inject(seen.packet.cut_to_reset())
        return Verdict(drops=True, because=case.because, injects=(cut,))


@dataclass(slots=True, kw_only=True)
class Resets(Reaction):
    """Put resets on the line and drop nothing; by default as the GFW does.

    In the time after, whatever else than a SYN the client sends is met with the same.

    Attributes:
        count: how many each end is sent.
        both_ends: the server is sent them as well as the client.
    """

    seconds: tuple[float, float] = (90.0, 360.0)
    by_triple: bool = True
    count: int = 3
    both_ends: bool = True

    @classmethod
    def of_iran(cls) -> "Resets":
        """One reset, to the client; the time after begins anew with each."""
        return cls(
            seconds=(180.0, 180.0),
            by_triple=False,
            extends=True,
            count=1,
            both_ends=False,
        )

    def begin(self, seen: Seen, case: Case) -> Verdict:
        """Send both ends what each takes for the other's."""
        packet = seen.packet
        ends = (packet.reset(), packet.cut_to_reset())
        injects = tuple(Inject(end) for end in ends[: 1 + self.both_ends])
        return Verdict(because=case.because, injects=injects * self.count)

    def follow(self, seen: Seen, case: Case) -> Verdict:
        """Do the same to what the client says next."""
        opens = seen.packet.flags & Flags.SYN
        if seen.direction is Direction.DOWN or opens or _is_reset(seen):
            return PASS
        return self.begin(seen, case)


def _is_reset(seen: Seen) -> bool:
    is_tcp = seen.packet.protocol is Protocol.TCP
    return not is_tcp or bool(seen.packet.flags & Flags.RST)
