"""S5: a ClientHello that hides the name it asks for ends its flow."""

from dataclasses import dataclass
from typing import ClassVar

from linnet.lab.censor import PASS, Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.hellos import ClientHello, Extension
from linnet.lab.reactions import Reaction, Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenNames(Rule):
    """Drop flows by ESNI, or by ECH together with the name that it is sent under.

    Attributes:
        esni: what follows ESNI, the draft before ECH; None where nobody looks for it.
        ech: what follows ECH under `outer`; None where nobody looks for that.
        outer: the name in clear of servers that can do ECH. ECH under other names
            passes: browsers send that to everybody, with nothing in it.
    """

    ID: ClassVar[str] = "S5"
    SOURCE: ClassVar[str] = (
        "GFW 2020: net4people/bbs#43; Russia since 2024-11-05: net4people/bbs#417"
    )

    esni: Reaction | None = None
    ech: Reaction | None = None
    outer: str = "cloudflare-ech.com"

    @classmethod
    def of_china(
        cls, *, seconds: tuple[float, float] = (120.0, 180.0)
    ) -> "HiddenNames":
        """After ESNI, silence from a client's host to the server's port.

        The GFW is said to need a second for it; here it is at once.
        """
        return cls(esni=Silence(seconds=seconds, by_triple=True, upward_only=True))

    @classmethod
    def of_russia(cls) -> "HiddenNames":
        """After ECH, silence; that it lasts as long as SNI-IV does is assumed."""
        return cls(ech=Silence())

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Act against a flow that hides its name, and go on with it."""
        hello = seen.hello
        for reaction, is_used in (
            (self.esni, _has(hello, Extension.ESNI)),
            (self.ech, _has(hello, Extension.ECH) and seen.flow.name == self.outer),
        ):
            because = "it hides the name that it asks for" if is_used else ""
            verdict = reaction.react(seen, now, because) if reaction else PASS
            if verdict is not PASS:
                return verdict
        return PASS


def _has(hello: ClientHello | None, extension: Extension) -> bool:
    return hello is not None and hello.extension(extension) is not None
