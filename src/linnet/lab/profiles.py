"""Countries: rules together, in the order in which a packet meets them.

Which rules a country has is an estimate from what was published of it (docs/lab.md).
Each call makes rules of its own: two censors share nothing that they remember, but for
the dice of their world.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from random import Random

from linnet.lab.censor import Rule
from linnet.lab.packets import Endpoint
from linnet.lab.reactions import Resets, Silence
from linnet.lab.recognition import aimed_at, caught_by
from linnet.lab.rules.allow_list import GOOGLE, AllowList
from linnet.lab.rules.calls import CallBlock
from linnet.lab.rules.fingerprints import FingerprintBlock
from linnet.lab.rules.freeze import Freeze
from linnet.lab.rules.hello_policing import HelloPolicing
from linnet.lab.rules.hidden_names import HiddenNames
from linnet.lab.rules.prober import ActiveProber
from linnet.lab.rules.protocols import ProtocolFilter
from linnet.lab.rules.quic import QuicNameBlock
from linnet.lab.rules.randomness import FullyEncrypted
from linnet.lab.rules.resolvers import ForgedAnswers
from linnet.lab.rules.server_names import NameBlock
from linnet.lab.rules.shutdown import Shutdown
from linnet.lab.rules.throttle import Throttle
from linnet.lab.rules.two_stage import TwoStage


@dataclass(frozen=True, slots=True)
class World:
    """What a censor knows of the world that it is put into.

    Attributes:
        chances: the dice of rules that throw their own.
        resolver: the provider's, with its port.
        foreign: networks of hosters abroad.
        closed: networks that are dropped whole where whole hosters are.
        allowed_networks: where something may go under an allow-list.
        allowed_names: what is left alone, or may be asked for, with all below it.
        blocked_names: what may not be asked for, with all below it.
        resolver_names: names of resolvers over HTTPS that are blocked.
        cover: a website that a prober compares servers with.
    """

    chances: Random
    resolver: Endpoint
    foreign: tuple[IPv4Network, ...] = ()
    closed: tuple[IPv4Network, ...] = ()
    allowed_networks: tuple[IPv4Network, ...] = ()
    allowed_names: frozenset[str] = frozenset()
    blocked_names: frozenset[str] = frozenset()
    resolver_names: frozenset[str] = frozenset()
    cover: Endpoint | None = None


Profile = Callable[[World], tuple[Rule, ...]]


def russia_at_home(world: World) -> tuple[Rule, ...]:
    """Russia on lines at home, in 2026.

    The second stage lists what looks like nothing at all: all else that the other rules
    recognise, they end themselves.
    """
    random_looking = FullyEncrypted(world.foreign, share=1.0)
    return (
        NameBlock.of(world.blocked_names, Silence()),
        ForgedAnswers.of_russia(world.blocked_names, world.resolver_names),
        HiddenNames.of_russia(),
        Freeze(world.foreign, world.allowed_names),
        HelloPolicing(),
        FingerprintBlock(),
        CallBlock(),
        TwoStage(caught_by(random_looking), world.chances),
    )


def russia_on_the_move(world: World) -> tuple[Rule, ...]:
    """Russia on mobile networks while only what is listed passes."""
    resolvers = (world.resolver, GOOGLE)
    return (
        AllowList(world.allowed_networks, world.allowed_names, resolvers),
        ForgedAnswers.of_russia(world.blocked_names, world.resolver_names),
    )


def china(world: World) -> tuple[Rule, ...]:
    """China, with the rule on random octets that ended in 2023."""
    return (
        NameBlock.of(world.blocked_names, Resets()),
        ForgedAnswers.of_china(world.blocked_names, world.resolver_names),
        QuicNameBlock(world.blocked_names),
        FullyEncrypted(world.foreign),
        ActiveProber(world.chances, cover=world.cover),
    )


def iran_in_2025(world: World) -> tuple[Rule, ...]:
    """Iran in June 2025, with the slow uploads of the year after."""
    return (
        ProtocolFilter(world.closed),
        NameBlock.of(world.blocked_names, Resets.of_iran()),
        ForgedAnswers.of_iran(world.blocked_names, world.resolver_names),
        Throttle(aimed_at(world.foreign), upload_only=True),
    )


def iran_cut_off(world: World) -> tuple[Rule, ...]:
    """Iran in January and February 2026."""
    return (Shutdown(world.resolver, world.chances),)


PROFILES: dict[str, Profile] = {
    "ru-home": russia_at_home,
    "ru-mobile": russia_on_the_move,
    "cn": china,
    "ir-2025": iran_in_2025,
    "ir-blackout": iran_cut_off,
}
"""By the names under which they are measured."""
