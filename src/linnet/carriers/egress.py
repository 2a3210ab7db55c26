"""How connections leave this machine: straight, or through a chain of tunnels.

Specified in ``spec/carriers.md`` §13. Every road that opens a connection opens it here.
Which tunnels it goes through is a property of the task that opens it, so that what a
carrier opens later, in tasks of its own, goes the same way and no road can forget.
"""

import asyncio
import re
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import quote

from linnet.carriers.diagnosis import Came
from linnet.carriers.host_names import places_of, require_name
from linnet.carriers.plugins.lines import write_arguments
from linnet.carriers.plugins.pool import Plugins
from linnet.carriers.resolver import Resolver
from linnet.carriers.tunnels.kinds import TALKS
from linnet.carriers.tunnels.socks5 import socks5
from linnet.carriers.tunnels.tunnel import LARGEST_HEAD, Say, Tunnel, TunnelFailed

P = TypeVar("P", bound=asyncio.Protocol)

_MOST_OF_A_NAME: Final = 255

_HOST: Final = re.compile(r"[\w.-]{1,255}|[\da-fA-F:.]{2,45}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Egress:
    """A way out of this machine.

    Attributes:
        tunnels: what each connection goes through, the nearest first.
        plugins: the processes of those that are plug-ins.
        resolvers: whom the person chose to be asked by the road by names; else the
            machine's own are.
    """

    tunnels: tuple[Tunnel, ...] = ()
    plugins: Plugins = field(default_factory=Plugins, compare=False, repr=False)
    resolvers: tuple[Resolver, ...] = ()

    @property
    def is_straight(self) -> bool:
        """Whether connections go where they lead without a tunnel."""
        return not self.tunnels

    async def open(self, host: str, port: int) -> socket.socket:
        """Open a stream of bytes to a host and port, through every tunnel.

        Raises:
            OSError: nobody answers there, or a tunnel does not lead there.
        """
        if not self.tunnels:
            return await _open_straight(host, port)
        if not _HOST.fullmatch(host):
            raise TunnelFailed(
                "The name of the relay's address can be none.", Came.NO_NAME
            )
        tunnel = self.tunnels[-1]
        before = Egress(self.tunnels[:-1], self.plugins)
        if tunnel.kind not in TALKS:
            # It leads to what is behind its server, whatever that is.
            return await before.lead(tunnel)
        stream = await before._reach(tunnel)
        return await _through(stream, TALKS[tunnel.kind](tunnel, host, port))

    async def lead(self, plugin: Tunnel) -> socket.socket:
        """Open a stream of bytes to what is behind a plug-in's server.

        Raises:
            OSError: nobody answers there, or there is no such plug-in.
        """
        proxy = await self._as_proxy()
        host, port = await self.plugins.place(plugin.kind, proxy)
        told = write_arguments(plugin.arguments)
        if len(told) > 2 * _MOST_OF_A_NAME or not told.isascii():
            raise TunnelFailed("What the plug-in is to be told does not fit.")
        login = (told[:_MOST_OF_A_NAME], told[_MOST_OF_A_NAME:] or "\0") if told else ()
        local = Tunnel("socks5", host, port, *login)
        try:
            stream = await _open_straight(host, port)
        except OSError:
            raise TunnelFailed("The plug-in takes no connection.") from None
        return await _through(stream, socks5(local, plugin.host, plugin.port))

    async def close(self) -> None:
        """End the plug-ins."""
        await self.plugins.close()

    async def _as_proxy(self) -> str:
        """What a plug-in is told to go through."""
        if not self.tunnels:
            return ""
        if len(self.tunnels) > 1 or self.tunnels[0].kind not in TALKS:
            raise TunnelFailed("A plug-in goes through one proxy at most, not a chain.")
        (proxy,) = self.tunnels
        host = str((await places_of(proxy.host, proxy.port))[0][4][0])
        place = f"[{host}]:{proxy.port}" if ":" in host else f"{host}:{proxy.port}"
        login = f"{quote(proxy.user, '')}:{quote(proxy.password, '')}@"
        return f"{proxy.kind}://{login if proxy.user else ''}{place}"

    async def _reach(self, tunnel: Tunnel) -> socket.socket:
        try:
            return await self.open(tunnel.host, tunnel.port)
        except TunnelFailed:
            raise
        except OSError:
            raise TunnelFailed(
                "The proxy that your connections go through cannot be reached; is it "
                "running?"
            ) from None


STRAIGHT: Final = Egress()
_egress: ContextVar[Egress] = ContextVar("egress", default=STRAIGHT)


def egress() -> Egress:
    """The way out of what is opened here."""
    return _egress.get()


@contextmanager
def leaving_by(way_out: Egress) -> Iterator[None]:
    """Let what is opened within, and by tasks that begin within, leave that way."""
    before = _egress.set(way_out)
    try:
        yield
    finally:
        _egress.reset(before)


async def connect(
    make: Callable[[], P], host: str, port: int, **tls: Any
) -> tuple[asyncio.Transport, P]:
    """Open a connection to a host and port, and give it to a protocol.

    Raises:
        OSError: nobody answers there, or a tunnel does not lead there.
    """
    require_name(host)
    loop = asyncio.get_running_loop()
    way_out = egress()
    if way_out.is_straight:
        return await loop.create_connection(make, host, port, **tls)
    stream = await way_out.open(host, port)
    return await loop.create_connection(make, sock=stream, **tls)


async def converse(stream: socket.socket, talk: Generator[Say, bytes, None]) -> None:
    """Have a talk over a stream, to its end; nothing after it is read.

    Raises:
        TunnelFailed: the talk ended badly, or the stream before it.
    """
    loop = asyncio.get_running_loop()
    try:
        say = next(talk)
        while True:
            if say.data:
                await loop.sock_sendall(stream, say.data)
            say = talk.send(await _take(stream, say))
    except StopIteration:
        return
    except TunnelFailed:
        raise
    except OSError:
        raise TunnelFailed("The proxy of your chain cut the connection.") from None


async def _through(
    stream: socket.socket, talk: Generator[Say, bytes, None]
) -> socket.socket:
    try:
        await converse(stream, talk)
    except BaseException:
        stream.close()
        raise
    return stream


async def _take(stream: socket.socket, say: Say) -> bytes:
    loop = asyncio.get_running_loop()
    taken = bytearray()
    while len(taken) < say.take or not (say.take or taken.endswith(say.until)):
        # What follows the end is the carrier's; one byte at a time never takes of it.
        data = await loop.sock_recv(stream, say.take - len(taken) if say.take else 1)
        taken += data
        if not data:
            raise TunnelFailed("The proxy of your chain closed the connection.")
        if len(taken) > LARGEST_HEAD:
            raise TunnelFailed("What answers at the proxy of your chain is none.")
    return bytes(taken)


async def _open_straight(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    error = OSError(-1, "No address.")
    for family, kind, number, _, place in await places_of(host, port):
        stream = socket.socket(family, kind, number)
        stream.setblocking(False)
        try:
            await loop.sock_connect(stream, place)
        except OSError as one:
            stream.close()
            error = one
        except BaseException:
            stream.close()
            raise
        else:
            return stream
    raise error
