"""A relay that is name server of a zone, over real sockets of this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from linnet.carriers.dns.authority import Authority
from linnet.carriers.dns.server import NameServer
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY, Echo, echo_relay

ZONE = "t.example.org"


@asynccontextmanager
async def zone_of_echo() -> AsyncIterator[tuple[Echo, int]]:
    """An echo and the port of its name server."""
    async with echo_relay() as (echo, _):
        server = NameServer(Authority(ZONE, echo.listener))
        port = await server.listen("127.0.0.1", 0)
        try:
            yield echo, port
        finally:
            server.close()


def by_names(port: int, told: str = "127.0.0.1") -> RelayDescriptor:
    """Where the relay is, by one road."""
    address = Address(Road.DNS, ZONE, port, told)
    return RelayDescriptor(public_key(RELAY_KEY), (address,))
