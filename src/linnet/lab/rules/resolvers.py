"""S3: whoever asks a name server for a listed name is told what is not so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import ClassVar

from linnet.carriers.dns.message import (
    PORT,
    Code,
    Kind,
    Message,
    Question,
    address_record,
)
from linnet.errors import Malformed
from linnet.lab.censor import PASS, Inject, Rule, Verdict
from linnet.lab.flows import Direction, Flow, Seen
from linnet.lab.names import is_listed
from linnet.lab.packets import Endpoint, Packet, Protocol
from linnet.lab.reactions import CutAnswers, Resets
from linnet.lab.rules.server_names import NameBlock

MOST_FORGED = 4_096
"""Answers of which a box still knows that it forged them."""

Pool = IPv4Network | IPv6Network
_VERSIONS: dict[int, int] = {Kind.A: 4, Kind.AAAA: 6}


@dataclass(slots=True, kw_only=True)
class ForgedAnswers(Rule):
    """Answer queries over UDP in a resolver's name; TCP is left alone.

    Attributes:
        names: what may not be asked for, with all that is below it.
        code: what the forged answer says of the name.
        pools: where the forged addresses are taken from; with `Code.FINE`, a question
            for another kind of record than they hold is left alone.
        lets_pass: the resolver is asked as well, and its own answer comes second.
        within: seconds after which the forged answer is on the line, at most.
        lead: seconds by which it is ahead of the resolver's own, at most. Roads in
            the lab are shorter than those it was measured on: where the own answer
            is nearer behind than was drawn, it is held back until then.
        lasts: seconds for which a forged address may be believed (assumed).
        hosts: resolvers over HTTPS, which are blocked by their names.
    """

    ID: ClassVar[str] = "S3"
    SOURCE: ClassVar[str] = (
        "net4people/bbs#657 for Russia; IRBlock 2025, and "
        "Chocolate4U/Iran-v2ray-rules#63 for AAAA; Hoang et al. 2021 for the GFW"
    )

    names: frozenset[str]
    hosts: NameBlock
    code: Code = Code.FINE
    pools: tuple[Pool, ...] = ()
    lets_pass: bool = False
    within: float = 0.005
    lead: float = 0.364
    lasts: int = 60
    _forged: dict[tuple[Endpoint, Endpoint, int], float] = field(
        default_factory=dict, init=False, repr=False
    )

    @classmethod
    def of_russia(
        cls, names: Iterable[str], hosts: Iterable[str] = ()
    ) -> "ForgedAnswers":
        """No such name, says somebody else than was asked."""
        return cls(
            names=frozenset(names),
            hosts=NameBlock.of(hosts, CutAnswers()),
            code=Code.NO_SUCH_NAME,
        )

    @classmethod
    def of_iran(
        cls, names: Iterable[str], hosts: Iterable[str] = ()
    ) -> "ForgedAnswers":
        """The address of the page that says so; that nobody is asked is assumed."""
        page = (IPv4Network("10.10.34.36"), IPv6Network("2001:4188:2:600:10:10:34:36"))
        return cls(
            names=frozenset(names),
            hosts=NameBlock.of(hosts, Resets.of_iran()),
            pools=page,
        )

    @classmethod
    def of_china(
        cls, names: Iterable[str], hosts: Iterable[str] = ()
    ) -> "ForgedAnswers":
        """An address where nobody is, ahead of the true one.

        The GFW takes addresses of strangers; the lab takes IPv4 ones that RFC 5737
        keeps for examples.
        """
        return cls(
            names=frozenset(names),
            hosts=NameBlock.of(hosts, Resets()),
            pools=(IPv4Network("203.0.113.0/24"), IPv6Network("2001::/32")),
            lets_pass=True,
        )

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Forge an answer, or hold the true one back behind it."""
        if seen.packet.protocol is Protocol.TCP:
            return self.hosts.judge(seen, now)
        if seen.packet.protocol is not Protocol.UDP or seen.flow.server.port != PORT:
            return PASS
        try:
            message = Message.read(seen.packet.payload)
        except Malformed:
            return PASS
        if seen.direction is Direction.DOWN:
            return self._hold(seen, message, now)
        return PASS if message.is_answer else self._forge(seen, message, now)

    def _forge(self, seen: Seen, query: Message, now: float) -> Verdict:
        listed = [one for one in query.questions if is_listed(one.name, self.names)]
        forged = self._answer(query, listed[0], seen.flow) if listed else None
        if forged is None:
            return PASS
        after = self.within * seen.flow.chance(f"{self.ID} within {query.number}")
        self._forged[seen.flow.client, seen.flow.server, query.number] = now + after
        if len(self._forged) > MOST_FORGED:
            del self._forged[next(iter(self._forged))]
        asked = seen.packet
        packet = Packet(asked.target, asked.source, Protocol.UDP, forged.pack())
        return Verdict(
            drops=not self.lets_pass,
            because="the name that is asked for is on the list",
            injects=(Inject(packet, after),),
        )

    def _answer(self, query: Message, asked: Question, flow: Flow) -> Message | None:
        if self.code is not Code.FINE:
            return query.answered(self.code)
        version = _VERSIONS.get(asked.kind)
        pool = next((each for each in self.pools if each.version == version), None)
        if pool is None:
            return None
        chance = flow.chance(f"{self.ID} address {asked.name}")
        address = pool[int(chance * pool.num_addresses)]
        record = address_record(asked.labels, address, self.lasts)
        return query.answered(answers=(record,))

    def _hold(self, seen: Seen, answer: Message, now: float) -> Verdict:
        key = seen.flow.client, seen.flow.server, answer.number
        forged_at = self._forged.get(key)
        if not self.lets_pass or forged_at is None:
            return PASS
        lead = self.lead * seen.flow.chance(f"{self.ID} lead {answer.number}")
        wait = forged_at + lead - now
        if wait <= 0:
            return PASS
        own = Inject(seen.packet, wait)
        because = "a true answer, held back behind the forged one"
        return Verdict(drops=True, because=because, injects=(own,))
