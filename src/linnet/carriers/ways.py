"""What a client can try to reach a relay: its ways (spec/carriers.md §1)."""

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import Final

from linnet.wire.links import Address, RelayDescriptor, Road

WAY_BYTES: Final = 8

_WEB: Final = {Road.WS, Road.WSS}
_PATIENCE: Final = {Road.DNS: 15.0, Road.FOLDER: 30.0, Road.MAIL: 120.0}


@dataclass(frozen=True, slots=True)
class Way:
    """An address and how it is used.

    Attributes:
        address: where the relay listens.
        polls: whether by requests; else by one connection.
        bursts: whether each request has a short connection of its own (§8).
    """

    address: Address
    polls: bool = False
    bursts: bool = False

    @property
    def id(self) -> bytes:
        """What the way is called in the memory: 8 bytes that say nothing by itself."""
        use = self.polls + self.bursts
        return sha256(self.address.pack() + bytes([use])).digest()[:WAY_BYTES]

    @property
    def name(self) -> str:
        """The name an onlooker reads in TLS; empty where there is no TLS."""
        address = self.address
        if address.road is not Road.WSS:
            return ""
        return (address.cover or address.host).lower().rstrip(".")

    @property
    def patience(self) -> float:
        """Seconds more than on other roads until an answer may be here.

        A way that needs patience is *slow*: what is quicker is tried before it each
        time, and sought again while it serves.
        """
        return _PATIENCE.get(self.address.road, 0.0)

    @property
    def is_narrow(self) -> bool:
        """Whether it carries a kilobyte a second: files leave room for words there."""
        return self.address.road is Road.DNS

    @property
    def connections(self) -> int:
        """How many connections the way takes: requests come and go on two."""
        return 2 if self.polls else 1

    @property
    def is_local(self) -> bool:
        """Whether it ends on this machine, where no network sees it."""
        host = self.address.host
        if host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    def likeness(self, other: "Way") -> int:
        """How many of host and name two ways share: what blocks one may block both."""
        mine, theirs = self.address, other.address
        names = (mine.cover or mine.host, theirs.cover or theirs.host)
        return (mine.host == theirs.host) + (names[0] == names[1])


def ways_to(relay: RelayDescriptor, *, polls: bool) -> tuple[Way, ...]:
    """The ways to a relay, best first as its descriptor has them.

    Requests come after connections, because a network that cuts WebSocket cuts it
    everywhere, then bursts, then the roads that are slow by nature, slowest last.
    """
    addresses = tuple(dict.fromkeys(relay.addresses))
    every = sorted((Way(one) for one in addresses), key=lambda way: way.patience)
    ways = tuple(one for one in every if not one.patience)
    slow = tuple(one for one in every if one.patience)
    if not polls:
        return (*ways, *slow)
    web = [one for one in ways if one.address.road in _WEB]
    requests = (Way(one.address, polls=True) for one in web)
    bursts = (
        Way(one.address, polls=True, bursts=True) for one in web if not one.is_local
    )
    return (*ways, *requests, *bursts, *slow)
