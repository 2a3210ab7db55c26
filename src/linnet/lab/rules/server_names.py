"""S2: a ClientHello that asks for a listed name ends its flow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from linnet.lab.censor import Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.names import is_listed
from linnet.lab.reactions import Reaction


@dataclass(frozen=True, slots=True)
class NameBlock(Rule):
    """Act against flows by the server name in clear.

    Attributes:
        names: what may not be asked for, with all that is below it.
        reaction: `CutAnswers` (SNI-I), `Countdown` (SNI-II), `Silence` (SNI-IV),
            `Resets()` (the GFW), or `Resets.of_iran()`.
    """

    ID: ClassVar[str] = "S2"
    SOURCE: ClassVar[str] = (
        "Xue et al., IMC 2022 (doi 10.1145/3517745.3561461), its times from memory; "
        "net4people/bbs#550 for the GFW; IRBlock 2025 for Iran"
    )

    names: frozenset[str]
    reaction: Reaction

    @classmethod
    def of(cls, names: Iterable[str], reaction: Reaction) -> "NameBlock":
        """Block names in one way."""
        return cls(frozenset(names), reaction)

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Act against a flow that asks for a listed name, and go on with it."""
        is_blocked = seen.hello is not None and is_listed(seen.hello.name, self.names)
        because = "the name it asks for is on the list" if is_blocked else ""
        return self.reaction.react(seen, now, because)
