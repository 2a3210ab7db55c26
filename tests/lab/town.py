"""A small world for tests: one client behind a line, and servers beyond it."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from typing import TypeVar

from linnet.carriers.outside import unchecked
from linnet.lab.censor import Censor
from linnet.lab.packets import Packet
from linnet.lab.simulated.certificate import tls_for
from linnet.lab.simulated.host import Host
from linnet.lab.simulated.line import HOME, Line, Shape
from linnet.lab.simulated.loop import run
from linnet.lab.simulated.meter import Meter
from linnet.lab.simulated.network import Network

T = TypeVar("T")

CLIENT, SERVER, OTHER = "10.0.0.2", "192.0.2.10", "198.51.100.20"
NAME = "cover.example"

QUIET = Shape()
"""60 ms there and back, and nothing lost."""


class Town:
    """A client on a line of S0, a server of two addresses, and what passes."""

    def __init__(
        self, seed: int = 1, shape: Shape = HOME, censor: Censor | None = None
    ) -> None:
        self.network = Network(seed)
        self.line: Line = self.network.line(shape, censor=censor)
        self.client: Host = self.network.host(CLIENT, line=self.line)
        self.server: Host = self.network.host(SERVER, OTHER)
        self.network.names[NAME] = [SERVER]
        self.meter, self.log = Meter(), list[tuple[float, Packet]]()
        self.line.watch(self.meter)
        self.line.watch(lambda packet, now: self.log.append((now, packet)))

    def run(self, story: Callable[[], Coroutine[None, None, T]]) -> T:
        """Run a story here."""
        return run(story(), self.network)

    def outline(self) -> list[tuple[float, str, int, int]]:
        """Every packet at the client, but for what its octets are."""
        return [
            (now, str(packet), packet.sequence, packet.acknowledged)
            for now, packet in self.log
        ]


def certificate() -> ssl.SSLContext:
    """The server's TLS."""
    return tls_for(NAME)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one request as a small website would."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + bytes(20_000))
    writer.close()


async def fetch(host: str, port: int = 443) -> bytes:
    """Ask a website for its page, over TLS."""
    reader, writer = await asyncio.open_connection(
        host, port, ssl=unchecked(), server_hostname=NAME
    )
    writer.write(b"GET / HTTP/1.1\r\nHost: cover.example\r\n\r\n")
    page = await reader.read()
    writer.close()
    await writer.wait_closed()
    return page


async def browse(town: Town) -> bytes:
    """Start the website, and have the client fetch its page once."""
    with town.server.here():
        server = await asyncio.start_server(answer, SERVER, 443, ssl=certificate())
    async with server:
        with town.client.here():
            return await fetch(NAME)
