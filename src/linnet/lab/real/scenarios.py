"""The scenarios of the real lab: each rule with what its censor knows of the places.

They are made in the box's own process, from their names: rules hold functions.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from random import Random
from typing import Final

from linnet.lab.censor import Rule
from linnet.lab.dns import PORT
from linnet.lab.packets import Endpoint
from linnet.lab.profiles import PROFILES, World
from linnet.lab.reactions import Countdown, CutAnswers, Resets, Silence
from linnet.lab.real.places import (
    ABROAD,
    CENSOR,
    HOSTER,
    INSIDE,
    NAMES,
    RESOLVER,
    SITE_PORT,
)
from linnet.lab.recognition import aimed_at, named
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.rules.allow_list import AllowList
from linnet.lab.rules.fingerprints import FingerprintBlock
from linnet.lab.rules.freeze import Freeze
from linnet.lab.rules.hello_policing import HelloPolicing
from linnet.lab.rules.prober import ActiveProber
from linnet.lab.rules.protocols import ProtocolFilter
from linnet.lab.rules.randomness import FullyEncrypted
from linnet.lab.rules.resolvers import ForgedAnswers
from linnet.lab.rules.server_names import NameBlock
from linnet.lab.rules.shutdown import Shutdown
from linnet.lab.rules.throttle import Capacity, Throttle
from linnet.lab.suspicion import Suspicion

Rules = Callable[[Random], Sequence[Rule]]

BLOCKED: Final = frozenset({"blocked.example", "relay.example"})
ALLOWED: Final = frozenset({"inside.example"})
_FOREIGN = (IPv4Network(HOSTER),)
_INSIDE = (IPv4Network(INSIDE),)
_RESOLVER = Endpoint(RESOLVER, PORT)


SCENARIOS: Final[dict[str, Rules]] = {
    "S0": lambda _: (),
    "S1": lambda _: [AddressBlock.of([HOSTER])],
    "S1 abroad": lambda _: [AddressBlock.of([ABROAD])],
    "S1 resets": lambda _: [AddressBlock.of([HOSTER], resets=True)],
    "S2 SNI-I": lambda _: [NameBlock.of(BLOCKED, CutAnswers())],
    "S2 SNI-II": lambda _: [NameBlock.of(BLOCKED, Countdown())],
    "S2 SNI-IV": lambda _: [NameBlock.of(BLOCKED, Silence())],
    "S2 GFW": lambda _: [NameBlock.of(BLOCKED, Resets())],
    "S2 Iran": lambda _: [NameBlock.of(BLOCKED, Resets.of_iran())],
    "S3 Russia": lambda _: [ForgedAnswers.of_russia(BLOCKED)],
    "S3 Iran": lambda _: [ForgedAnswers.of_iran(BLOCKED)],
    "S3 GFW": lambda _: [ForgedAnswers.of_china(BLOCKED)],
    "S6": lambda _: [FullyEncrypted(_FOREIGN, share=1.0)],
    "S7": lambda chances: [_prober(chances)],
    "S8": lambda _: [Freeze(_FOREIGN, share=1.0)],
    "S9": lambda _: [HelloPolicing()],
    "S10": lambda _: [FingerprintBlock()],
    "S11": lambda _: [AllowList(_INSIDE, ALLOWED, (_RESOLVER,))],
    "S12": lambda _: [ProtocolFilter()],
    "S13 128k": lambda _: [Throttle(named(BLOCKED))],
    "S13 650B": lambda _: [Throttle.to_a_trickle(named(BLOCKED))],
    "S13 5%": lambda chances: [Capacity(aimed_at(_FOREIGN), chances)],
    "S16": lambda chances: [Shutdown(_RESOLVER, chances)],
}
"""By name; where a share of all flows is meant, it is all of them here."""


def rules(scenario: str, chances: Random) -> Sequence[Rule]:
    """Make the rules of a scenario, or of a country's profile."""
    if scenario in PROFILES:
        return PROFILES[scenario](_world(chances))
    return SCENARIOS[scenario](chances)


def _prober(chances: Random) -> Rule:
    """One that finds whatever looks random suspicious, and asks within a second."""
    return ActiveProber(
        chances,
        cover=Endpoint(NAMES["site.example"], SITE_PORT),
        source=CENSOR,
        suspicion=Suspicion(share=1.0),
        delays=((0.0, 0.3), (1.0, 1.0)),
    )


def _world(chances: Random) -> World:
    return World(
        chances,
        _RESOLVER,
        foreign=_FOREIGN,
        allowed_networks=_INSIDE,
        allowed_names=ALLOWED,
        blocked_names=BLOCKED,
        cover=Endpoint(NAMES["site.example"], SITE_PORT),
    )
