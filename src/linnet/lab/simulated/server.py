"""A place where a simulated host listens, and what a connection there becomes."""

import asyncio
from collections.abc import Callable, Iterable
from contextvars import copy_context
from socket import AF_INET, SOCK_STREAM

from linnet.lab.packets import Endpoint
from linnet.lab.simulated.host import Host
from linnet.lab.simulated.sockets import News, Socket
from linnet.lab.simulated.tcp import Open
from linnet.lab.simulated.transport import TcpTransport

Protocols = Callable[[], asyncio.BaseProtocol]


class SimulatedServer(asyncio.AbstractServer):
    """What ``create_server`` gives; callbacks run in the context that made it."""

    def __init__(self, host: Host, ends: Iterable[Endpoint], enter: Protocols) -> None:
        self._loop, self._host, self._enter = asyncio.get_running_loop(), host, enter
        self._context = copy_context()
        self._ends, self._is_serving = tuple(ends), False
        self._closed = self._loop.create_future()

    @property
    def sockets(self) -> tuple["Name", ...]:
        """What can be asked where it listens."""
        return tuple(map(Name, self._ends)) if self._is_serving else ()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return its loop."""
        return self._loop

    def is_serving(self) -> bool:
        """Whether it takes connections."""
        return self._is_serving

    async def start_serving(self) -> None:
        """Take connections from now on.

        Raises:
            OSError: somebody listens there already.
        """
        if not self._is_serving and not self._closed.done():
            for end in self._ends:
                self._host.listen(end, self._await_arrival)
            self._is_serving = True

    async def serve_forever(self) -> None:
        """Take connections until it is closed."""
        await self.start_serving()
        await self._closed

    def close(self) -> None:
        """Take no more; what is open stays open."""
        for end in self._ends if self._is_serving else ():
            self._host.listen_no_more(end)
        self._is_serving = False
        if not self._closed.done():
            self._closed.set_result(None)

    async def wait_closed(self) -> None:
        """Wait until it is closed."""
        await self._closed

    def _await_arrival(self, socket: Socket) -> None:
        socket.user = _Arrival(socket, self._welcome)

    def _welcome(self, socket: Socket) -> None:
        context = self._context.copy()
        self._loop.call_soon(
            lambda: TcpTransport(socket, self._enter(), context), context=context
        )


class _Arrival:
    """Waits until a connection stands."""

    def __init__(self, socket: Socket, welcome: Callable[[Socket], None]) -> None:
        self._socket, self._welcome = socket, welcome

    def hear(self, news: News) -> None:
        if isinstance(news, Open):
            self._welcome(self._socket)

    def settled(self) -> None:
        pass

    def abort(self) -> None:
        pass


class Name:
    """Stands where code asks a listening socket for its name."""

    family, type = AF_INET, SOCK_STREAM

    def __init__(self, end: Endpoint) -> None:
        self._end = end

    def getsockname(self) -> tuple[str, int]:
        """Return its address and port."""
        return str(self._end.host), self._end.port
