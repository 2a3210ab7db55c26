"""Asks the local network who is there, and answers (spec/bags.md §9)."""

import asyncio
import os
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from linnet.carriers.nearby.names import Instance, answer, found, question
from linnet.errors import Unreachable

GROUP: Final = "224.0.0.251"
PORT: Final = 5353
_MULTICAST_ALL: Final = 49
"""IP_MULTICAST_ALL of Linux (ip(7)), which Python does not name."""
MOST_FOUND: Final = 16
MOST_OF_A_HOST: Final = 2
"""Names of one machine, so that one cannot be all that are found."""
MOST_ANSWERS: Final = 20
"""Answers in one second; who asks more often is not answered."""
_NO_INTERFACE: Final = (
    "There is no network interface of that name here, or this system does not let "
    "Linnet keep to one. Nobody was let in or asked; without --interface it uses all."
)


@dataclass(frozen=True, slots=True)
class Lan:
    """Where to look: a port, and an interface by its name, or "" for all there are."""

    port: int = PORT
    interface: str = ""

    def indexes(self) -> list[int]:
        """The interfaces, by number."""
        return [
            number
            for number, name in socket.if_nameindex()
            if self.interface in ("", name)
        ]

    def stream(self) -> socket.socket:
        """A TCP socket that takes and makes connections here and nowhere else.

        Raises:
            Unreachable: there is no such interface, or nothing keeps to it here.
        """
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)
        self.confine(made)
        return made

    def confine(self, made: socket.socket) -> None:
        """Keep a socket to the interface; close it where that cannot be done.

        An address would not do: a machine takes what is for any of its addresses by
        whichever interface it comes (RFC 1122 §3.3.4.2, the weak host).

        Raises:
            Unreachable: there is no such interface, or nothing keeps to it here.
        """
        if not self.interface:
            return
        try:
            _bind_to_interface(made, self.interface)
        except OSError as error:
            made.close()
            raise Unreachable(_NO_INTERFACE) from error


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A device that answered, at the address its answer came from."""

    name: bytes
    host: str
    port: int


class Answering(asyncio.DatagramProtocol):
    """Says that this device is there, to those who ask and to nobody else."""

    def __init__(self, own: Instance) -> None:
        self._own = own
        self._transport: asyncio.DatagramTransport | None = None
        self._left, self._until = MOST_ANSWERS, 0.0

    async def open(self, lan: Lan) -> None:
        """Begin.

        Raises:
            Unreachable: there is no network, or something else holds its port.
        """
        loop = asyncio.get_running_loop()
        try:
            endpoint = _bound(lan.port)
            lan.confine(endpoint)
        except OSError as error:
            raise Unreachable("This machine lets nobody be found nearby.") from error
        for index in lan.indexes():
            with suppress(OSError):  # an interface without multicast
                joining = _membership(index)
                endpoint.setsockopt(
                    socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joining
                )
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, sock=endpoint
        )

    def close(self) -> None:
        """End."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer who asks once, from a port of its own; a browser is not answered."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._left, self._until = MOST_ANSWERS, now + 1.0
        said = answer(data, self._own)
        if said is None or addr[1] == PORT or not self._left:
            return
        self._left -= 1
        if self._transport is not None:
            self._transport.sendto(said, addr)


class _Hearing(asyncio.DatagramProtocol):
    def __init__(self, number: int) -> None:
        self._number = number
        self.found: dict[bytes, Neighbour] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take an answer."""
        one = found(data, self._number)
        of_host = sum(each.host == addr[0] for each in self.found.values())
        has_room = len(self.found) < MOST_FOUND and of_host < MOST_OF_A_HOST
        if one is not None and has_room:
            self.found.setdefault(one.name, Neighbour(one.name, addr[0], one.port))


async def look_around(lan: Lan, seconds: float) -> list[Neighbour]:
    """Ask who is there, and wait so long for answers.

    Raises:
        Unreachable: there is no network to ask in.
    """
    number = int.from_bytes(os.urandom(2))
    hearing = _Hearing(number)
    loop = asyncio.get_running_loop()
    endpoint = _bound(0)
    lan.confine(endpoint)
    transport, _ = await loop.create_datagram_endpoint(lambda: hearing, sock=endpoint)
    try:
        if not _ask(endpoint, lan, question(number)):
            raise Unreachable("There is no network here in which to look for anybody.")
        await asyncio.sleep(seconds)
    finally:
        transport.close()
    return list(hearing.found.values())


def _ask(endpoint: socket.socket, lan: Lan, asked: bytes) -> int:
    """Send a question by every interface; return by how many it went."""
    sent = 0
    endpoint.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    for index in lan.indexes():
        with suppress(OSError):
            endpoint.setsockopt(
                socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _membership(index)
            )
            endpoint.sendto(asked, (GROUP, lan.port))
            sent += 1
    return sent


def _bound(port: int) -> socket.socket:
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.setblocking(False)
    if port:
        # Other programs of the machine answer for themselves on the same port.
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        # Bound to the group, it hears no unicast: nobody beyond the link may ask.
        endpoint.bind((GROUP if port else "", port))
        if port and sys.platform == "linux":
            # Nor what came by interfaces that other programs joined.
            endpoint.setsockopt(socket.IPPROTO_IP, _MULTICAST_ALL, 0)
    except OSError:
        endpoint.close()
        raise
    return endpoint


def _membership(index: int) -> bytes:
    return struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), index)


def _bind_to_interface(made: socket.socket, name: str) -> None:
    if sys.platform != "linux":
        # Elsewhere nothing is known to keep strangers of other networks out.
        raise OSError
    device = name.encode() + b"\0"
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
