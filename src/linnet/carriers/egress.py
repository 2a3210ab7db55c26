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
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from linnet.carriers.diagnosis import Came
from linnet.carriers.tunnels.kinds import TALKS
from linnet.carriers.tunnels.tunnel import LARGEST_HEAD, Say, Tunnel, TunnelFailed

P = TypeVar("P", bound=asyncio.Protocol)

_HOST: Final = re.compile(r"[\w.-]{1,255}|[\da-fA-F:.]{2,45}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Egress:
    """A way out of this machine.

    Attributes:
        tunnels: what each connection goes through, the nearest first.
    """

    tunnels: tuple[Tunnel, ...] = ()

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
        stream = await self._reach(tunnel)
        try:
            await converse(stream, TALKS[tunnel.kind](tunnel, host, port))
        except BaseException:
            stream.close()
            raise
        return stream

    async def _reach(self, tunnel: Tunnel) -> socket.socket:
        before = Egress(self.tunnels[:-1])
        try:
            return await before.open(tunnel.host, tunnel.port)
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
    for family, kind, number, _, place in await loop.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
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
