"""Resolvers that nobody here wrote, on this machine's loopback."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from linnet.carriers.dns.message import Kind, Message
from tests.carriers.dns.zone import ZONE
from tests.proxy.certificates import make_certificate
from tests.relay.processes import free_port

UNBOUND = """server:
  interface: 127.0.0.1@{port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  verbosity: 0
  do-not-query-localhost: no
  use-caps-for-id: yes
  qname-minimisation: yes
  domain-insecure: "{zone}"
  cache-min-ttl: 60
  module-config: "iterator"
stub-zone:
  name: "{zone}"
  stub-addr: 127.0.0.1@{relay}
"""
"""It asks for one label after another, changes letters, and keeps what it hears."""

BY_HTTPS = """server:
  interface: 127.0.0.1@{port}
  https-port: {port}
  tls-service-key: "{key}"
  tls-service-pem: "{chain}"
"""
"""What it needs beside that to be asked by HTTPS, which it takes by HTTP/2 only."""


def free_udp_port() -> int:
    """A port that nobody has, by UDP or by TCP: a resolver takes both."""
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", port))
    return port


ALONE = (
    *("--keep-in-foreground", "--no-resolv", "--no-hosts", "--bind-interfaces"),
    *("--listen-address=127.0.0.1", "--conf-file=/dev/null", "--pid-file="),
)
"""How dnsmasq is run beside one of the machine's own."""


def command(
    program: str, folder: Path, port: int, relay: int, more: str = ""
) -> list[str]:
    """How one is run that asks the relay for its zone; unbound may be told more."""
    if program == "unbound":
        file = folder / "unbound.conf"
        told = UNBOUND.format(port=port, folder=folder, zone=ZONE, relay=relay)
        file.write_text(told + more)
        return ["-d", "-c", str(file)]
    asks = f"--server=/{ZONE}/127.0.0.1#{relay}"
    return [*ALONE, f"--port={port}", asks, "--min-cache-ttl=60"]


@asynccontextmanager
async def resolver(
    program: str, folder: Path, relay: int, more: str = ""
) -> AsyncIterator[int]:
    """Run one; its port, once it answers."""
    port = free_udp_port()
    async with up(program, port, command(program, folder, port, relay, more)):
        yield port


@asynccontextmanager
async def unbound_by_https(folder: Path, relay: int) -> AsyncIterator[str]:
    """Run one that is asked by HTTPS as well; its URL, once it answers."""
    chain, key = make_certificate(folder, "dns.example")
    port = free_port()
    more = BY_HTTPS.format(port=port, chain=chain, key=key)
    async with resolver("unbound", folder, relay, more):
        yield f"https://127.0.0.1:{port}/dns-query"


@asynccontextmanager
async def server_of_text(name: str, text: str) -> AsyncIterator[int]:
    """Run a dnsmasq that knows one TXT record, in many strings; its port."""
    port = free_udp_port()
    strings = ",".join(text[at : at + 255] for at in range(0, len(text), 255))
    words = [*ALONE, f"--port={port}", f"--address=/{ZONE}/192.0.2.1"]
    async with up("dnsmasq", port, [*words, f"--txt-record={name},{strings}"]):
        yield port


@asynccontextmanager
async def up(program: str, port: int, words: Sequence[str]) -> AsyncIterator[None]:
    """Run a server of names from when it answers at a port."""
    path = shutil.which(program, path="/usr/sbin:/usr/bin")
    if path is None:
        pytest.skip(f"{program} is not on this machine")
    process = await run(path, words)
    try:
        await answers(port)
        yield
    finally:
        process.terminate()
        await process.wait()


async def run(path: str, words: Sequence[str]) -> asyncio.subprocess.Process:
    """Start it."""
    return await asyncio.create_subprocess_exec(
        path,
        *words,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def answers(port: int) -> None:
    """Ask for the zone until somebody answers."""
    loop = asyncio.get_running_loop()
    query = Message.asking(ZONE, Kind.SOA, 1).pack()
    heard = asyncio.Event()

    class Asker(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            heard.set()

    transport, _ = await loop.create_datagram_endpoint(
        Asker, remote_addr=("127.0.0.1", port)
    )
    try:
        async with asyncio.timeout(20):
            while not heard.is_set():
                transport.sendto(query)
                await asyncio.wait([loop.create_task(heard.wait())], timeout=0.1)
    finally:
        transport.close()
