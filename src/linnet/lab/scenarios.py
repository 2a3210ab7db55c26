"""The scenarios of both forms of the lab: each rule with what its censor knows.

They are made where the censor is, from their names: rules hold functions.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from random import Random
from typing import Final

from linnet.carriers.dns.message import PORT
from linnet.lab.censor import Rule
from linnet.lab.packets import Endpoint
from linnet.lab.places import (
    ABROAD,
    ALLOWED,
    BLOCKED,
    CENSOR,
    HOSTER,
    INSIDE,
    RESOLVER,
)
from linnet.lab.profiles import PROFILES, World
from linnet.lab.reactions import Countdown, CutAnswers, Resets, Silence
from linnet.lab.recognition import aimed_at, named
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.rules.allow_list import AllowList
from linnet.lab.rules.calls import TURN_PORTS, CallBlock
from linnet.lab.rules.fingerprints import FingerprintBlock
from linnet.lab.rules.freeze import Freeze
from linnet.lab.rules.hello_policing import HelloPolicing
from linnet.lab.rules.hidden_names import HiddenNames
from linnet.lab.rules.prober import ActiveProber
from linnet.lab.rules.protocols import ProtocolFilter
from linnet.lab.rules.quic import QuicNameBlock, QuicVersionBlock
from linnet.lab.rules.randomness import FullyEncrypted
from linnet.lab.rules.resolvers import ForgedAnswers
from linnet.lab.rules.server_names import NameBlock
from linnet.lab.rules.shutdown import Shutdown
from linnet.lab.rules.throttle import Capacity, Throttle
from linnet.lab.rules.two_stage import TwoStage
from linnet.lab.suspicion import Suspicion

Rules = Callable[[World], Sequence[Rule]]

ELSEWHERE: Final = "S1 elsewhere"
"""All but the hoster is blocked: what is before a block that begins in the middle, so
that it is the road in use that is then closed."""

_HOSTER = (IPv4Network(HOSTER),)
_FOREIGN = (*_HOSTER, IPv4Network(ABROAD))
_INSIDE = (IPv4Network(INSIDE),)
_ALL = (*_FOREIGN, *_INSIDE)
_RESOLVER = Endpoint(RESOLVER, PORT)


def _prober(world: World) -> Rule:
    """One that finds whatever looks random suspicious, and asks within a second."""
    return ActiveProber(
        world.chances,
        cover=world.cover,
        source=CENSOR,
        suspicion=Suspicion(share=1.0),
        delays=((0.0, 0.3), (1.0, 1.0)),
    )


def _two_stage(world: World) -> Rule:
    """One that lists whatever is at the hoster, in seconds for the minutes it takes."""
    recognises, chances = aimed_at(_HOSTER), world.chances
    return TwoStage(recognises, chances, every=1.0, delay=(1.0, 3.0))


SCENARIOS: Final[dict[str, Rules]] = {
    "S0": lambda _: (),
    "S1": lambda _: [AddressBlock.of([HOSTER])],
    "S1 resets": lambda _: [AddressBlock.of([HOSTER], resets=True)],
    "S2 SNI-I": lambda _: [NameBlock.of(BLOCKED, CutAnswers())],
    "S2 SNI-II": lambda _: [NameBlock.of(BLOCKED, Countdown())],
    "S2 SNI-IV": lambda _: [NameBlock.of(BLOCKED, Silence())],
    "S2 GFW": lambda _: [NameBlock.of(BLOCKED, Resets())],
    "S2 Iran": lambda _: [NameBlock.of(BLOCKED, Resets.of_iran())],
    "S3 Russia": lambda _: [ForgedAnswers.of_russia(BLOCKED)],
    "S3 Iran": lambda _: [ForgedAnswers.of_iran(BLOCKED)],
    "S3 GFW": lambda _: [ForgedAnswers.of_china(BLOCKED)],
    "S4 version": lambda _: [QuicVersionBlock()],
    "S4 name": lambda _: [QuicNameBlock(BLOCKED)],
    "S5 ESNI": lambda _: [HiddenNames.of_china()],
    "S5 ECH": lambda _: [HiddenNames.of_russia()],
    "S6": lambda _: [FullyEncrypted(_FOREIGN, share=1.0)],
    "S7": lambda world: [_prober(world)],
    "S8": lambda _: [Freeze(_FOREIGN, share=1.0)],
    "S8+S9": lambda _: [Freeze(_ALL, share=1.0), HelloPolicing()],
    "S9": lambda _: [HelloPolicing()],
    "S10": lambda _: [FingerprintBlock()],
    "S11": lambda _: [AllowList(_INSIDE, ALLOWED, (_RESOLVER,))],
    "S12": lambda _: [ProtocolFilter()],
    "S12 hoster": lambda _: [ProtocolFilter(_HOSTER)],
    "S13 128k": lambda _: [Throttle(named(BLOCKED))],
    "S13 650B": lambda _: [Throttle.to_a_trickle(named(BLOCKED))],
    "S13 5%": lambda world: [Capacity(aimed_at(_HOSTER), world.chances)],
    "S14": lambda _: [CallBlock(keeps=0.0, closed_ports=TURN_PORTS)],
    "S15": lambda world: [_two_stage(world)],
    "S16": lambda world: [Shutdown(_RESOLVER, world.chances)],
    **PROFILES,
}
"""By name; where a share of all flows is meant, it is all of them here."""


def rules(
    scenario: str, chances: Random, *, cover: Endpoint | None = None
) -> Sequence[Rule]:
    """Make the rules of a scenario; `cover` is a site that a prober compares with."""
    if scenario == ELSEWHERE:
        return [AddressBlock.of([ABROAD, INSIDE])]
    world = World(
        chances,
        _RESOLVER,
        foreign=_FOREIGN,
        closed=_HOSTER,
        allowed_networks=_INSIDE,
        allowed_names=ALLOWED,
        blocked_names=BLOCKED,
        cover=cover,
    )
    return SCENARIOS[scenario](world)
