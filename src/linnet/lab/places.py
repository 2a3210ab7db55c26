"""Who lives where in both forms of the lab, by addresses kept for examples."""

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

RELAYS: Final = {
    "relay.example": IPv4Address("192.0.2.10"),
    "abroad-relay.example": IPv4Address("198.18.0.10"),
    "inside-relay.example": IPv4Address("198.51.100.10"),
}
"""Where a relay is, by name: at the hoster, elsewhere abroad, within the country."""
SITES: Final = {
    "site.example": IPv4Address("192.0.2.20"),
    "blocked.example": IPv4Address("192.0.2.20"),
    "inside.example": IPv4Address("198.51.100.20"),
    "abroad.example": IPv4Address("198.18.0.20"),
}
"""Where a website is that has nothing to do with it."""
PROXY: Final = "proxy.example"
"""A machine at the hoster for proxies of others, by a name that no list has."""
NAMES: Final = RELAYS | SITES | {PROXY: IPv4Address("192.0.2.30")}
"""What the world's resolver says."""
ZONE: Final = "t.example"
"""Of which a relay may be the name server."""
WORLD: Final = (*sorted(set(NAMES.values())), RESOLVER)
"""All addresses of the world; what it begins itself comes from the first."""

BLOCKED: Final = frozenset({"blocked.example", "relay.example"})
"""Names that may not be asked for."""
ALLOWED: Final = frozenset({"inside.example", "inside-relay.example"})
"""Names that may be, where only a list passes."""

SITE_PORT: Final = 443
INNER_PORT: Final = 8080
"""On the world's loopback, for what is reached through a tunnel."""
RELAY_PORT: Final = 8765
"""The relay itself, on the world's loopback."""
ZONE_PORT: Final = 5353
"""The same as a name server."""
