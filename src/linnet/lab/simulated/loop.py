"""The event loop of the simulated lab: asyncio's network calls go to the network here.

Whatever opens or awaits a connection through asyncio runs in it unmodified: protocols,
streams, TLS. Which host it runs on is said by ``with host.here():`` around it, or
around what began the task.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import closing
from contextvars import copy_context
from errno import EADDRNOTAVAIL
from ipaddress import IPv4Address
from ssl import SSLContext
from typing import Any, TypeVar

from linnet.errors import LocalError
from linnet.lab.packets import Endpoint
from linnet.lab.simulated.clock import A_DAY, VirtualLoop
from linnet.lab.simulated.datagrams import UdpTransport
from linnet.lab.simulated.host import ANY, LOOPBACK, Host, this_host
from linnet.lab.simulated.network import Network
from linnet.lab.simulated.server import SimulatedServer
from linnet.lab.simulated.sockets import News, Socket
from linnet.lab.simulated.tcp import Break, Open, Wish
from linnet.lab.simulated.tls import client_side, server_side
from linnet.lab.simulated.transport import TcpTransport, error_of

T = TypeVar("T")

Protocols = Callable[[], Any]
Found = list[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]]


def run(
    story: Coroutine[Any, Any, T], network: Network, *, most_seconds: float = A_DAY
) -> T:
    """Run a story on a network, in virtual time.

    Raises:
        LocalError: everything waits for ever, or for more than `most_seconds`.
        Exception: whatever a rule raised.
    """

    def make() -> SimulatedLoop:
        return SimulatedLoop(network, most_seconds)

    with closing(story), asyncio.Runner(loop_factory=make) as runner:
        try:
            return runner.run(story)
        except RuntimeError:
            # The loop was stopped in the middle.
            if network.failure is not None:
                raise network.failure from None
            raise


class SimulatedLoop(VirtualLoop):
    """A loop in virtual time whose connections cross a simulated network.

    Attributes:
        has_sockets: whether libraries with sockets of their own can be used on it.
    """

    has_sockets = False

    def __init__(self, network: Network, most_seconds: float = A_DAY) -> None:
        super().__init__(most_seconds)
        self._network = network
        try:
            network.attach(self)
        except LocalError:
            super().close()
            raise

    def name_servers(self) -> tuple[str, ...]:
        """Whom the host of the running code asks for names."""
        return this_host().name_servers

    def close(self) -> None:
        """Close it; what connections are left are cut, and their protocols told."""
        if not self.is_closed():
            self._network.cut()
            # TLS tells its protocol in the turn after it was told.
            self.run_until_complete(asyncio.sleep(0))
            self.run_until_complete(asyncio.sleep(0))
        super().close()

    async def getaddrinfo(  # type: ignore[override]  # of IPv4 alone
        self,
        host: str | None,
        port: int | str | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002  # asyncio's own name for it
        proto: int = 0,
        flags: int = 0,
    ) -> Found:
        """Look up a name.

        Raises:
            OSError: it leads nowhere.
        """
        del proto
        kind = socket.SocketKind(type or socket.SOCK_STREAM)
        number = 17 if kind is socket.SOCK_DGRAM else 6
        if host is None:
            host = str(ANY if flags & socket.AI_PASSIVE else LOOPBACK)
        addresses = await self._look_up(host)
        if not addresses or family == socket.AF_INET6:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET, kind, number, "", (address, int(port or 0)))
            for address in addresses
        ]

    async def create_connection(
        self,
        protocol_factory: Protocols,
        host: str | None = None,
        port: int | None = None,
        *,
        ssl: SSLContext | bool | None = None,
        local_addr: tuple[str, int] | None = None,
        server_hostname: str | None = None,
        **options: Any,
    ) -> tuple[asyncio.Transport, Any]:
        """Open a TCP connection from the host of the running code.

        Raises:
            OSError: nobody is reached.
        """
        _refuse_sockets(options)
        connected = await self._reach(host, port, local_addr)
        protocol, waiter = protocol_factory(), self.create_future()
        transport: asyncio.Transport
        if ssl:
            name = host if server_hostname is None else server_hostname
            context = self._network.browser or ssl
            secure = client_side(protocol, context, name, waiter, options)
            TcpTransport(connected, secure, copy_context())
            transport = secure._app_transport
        else:
            transport = TcpTransport(connected, protocol, copy_context())
            self.call_soon(waiter.set_result, None)
        try:
            await waiter
        except BaseException:
            transport.close()
            raise
        return transport, protocol

    async def create_server(  # type: ignore[override]  # no sockets are taken
        self,
        protocol_factory: Protocols,
        host: str | Iterable[str] | None = None,
        port: int | None = None,
        *,
        ssl: SSLContext | None = None,
        start_serving: bool = True,
        **options: Any,
    ) -> SimulatedServer:
        """Listen at an address, on the host that has it.

        Raises:
            OSError: somebody listens there already, or no host has the address.
        """
        _refuse_sockets(options)

        def enter() -> asyncio.BaseProtocol:
            protocol: asyncio.BaseProtocol = protocol_factory()
            return server_side(protocol, ssl, options) if ssl else protocol

        named = [host] if host is None or isinstance(host, str) else list(host)
        places = [self._place(name or str(ANY)) for name in named]
        owner = places[0][0]
        ends = [
            Endpoint(address, port or owner.free_end(address).port)
            for _, address in places
        ]
        server = SimulatedServer(owner, ends, enter)
        if start_serving:
            await server.start_serving()
        return server

    async def create_datagram_endpoint(  # type: ignore[override]  # no sockets are taken
        self,
        protocol_factory: Protocols,
        local_addr: tuple[str, int] | None = None,
        remote_addr: tuple[str, int] | None = None,
        **_: Any,
    ) -> tuple[UdpTransport, Any]:
        """Send and take datagrams.

        Raises:
            OSError: the end is taken, or the peer's name leads nowhere.
        """
        host, remote = this_host(), None
        if remote_addr is not None:
            infos = await self.getaddrinfo(*remote_addr, type=socket.SOCK_DGRAM)
            remote = Endpoint.at(*infos[0][4])
        towards = remote.host if remote else host.addresses[0]
        local = host.free_end(towards)
        if local_addr is not None:
            owner, address = self._place(local_addr[0])
            host, local = owner, Endpoint(address, local_addr[1] or local.port)
        protocol = protocol_factory()
        return UdpTransport(host, local, remote, protocol), protocol

    async def _look_up(self, name: str) -> list[str]:
        try:
            return [str(IPv4Address(name))]
        except ValueError:
            pass
        if name == "localhost":
            return [str(LOOPBACK)]
        resolve = this_host().resolve
        if resolve is not None:
            return await resolve(name)
        return self._network.names.get(name.lower(), [])

    async def _reach(
        self, host: str | None, port: int | None, local: tuple[str, int] | None
    ) -> Socket:
        """Connect to the first address that answers.

        Raises:
            OSError: none does.
        """
        failure: OSError | None = None
        for *_, (address, number) in await self.getaddrinfo(host, port):
            dialling = _Dialling(self.create_future())
            near = Endpoint.at(*local) if local else None
            made = this_host().connect(Endpoint.at(address, number), dialling, near)
            try:
                await dialling.opened
            except OSError as error:
                failure = error
            except asyncio.CancelledError:
                made.feed(Wish.ABORTED)
                raise
            else:
                return made
        raise failure or OSError("There was no address to connect to.")

    def _place(self, name: str) -> tuple[Host, IPv4Address]:
        """Whose address a name is; one that many have is that of the running code's."""
        address = LOOPBACK if name == "localhost" else IPv4Address(name)
        if address.is_unspecified or address.is_loopback:
            return this_host(), address
        owner = self._network.host_at(address)
        if owner is None:
            raise OSError(EADDRNOTAVAIL, os.strerror(EADDRNOTAVAIL))
        return owner, address


class _Dialling:
    """Waits until a connection stands, or does not."""

    def __init__(self, opened: asyncio.Future[None]) -> None:
        self.opened = opened

    def hear(self, news: News) -> None:
        if self.opened.done():
            return
        if isinstance(news, Open):
            self.opened.set_result(None)
        elif isinstance(news, Break):
            self.opened.set_exception(error_of(news.reason))

    def settled(self) -> None:
        pass

    def abort(self) -> None:
        pass


def _refuse_sockets(options: Mapping[str, Any]) -> None:
    if options.get("sock") is not None:
        raise LocalError("The kernel's sockets do not exist in virtual time.")
