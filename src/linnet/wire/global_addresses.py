"""Which addresses are of the internet, and which of somebody's own network.

What others name must not lead into networks that only this machine reaches.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_UNICAST: Final = IPv6Network("2000::/3")
_INSIDE: Final = ("localhost", "local", "internal", "lan", "arpa")
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_global(address: str) -> bool:
    """Whether an address is a unicast one of the internet, and nobody's own network.

    An IPv6 address that only wraps an IPv4 one is judged by that.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False  # a scope, as in fe80::1%eth0
    if isinstance(found, IPv6Address):
        wrapped = _wrapped(found)
        if any(not _is_open(one) for one in wrapped):
            return False
        if found.ipv4_mapped is not None or found in _NAT64:
            return True
    return _is_open(found)


def is_inside(host: str) -> bool:
    """Whether a name or an address leads into this machine or its own network."""
    name = host.lower().rstrip(".")
    if is_global(name.strip("[]")):
        return False
    # A number that is no address in the usual form may still be taken for one.
    last = name.rpartition(".")[2]
    return "." not in name or last in _INSIDE or last[:1].isdigit() or ":" in name


def _is_open(found: IPv4Address | IPv6Address) -> bool:
    if isinstance(found, IPv6Address) and found not in _UNICAST:
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _wrapped(found: IPv6Address) -> list[IPv4Address]:
    wrapped = [one for one in (found.ipv4_mapped, found.sixtofour) if one is not None]
    if found.teredo is not None:
        wrapped += found.teredo
    if found in _NAT64:
        wrapped.append(IPv4Address(int(found) & 0xFFFFFFFF))
    return wrapped
