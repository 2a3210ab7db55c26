"""The zone of which a relay is name server, as it is run (spec/dns.md §5)."""

from dataclasses import dataclass
from typing import Final

from linnet.carriers.dns.authority import Authority
from linnet.carriers.dns.message import split
from linnet.carriers.dns.question import data_room
from linnet.carriers.dns.server import NameServer
from linnet.carriers.listener import Listener
from linnet.errors import LocalError, UsageError
from linnet.wire.links import Address, Road

DNS_PORT: Final = 53
SMALLEST_ROOM: Final = 64
"""Bytes that a question must carry, for the road to be of any use."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, and where the relay answers for it.

    Attributes:
        name: of the zone.
        listen: the host and port.
        server: the name of this machine in the delegation; may be empty.
    """

    name: str
    listen: tuple[str, int]
    server: str = ""

    @property
    def address(self) -> Address:
        """What links say: resolvers find the way."""
        return Address(Road.DNS, self.name, DNS_PORT)

    def check(self) -> None:
        """See that the names are names.

        Raises:
            UsageError: one is none, or leaves questions no room.
        """
        try:
            room = data_room(split(self.name))
            split(self.server)
        except LocalError:
            room = 0
        if room < SMALLEST_ROOM:
            raise UsageError(
                f"'{self.name}' is no zone to be name server of, or its name is too "
                "long; write for example --dns t.example.org."
            )

    async def serve(self, listener: Listener) -> NameServer:
        """Begin to answer.

        Raises:
            UsageError: the address cannot be listened at.
        """
        server = NameServer(Authority(self.name, listener, server=self.server))
        try:
            await server.listen(*self.listen)
        except OSError as error:
            raise UsageError(
                f"No name server can be run at that address: {error.strerror}. Choose "
                "another with --dns-listen HOST:PORT, and lead port 53 there."
            ) from None
        return server
