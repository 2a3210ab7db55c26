"""Roads that a contact shares: how they travel, and which are let in and used.

Specified in ``spec/carriers.md`` §9.5. Pure: what is known comes as arguments.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from linnet.client.core import cbor
from linnet.errors import Malformed
from linnet.ids import AccountKey
from linnet.wire.global_addresses import is_inside
from linnet.wire.links import MAX_ADDRESSES, Address, RelayDescriptor, Road, RoadLink

ROAD: Final = "application/vnd.linnet.road"
MANIFEST: Final = "application/vnd.linnet.manifest"
MOST_HOPS: Final = 3
"""How often a road may be passed on in all, the first time counted."""
MOST_WAITING: Final = 4
"""Roads of one contact that nobody has taken yet."""
ACTIVE: Final = 3
"""Roads of contacts to one relay that are used at once."""
SPARE: Final = 2
"""Further ones that are kept for when one of those fails."""
SHAREABLE: Final = frozenset((Road.TCP, Road.WS, Road.WSS))
"""Others act on this machine, or ask what only its owner may: nobody else may name
them. Of roads by DNS those may be named that ask the machine's own resolvers."""


@dataclass(frozen=True, slots=True)
class RoadShared:
    """What a contact shares: roads, and how often they may be passed on from here."""

    hops: int
    link: RoadLink = field(repr=False)

    def encode(self) -> bytes:
        """Write what the part of the message holds."""
        return cbor.encode([self.hops, self.link.pack()])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read it.

        Raises:
            Malformed: it is none.
        """
        match cbor.decode(data):
            case [int(hops), bytes(packed)] if not isinstance(hops, bool) and (
                0 <= hops < MOST_HOPS
            ):
                return cls(hops, RoadLink.unpack(packed))
        raise Malformed("A road that was shared is malformed.")


@dataclass(frozen=True, slots=True)
class ManifestBrought:
    """The series of a manifest, as a contact brings it (spec/manifest.md §3)."""

    series: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SharedRoad:
    """A further address of a relay, and what is known of how it came here.

    Attributes:
        giver: the contact who shared it.
        hops: how often it may still be passed on.
        is_taken: whether the person has said that it may be used.
        added_at: when they did, in seconds since 1970; 0 where nobody noted it.
    """

    relay: bytes = field(repr=False)
    address: Address = field(repr=False)
    giver: AccountKey = field(repr=False)
    hops: int
    is_taken: bool = False
    added_at: int = 0

    @property
    def id(self) -> str:
        """What names it, to take or remove it."""
        return road_id(self.relay, self.address)


def road_id(relay: bytes, address: Address) -> str:
    """Return the eight characters by which a person names a road."""
    return sha256(relay + address.pack()).hexdigest()[:8]


def admitted(
    shared: RoadShared,
    giver: AccountKey,
    *,
    relays: Mapping[bytes, Sequence[Address]],
    known: Sequence[SharedRoad],
) -> list[SharedRoad]:
    """Return which roads of a contact are kept, until the person says more.

    Args:
        shared: what came.
        giver: the contact it came from.
        relays: those that are known, with all addresses of theirs that are, but for
            the roads of contacts.
        known: the roads of contacts.
    """
    seen = {one.id for one in known}
    seen |= {road_id(key, one) for key, ways in relays.items() for one in ways}
    waiting = sum(one.giver == giver and not one.is_taken for one in known)
    new: list[SharedRoad] = []
    for relay, address in _each(shared.link.relays):
        if waiting + len(new) >= MOST_WAITING:
            break
        others = relays.get(relay)
        # An address can be sought for the id of another road, which it would replace.
        name = road_id(relay, address)
        if others is None or name in seen:
            continue
        if may_share(address) and may_lead(address, others):
            seen.add(name)
            new.append(SharedRoad(relay, address, giver, shared.hops))
    return new


def has_room(known: Iterable[SharedRoad], relay: bytes) -> bool:
    """Whether one more road of a contact to a relay may be taken."""
    taken = sum(one.relay == relay and one.is_taken for one in known)
    return taken < ACTIVE + SPARE


def may_share(address: Address) -> bool:
    """Whether a road is of a kind that people may give each other."""
    asks_own_resolvers = not address.path and not address.cover
    by_names = address.road is Road.DNS and asks_own_resolvers
    return address.road in SHAREABLE or by_names


def may_lead(address: Address, others: Iterable[Address]) -> bool:
    """Whether a contact may lead the client there.

    Into this machine or its own network only if the relay itself is known to be there:
    else a contact could have the client knock at what nobody outside can reach.
    """
    return not is_inside(address.host) or any(is_inside(one.host) for one in others)


def joined(
    relay: RelayDescriptor, own: Sequence[Address], *others: Sequence[Address]
) -> RelayDescriptor:
    """Return a relay with all ways to it: the person's own, its own, those of others.

    Roads of others come last and put none aside, so that nobody else steers which way
    is tried first. Of each list of others as many are used as may be at once.
    """
    ways = [*own, *(one for one in relay.addresses if one not in own)][:MAX_ADDRESSES]
    for some in others:
        ways += [one for one in some if one not in ways][:ACTIVE]
    return RelayDescriptor(relay.key, tuple(ways))


def _each(relays: Iterable[RelayDescriptor]) -> Iterator[tuple[bytes, Address]]:
    for relay in relays:
        for address in relay.addresses:
            yield relay.key, address
