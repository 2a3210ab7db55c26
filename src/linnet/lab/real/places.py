"""Who lives where in the real lab; addresses are of those kept for examples."""

from ipaddress import IPv4Address
from typing import Final

CLIENT: Final = IPv4Address("10.0.0.2")
CENSOR: Final = IPv4Address("10.0.9.9")
"""From where the censor asks servers."""
RESOLVER: Final = IPv4Address("10.53.0.53")

HOSTER: Final = "192.0.2.0/24"
"""A foreign hoster, as censors list them."""
INSIDE: Final = "198.51.100.0/24"
"""A network within the country."""
ABROAD: Final = "198.18.0.0/24"
"""A foreign network that no list names (RFC 2544; the GFW's lies take RFC 5737's)."""

NAMES: Final = {
    "relay.example": IPv4Address("192.0.2.10"),
    "site.example": IPv4Address("192.0.2.20"),
    "blocked.example": IPv4Address("192.0.2.20"),
    "inside.example": IPv4Address("198.51.100.20"),
    "inside-relay.example": IPv4Address("198.51.100.10"),
    "abroad.example": IPv4Address("198.18.0.20"),
    "abroad-relay.example": IPv4Address("198.18.0.10"),
}
"""What the world's resolver says."""
RELAYS: Final = tuple(
    NAMES[f"{each}relay.example"] for each in ("", "inside-", "abroad-")
)
"""Where the relay's web server is."""
SITES: Final = tuple(NAMES[f"{each}.example"] for each in ("site", "inside", "abroad"))
"""Where a website is that has nothing to do with it."""
WORLD: Final = (*sorted(set(NAMES.values())), RESOLVER)
"""All addresses of the world; what it begins itself comes from the first."""

SITE_PORT: Final = 443
INNER_PORT: Final = 8080
"""On the world's loopback, for what is reached through a tunnel."""
RELAY_PORT: Final = 8765
"""The relay itself, on the world's loopback."""
