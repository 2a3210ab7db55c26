"""S7: servers are asked what they are, and blocked for what they answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from itertools import pairwise
from random import Random
from typing import ClassVar

from linnet.lab.censor import PASS, Answered, Probe, Rule, Verdict
from linnet.lab.flows import Direction, Seen
from linnet.lab.packets import Endpoint, Packet, Protocol
from linnet.lab.probes import Question, Repertoire
from linnet.lab.suspects import Judgement, Suspect
from linnet.lab.suspicion import Suspicion

MOST_SUSPECTS = 256
"""Servers under suspicion at a time; the first of them is then let go."""

HOME = IPv4Address("203.0.113.9")
_PORTS = (32_768, 60_999)


@dataclass(slots=True, eq=False)
class ActiveProber(Rule):
    """Probe servers to which something suspicious is said, and block some for good.

    Held against a server is: an answer other than the cover site's to the same octets;
    an answer of no known protocol to what a client said before; silence that ends in
    a close from some length on; a certificate that is self-signed, or is for another
    name than a client asked for. Certificates are taken as the answer brings them.

    Attributes:
        chances: where delays, numbers and random octets come from.
        targets: servers to which every first packet is suspicious.
        cover: a site that is asked the same as every suspect, to compare.
        source: from where the prober asks; it never probes itself.
        suspicion: what makes a first packet suspicious.
        repertoire: what is asked.
        judgement: what is enough.
        delays: parts of all probes, and the seconds within which so many are sent.
        rests: seconds after which a server may be suspected anew (assumed); what it
            has not answered by then is forgotten.
    """

    ID: ClassVar[str] = "S7"
    SOURCE: ClassVar[str] = (
        "How China Detects and Blocks Shadowsocks, IMC 2020; Frolov et al. 2020;"
        " Aparecium (net4people/bbs#481, #576)"
    )

    chances: Random
    targets: frozenset[Endpoint] = frozenset()
    cover: Endpoint | None = None
    source: IPv4Address = HOME
    suspicion: Suspicion = field(default_factory=Suspicion)
    repertoire: Repertoire = field(default_factory=Repertoire)
    judgement: Judgement = field(default_factory=Judgement)
    delays: tuple[tuple[float, float], ...] = (
        (0.0, 0.28),
        (0.2, 1.0),
        (0.5, 60.0),
        (0.75, 900.0),
        (1.0, 570 * 3_600.0),
    )
    rests: float = 86_400.0
    _known: dict[Endpoint, Suspect] = field(
        default_factory=dict, init=False, repr=False
    )
    _blocked: dict[Endpoint, str] = field(default_factory=dict, init=False, repr=False)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Drop what touches a blocked server; probe what looks suspicious."""
        server, packet = seen.flow.server, seen.packet
        if packet.protocol is not Protocol.TCP or self._is_own(packet):
            return PASS
        if server in self._blocked:
            return Verdict(drops=True, because=self._blocked[server])
        probes = tuple(self._questions(seen, now))
        if not probes:
            return PASS
        return Verdict(because=f"{len(probes)} probes are due", probes=probes)

    def learn(self, answer: Answered, now: float) -> None:
        """Take in what a server or its cover site answered."""
        for suspect in self._known.values():
            if because := suspect.hear(answer):
                self._blocked[suspect.server] = because
                del self._known[suspect.server]
                return

    def delay(self) -> float:
        """Draw how many seconds pass before a probe is sent."""
        part = self.chances.random()
        span = next(two for two in pairwise(self.delays) if part < two[1][0])
        (low, least), (high, most) = span
        return float(least * (most / least) ** ((part - low) / (high - low)))

    def _is_own(self, packet: Packet) -> bool:
        return self.source in (packet.source.host, packet.target.host)

    def _questions(self, seen: Seen, now: float) -> Iterable[Probe]:
        # A second stage waits for any packet, as answers bring no effects.
        for suspect in self._known.values():
            if suspect.answers_replays and not suspect.asked_more:
                suspect.asked_more = True
                more = self.repertoire.of_answer(suspect.heard, self.chances)
                yield from self._ask(suspect, more)
        server = seen.flow.server
        if self._is_suspicious(seen, now):
            suspect = self._open(server, seen.packet.payload, now)
            questions = self.repertoire.first(server, suspect.heard, self.chances)
            yield from self._ask(suspect, questions)
        if seen.hello and server in self._known:
            yield from self._ask_of_hello(self._known[server], seen)

    def _is_suspicious(self, seen: Seen, now: float) -> bool:
        payload, flow = seen.packet.payload, seen.flow
        is_first = seen.direction is Direction.UP and flow.up.octets == len(payload)
        suspect = self._known.get(flow.server)
        if (
            not payload
            or not is_first
            or (suspect and now - suspect.began < self.rests)
        ):
            return False
        chance = self.suspicion.weigh(payload)
        return flow.server in self.targets or flow.chance(self.ID) < chance

    def _open(self, server: Endpoint, heard: bytes, now: float) -> Suspect:
        self._known.pop(server, None)
        if len(self._known) >= MOST_SUSPECTS:
            del self._known[next(iter(self._known))]
        self._known[server] = Suspect(server, heard, now, self.judgement)
        return self._known[server]

    def _ask_of_hello(self, suspect: Suspect, seen: Seen) -> Iterable[Probe]:
        if suspect.knows_hello:
            return ()
        suspect.knows_hello, suspect.name = True, seen.flow.name
        heard = seen.flow.up.data
        questions = self.repertoire.of_hello(heard, suspect.name, self.chances)
        return self._ask(suspect, questions)

    def _ask(self, suspect: Suspect, questions: Iterable[Question]) -> list[Probe]:
        probes = []
        for question in questions:
            probe = self._probe(suspect.server, question)
            cover = None
            if self.cover is not None:
                cover = self.chances.getrandbits(48)
                probes.append(self._to_cover(probe, cover, self.cover))
            suspect.ask(question, probe.number, cover)
            probes.append(probe)
        return probes

    def _probe(self, server: Endpoint, question: Question) -> Probe:
        source = Endpoint(self.source, self.chances.randint(*_PORTS))
        packet = Packet(source, server, Protocol.TCP, question.payload)
        number = self.chances.getrandbits(48)
        return Probe(number, packet, question.kind, self.delay())

    def _to_cover(self, probe: Probe, number: int, cover: Endpoint) -> Probe:
        packet = replace(probe.packet, target=cover)
        return replace(probe, number=number, packet=packet)
