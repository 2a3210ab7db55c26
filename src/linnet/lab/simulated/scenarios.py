"""The scenarios of the simulated lab: rules with what their censor knows of the world.

The relay has an address at a hoster that censors list, one in another network abroad,
and one within the country (a friend's proxy, say), each under a name of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from random import Random
from typing import Final

from linnet.lab.censor import Rule
from linnet.lab.dns import PORT
from linnet.lab.packets import Endpoint
from linnet.lab.profiles import PROFILES, World
from linnet.lab.reactions import Countdown, CutAnswers, Resets, Silence
from linnet.lab.recognition import aimed_at, named
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.rules.allow_list import AllowList
from linnet.lab.rules.fingerprints import FingerprintBlock
from linnet.lab.rules.freeze import Freeze
from linnet.lab.rules.hello_policing import HelloPolicing
from linnet.lab.rules.protocols import ProtocolFilter
from linnet.lab.rules.randomness import FullyEncrypted
from linnet.lab.rules.server_names import NameBlock
from linnet.lab.rules.shutdown import Shutdown
from linnet.lab.rules.throttle import Capacity, Throttle

Rules = Callable[[Random], Sequence[Rule]]

LISTED: Final = "192.0.2.10"
"""The relay's address at a hoster that censors list."""
ABROAD: Final = "198.51.100.20"
"""Its address in a network that is foreign too."""
INSIDE: Final = "203.0.113.30"
"""Its address within the country."""
NAMES: Final = {
    "relay.example": LISTED,
    "garden.example": ABROAD,
    "inside.example": INSIDE,
}
RESOLVER: Final = Endpoint.at("10.53.0.53", PORT)

_BLOCKED = frozenset({"relay.example"})
_HOSTER = (IPv4Network("192.0.2.0/24"),)
_FOREIGN = (*_HOSTER, IPv4Network("198.51.100.0/24"))
_ALL = (*_FOREIGN, IPv4Network("203.0.113.0/24"))
_COUNTRY = (IPv4Network("203.0.113.0/24"),)
_ALLOWED = frozenset({"inside.example"})

SCENARIOS: Final[dict[str, Rules]] = {
    "S0": lambda _: (),
    "S1": lambda _: [AddressBlock.of(map(str, _HOSTER))],
    "S1 resets": lambda _: [AddressBlock.of(map(str, _HOSTER), resets=True)],
    "S2 SNI-I": lambda _: [NameBlock.of(_BLOCKED, CutAnswers())],
    "S2 SNI-II": lambda _: [NameBlock.of(_BLOCKED, Countdown())],
    "S2 SNI-IV": lambda _: [NameBlock.of(_BLOCKED, Silence())],
    "S2 GFW": lambda _: [NameBlock.of(_BLOCKED, Resets())],
    "S2 Iran": lambda _: [NameBlock.of(_BLOCKED, Resets.of_iran())],
    "S6": lambda _: [FullyEncrypted(_ALL, share=1.0)],
    "S8 hoster": lambda _: [Freeze(_HOSTER, share=1.0)],
    "S8": lambda _: [Freeze(_ALL, share=1.0)],
    "S9": lambda _: [HelloPolicing()],
    "S8+S9": lambda _: [Freeze(_ALL, share=1.0), HelloPolicing()],
    "S10": lambda _: [FingerprintBlock()],
    "S11": lambda _: [AllowList(_COUNTRY, _ALLOWED, (RESOLVER,))],
    "S12": lambda _: [ProtocolFilter(_HOSTER)],
    "S13 128k": lambda _: [Throttle(named(_BLOCKED))],
    "S13 650B": lambda _: [Throttle.to_a_trickle(named(_BLOCKED))],
    "S13 5%": lambda chances: [Capacity(aimed_at(_HOSTER), chances)],
    "S16": lambda chances: [Shutdown(RESOLVER, chances)],
}
"""By name; where a share of all flows is meant, it is all of them here."""


def rules_of(scenario: str, chances: Random) -> Sequence[Rule]:
    """Make the rules of a scenario, or of a country's profile."""
    if scenario in PROFILES:
        return PROFILES[scenario](replace(_WORLD, chances=chances))
    return SCENARIOS[scenario](chances)


_WORLD = World(
    Random(0),  # noqa: S311  # replaced by the dice of each run
    RESOLVER,
    foreign=_FOREIGN,
    closed=_HOSTER,
    allowed_networks=_COUNTRY,
    allowed_names=_ALLOWED,
    blocked_names=_BLOCKED,
)
