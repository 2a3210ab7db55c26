"""S10: a ClientHello that looks like a listed program's ends its flow."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from linnet.lab.censor import Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.hellos import ClientHello
from linnet.lab.reactions import Reaction, Silence

KNOWN = frozenset(
    {
        "85036bcba153_d41ae481755e",  # Python 3.11.7 with OpenSSL 3.0.19
        "85036bcba153_d339722ba4af",  # its urllib
        "f57a46bbacb6_f50d94e863eb",  # Go 1.27.3
        "61a7ad8aa9b6_0d308c48d2a3",  # rustls, in uv 0.13.9
    }
)
"""JA4, without the first part, of programs that are no browsers.

As `tools/fingerprints.py` measured them in December 2026. Another version, or another
build of OpenSSL, has others: `FingerprintBlock.learnt` takes those of today.
"""


@dataclass(frozen=True, slots=True)
class FingerprintBlock(Rule):
    """Act against flows by what their ClientHello looks like, whatever it asks for.

    Attributes:
        listed: fingerprints: a JA3, a JA4, or a JA4 without its first part, the only
            one that depends on what is asked for.
        reaction: by default silence; that it lasts as long as SNI-IV does is
            assumed. `Resets(count=1)` is the variant.
        protocols: what no browser offers over the web's port.
        port: that port.
    """

    ID: ClassVar[str] = "S10"
    SOURCE: ClassVar[str] = (
        "telegramdesktop/tdesktop#30733; chatmail/core#8314 and #8674; Snowflake's "
        "authors for Iran in 2022"
    )

    listed: frozenset[str] = KNOWN
    reaction: Reaction = field(default_factory=Silence)
    protocols: frozenset[str] = frozenset({"imap", "smtp"})
    port: int = 443

    @classmethod
    def learnt(
        cls, hellos: Iterable[ClientHello], reaction: Reaction | None = None
    ) -> "FingerprintBlock":
        """Block the programs that said these, for whatever they ask next."""
        listed = frozenset(_rest(hello.ja4()) for hello in hellos)
        return cls(listed, reaction or Silence())

    def judge(self, seen: Seen, now: float) -> Verdict:
        """Act against a flow that gives its program away, and go on with it."""
        because = ""
        if seen.hello is not None and self._is_listed(seen.hello):
            because = "its fingerprint is on the list"
        elif seen.hello is not None and seen.flow.server.port == self.port:
            odd = self.protocols.intersection(seen.hello.protocols)
            because = "it offers mail where browsers speak" if odd else ""
        return self.reaction.react(seen, now, because)

    def _is_listed(self, hello: ClientHello) -> bool:
        ja4 = hello.ja4()
        return not self.listed.isdisjoint((ja4, _rest(ja4), hello.ja3()))


def _rest(ja4: str) -> str:
    return ja4.partition("_")[2]
