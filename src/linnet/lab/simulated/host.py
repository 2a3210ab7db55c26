"""A host: its addresses, what it listens at, and the connections it has."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from errno import EADDRINUSE
from ipaddress import IPv4Address
from os import strerror
from random import Random
from typing import TypeVar

from linnet.errors import LocalError
from linnet.lab.packets import Endpoint, Flags, Packet, Protocol
from linnet.lab.simulated.sockets import Socket, User
from linnet.lab.simulated.tcp import Tcp, Wish

ANY = IPv4Address("0.0.0.0")  # noqa: S104  # of a simulated host
LOOPBACK = IPv4Address("127.0.0.1")
_FIRST_PORT, _LAST_PORT = 32_768, 60_999

T = TypeVar("T")

Resolve = Callable[[str], Awaitable[list[str]]]


class Host:
    """One machine of the network.

    Attributes:
        addresses: where it can be reached; it speaks from the first.
        name_servers: whom it asks for names, if it asks itself.
        resolve: how it learns the address of a name; None asks the network, silently.
    """

    def __init__(
        self,
        addresses: tuple[IPv4Address, ...],
        seed: str,
        send: Callable[["Host", Packet], None],
    ) -> None:
        self.addresses = addresses
        self.name_servers: tuple[str, ...] = ()
        self.resolve: Resolve | None = None
        self._send = send
        self._chances = Random(seed)  # noqa: S311  # a lab's dice
        self._sockets: dict[tuple[Endpoint, Endpoint], Socket] = {}
        self._listeners: dict[Endpoint, Callable[[Socket], None]] = {}
        self._mailboxes: dict[Endpoint, Callable[[Packet], None]] = {}

    @contextmanager
    def here(self) -> Iterator[None]:
        """What runs or begins within this runs on this host."""
        token = _HERE.set(self)
        try:
            yield
        finally:
            _HERE.reset(token)

    def owns(self, address: IPv4Address) -> bool:
        """Whether an address is this host's own."""
        return address in self.addresses or address.is_loopback

    def connect(
        self, remote: Endpoint, user: User, local: Endpoint | None = None
    ) -> Socket:
        """Begin a TCP connection; the user hears what comes of it."""
        local = local or self.free_end(remote.host)
        socket = self._open(local, remote, user)
        socket.feed(Wish.OPENED)
        return socket

    def listen(self, end: Endpoint, accept: Callable[[Socket], None]) -> None:
        """Take TCP connections; `accept` is called with each that was asked for.

        Raises:
            OSError: somebody listens there.
        """
        _add(self._listeners, end, accept)

    def listen_no_more(self, end: Endpoint) -> None:
        """Take no further connections there."""
        self._listeners.pop(end, None)

    def open_mailbox(self, end: Endpoint, take: Callable[[Packet], None]) -> None:
        """Take UDP datagrams.

        Raises:
            OSError: somebody takes them there.
        """
        _add(self._mailboxes, end, take)

    def close_mailbox(self, end: Endpoint) -> None:
        """Take no further datagrams there."""
        self._mailboxes.pop(end, None)

    def cut(self) -> None:
        """End every connection at once."""
        for socket in list(self._sockets.values()):
            if socket.user is not None:
                socket.user.abort()

    def free_end(self, towards: IPv4Address) -> Endpoint:
        """An end of this host that nobody uses, for speaking to an address."""
        address = LOOPBACK if towards.is_loopback else self.addresses[0]
        used = {local for local, _ in self._sockets} | self._mailboxes.keys()
        while True:
            port = self._chances.randint(_FIRST_PORT, _LAST_PORT)
            end = Endpoint(address, port)
            if end not in used and end not in self._listeners:
                return end

    def send(self, packet: Packet) -> None:
        """Put a packet of this host on its line."""
        self._send(self, packet)

    def receive(self, packet: Packet) -> None:
        """Take a packet that came for this host."""
        if packet.protocol is Protocol.UDP:
            if take := _find(self._mailboxes, packet.target):
                take(packet)
            return
        if packet.protocol is not Protocol.TCP:
            return
        socket = self._sockets.get((packet.target, packet.source))
        is_syn = packet.flags & (Flags.SYN | Flags.ACK | Flags.RST) == Flags.SYN
        accept = _find(self._listeners, packet.target) if is_syn else None
        if socket is None and accept is not None:
            socket = self._open(packet.target, packet.source, None)
            accept(socket)
        if socket is not None:
            socket.arrived(packet)
        elif not packet.flags & Flags.RST:
            self.send(packet.reset())

    def _open(self, local: Endpoint, remote: Endpoint, user: User | None) -> Socket:
        machine = Tcp(local, remote, self._chances.getrandbits(32))
        socket = Socket(machine, user=user, send=self.send, forget=self._forget)
        self._sockets[local, remote] = socket
        return socket

    def _forget(self, socket: Socket) -> None:
        self._sockets.pop((socket.local, socket.remote), None)


_HERE: ContextVar[Host] = ContextVar("_HERE")


def this_host() -> Host:
    """Return the host on which the running code runs.

    Raises:
        LocalError: nobody said.
    """
    try:
        return _HERE.get()
    except LookupError:
        raise LocalError("Say on which host this runs: `with host.here():`") from None


def _add(table: dict[Endpoint, T], end: Endpoint, value: T) -> None:
    if _find(table, end) is not None:
        raise OSError(EADDRINUSE, strerror(EADDRINUSE))
    table[end] = value


def _find(table: dict[Endpoint, T], end: Endpoint) -> T | None:
    return table.get(end) or table.get(Endpoint(ANY, end.port))
