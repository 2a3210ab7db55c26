"""Which network this machine is on, as far as it can see without asking anyone.

Specified in ``spec/carriers.md`` §4. What is seen here is never kept: only its keyed
hash is.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from ipaddress import ip_address, ip_network

from linnet.carriers.memory import NETWORK_BYTES, NOWHERE

_CONTEXT = b"Linnet network 1 "
_IS_UP, _HAS_GATEWAY = 0x1, 0x2
_UNRESOLVED = "00:00:00:00:00:00"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a machine sees of its network; empty where it sees nothing.

    Attributes:
        gateway: the interface and address of its default gateway.
        hardware: the gateway's hardware address, once it is known.
        prefix: the first part of the machine's own address.
    """

    gateway: str = field(default="", repr=False)
    hardware: str = field(default="", repr=False)
    prefix: str = field(default="", repr=False)

    def id(self, key: bytes) -> bytes:
        """Return the network's name under a key of the home."""
        seen = self.hardware or self.prefix or self.gateway
        if not seen:
            return NOWHERE
        return digest(key, _CONTEXT + seen.encode(), sha256)[:NETWORK_BYTES]

    def is_elsewhere(self, before: "Sight") -> bool:
        """Whether this is another network than one that was seen before.

        A hardware address that has become known, or is not known for now, is no
        change: it is asked for only when something is sent.
        """
        known = self.hardware and before.hardware
        return (self.gateway, self.prefix) != (before.gateway, before.prefix) or bool(
            known and self.hardware != before.hardware
        )


def read_sight(routes: str, neighbours: str, own: str) -> Sight:
    """Read what the system tells: never fails, whatever it tells.

    Args:
        routes: Linux's ``/proc/net/route``, or nothing.
        neighbours: Linux's ``/proc/net/arp``, or nothing.
        own: this machine's address towards the world, or nothing.
    """
    gateways = sorted(filter(None, map(_read_route, routes.splitlines()[1:])))
    prefix = _prefix(own)
    if not gateways:
        return Sight(prefix=prefix)
    _, interface, address = gateways[0]
    hardware = ""
    for line in neighbours.splitlines()[1:]:
        match line.split():
            case [host, _, _, found, _, device, *_] if (host, device) == (
                address,
                interface,
            ):
                hardware = "" if found == _UNRESOLVED else found.lower()
            case _:
                pass
    return Sight(f"{interface} {address}", hardware, prefix)


def _prefix(own: str) -> str:
    try:
        address = ip_address(own)
    except ValueError:
        return ""
    bits = 24 if address.version == 4 else 64
    return str(ip_network((address, bits), strict=False))


def _read_route(line: str) -> tuple[int, str, str] | None:
    """Read a default route with a gateway: its metric, interface and gateway."""
    match line.split():
        case [interface, "00000000", gateway, flags, _, _, metric, *_]:
            try:
                number, wants = int(gateway, 16), _IS_UP | _HAS_GATEWAY
                if int(flags, 16) & wants != wants:
                    return None
                octets = number.to_bytes(4, "little")
                return int(metric), interface, ".".join(map(str, octets))
            except (ValueError, OverflowError):
                return None
        case _:
            return None
