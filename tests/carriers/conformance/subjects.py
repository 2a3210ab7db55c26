"""Every carrier that the suite is run on: one line for each, at the end.

A subject says how a carrier is opened. What it needs on the way (TLS, a proxy, a
plug-in) it puts together before a line that the suite can cut.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from linnet.carriers.burst import Gate, burst
from linnet.carriers.carrier import Carrier
from linnet.carriers.dial import dial
from linnet.carriers.egress import Egress
from linnet.carriers.guises import CHROME, FIREFOX, PLAIN
from linnet.carriers.listener import Listener
from linnet.carriers.openers import Dial, open_road
from linnet.carriers.poller import poll
from linnet.carriers.tunnels.kinds import TALKS
from linnet.carriers.tunnels.tunnel import Tunnel
from linnet.relay.logs import Log
from linnet.relay.plugins import Plugin, serve
from linnet.wire.links import Address, Road
from tests.carriers.conformance.line import line_to
from tests.carriers.conformance.scene import Scene, Stage, Subject
from tests.carriers.conformance.slow_roads import SLOW_ROADS
from tests.carriers.people import SECRET_PATH
from tests.carriers.real_drops import program, running
from tests.carriers.recorders import COVER, server_tls, wearing
from tests.carriers.tunnels.proxies import http_proxy, socks4a_proxy, socks5_proxy
from tests.relay.processes import free_port

PAGE = Path(__file__).parents[3] / "docs/guide/write-a-carrier.md"
LOGIN = "ann", "p@ss"


@asynccontextmanager
async def plain(
    listener: Listener, road: Road = Road.WS, opens: Dial = open_road
) -> AsyncIterator[Scene]:
    """Straight to the relay."""
    tls = server_tls() if road is Road.WSS else None
    port = await listener.listen("127.0.0.1", 0, tls=tls)
    async with line_to(port) as line:
        cover = COVER if road is Road.WSS else ""
        address = Address(road, "127.0.0.1", line.port, SECRET_PATH, cover)
        scene = Scene(address, line, opens)
        try:
            yield scene
        finally:
            await scene.egress.close()


@asynccontextmanager
async def obfs4(listener: Listener) -> AsyncIterator[Scene]:
    """Through the plug-in; the line is between its two sides."""
    program("obfs4proxy")
    with TemporaryDirectory() as state:
        where = Plugin("obfs4", "127.0.0.1", 0)
        served = await serve(where, listener, Path(state), Log())
        try:
            async with line_to(served.address.port) as line:
                scene = Scene(replace(served.address, port=line.port), line)
                try:
                    yield scene
                finally:
                    await scene.egress.close()
        finally:
            await served.close()


_HAPROXY = """
defaults
    mode tcp
    timeout connect 10s
    timeout client 10m
    timeout server 10m
frontend names
    bind 127.0.0.1:{port}
    tcp-request inspect-delay 10s
    tcp-request content accept if {{ req.ssl_hello_type 1 }}
    use_backend relay if {{ req.ssl_sni -i {name} }}
backend relay
    server relay 127.0.0.1:{relay}
"""


@asynccontextmanager
async def sorted_by_name(listener: Listener) -> AsyncIterator[Scene]:
    """Behind a program of others that reads the name in TLS, and passes TLS on."""
    found, port = program("haproxy"), free_port()
    relay = await listener.listen("127.0.0.1", 0, tls=server_tls())
    with TemporaryDirectory() as folder:
        file = Path(folder, "haproxy.cfg")
        text = _HAPROXY.format(port=port, name=COVER, relay=relay)
        await asyncio.to_thread(file.write_text, text)
        async with running(found, "-f", file, port=port), line_to(port) as line:
            address = Address(Road.WSS, "127.0.0.1", line.port, SECRET_PATH, COVER)
            yield Scene(address, line)


Before = Callable[[AsyncExitStack], Awaitable[Tunnel]]


@asynccontextmanager
async def through(
    stage: Stage, *before: Before, listener: Listener
) -> AsyncIterator[Scene]:
    """A stage behind tunnels, the nearest first."""
    async with AsyncExitStack() as stack:
        tunnels = [await one(stack) for one in before]
        async with stage(listener) as scene:
            scene.egress = Egress(tuple(tunnels), scene.egress.plugins)
            yield scene


async def socks5(stack: AsyncExitStack) -> Tunnel:
    """A small SOCKS5 proxy that asks for a password."""
    asked = await stack.enter_async_context(socks5_proxy(LOGIN))
    return Tunnel("socks5", "127.0.0.1", asked.port, *LOGIN)


async def http(stack: AsyncExitStack) -> Tunnel:
    """A small HTTP proxy that asks for a password."""
    asked = await stack.enter_async_context(http_proxy(LOGIN))
    return Tunnel("http", "127.0.0.1", asked.port, *LOGIN)


async def documented(stack: AsyncExitStack) -> Tunnel:
    """What the page for contributors shows, as it stands there."""
    page = await asyncio.to_thread(PAGE.read_text)
    shown: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], shown)  # noqa: S102 - our own
    stack.enter_context(patch.dict(TALKS, {"socks4a": shown["socks4a"]}))
    asked = await stack.enter_async_context(socks4a_proxy())
    return Tunnel("socks4a", "127.0.0.1", asked.port)


async def microsocks(stack: AsyncExitStack) -> Tunnel:
    """A SOCKS5 proxy that others wrote."""
    port, (user, word) = free_port(), LOGIN
    command = program("microsocks"), "-i", "127.0.0.1", "-p", str(port)
    told = "-u", user, "-P", word
    await stack.enter_async_context(running(*command, *told, port=port))
    return Tunnel("socks5", "127.0.0.1", port, user, word)


async def tinyproxy(stack: AsyncExitStack) -> Tunnel:
    """An HTTP proxy that others wrote."""
    found, port = program("tinyproxy"), free_port()
    file = Path(stack.enter_context(TemporaryDirectory()), "tinyproxy.conf")
    user, word = "ann", "secret"
    lines = (
        f"Port {port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 50\n"
        f"BasicAuth {user} {word}\nAllow 127.0.0.1\nLogLevel Critical\n"
    )
    await asyncio.to_thread(file.write_text, lines)
    await stack.enter_async_context(running(found, "-d", "-c", file, port=port))
    return Tunnel("http", "127.0.0.1", port, user, word)


async def shadowsocks(stack: AsyncExitStack) -> Tunnel:
    """The SOCKS5 proxy of a disguise that others wrote, and the server behind it."""
    server, port = free_port(), free_port()
    where = "-s", "127.0.0.1", "-p", str(server)
    told = *where, "-k", "secret", "-m", "chacha20-ietf-poly1305"
    local = *told, "-b", "127.0.0.1", "-l", str(port)
    await stack.enter_async_context(running(program("ss-server"), *told, port=server))
    await stack.enter_async_context(running(program("ss-local"), *local, port=port))
    return Tunnel("socks5", "127.0.0.1", port)


def behind(stage: Stage, *before: Before) -> Stage:
    """A stage behind tunnels, as a stage."""
    return lambda listener: through(stage, *before, listener=listener)


def in_bursts(address: Address, user: object) -> Awaitable[Carrier]:
    """In bursts, at the pace of a machine without a censor."""
    return burst(address, user, gate=Gate(0, 0))  # type: ignore[arg-type]


def as_a(guise: object) -> Dial:
    """In one guise."""
    return partial(dial, wardrobe=wearing(guise))  # type: ignore[arg-type]


_WSS = partial(plain, road=Road.WSS)

QUICK: dict[str, Stage] = {
    "tcp": partial(plain, road=Road.TCP),
    "ws": plain,
    "wss as Chrome": partial(_WSS, opens=as_a(CHROME)),
    "wss as Firefox": partial(_WSS, opens=as_a(FIREFOX)),
    "wss as Python": partial(_WSS, opens=as_a(PLAIN)),
    "requests": partial(plain, opens=poll),
    "requests with TLS": partial(_WSS, opens=poll),
    "bursts": partial(plain, opens=in_bursts),
    "bursts with TLS": partial(_WSS, opens=in_bursts),
    "tcp|socks5": behind(partial(plain, road=Road.TCP), socks5),
    "wss|socks5": behind(_WSS, socks5),
    "wss|http": behind(_WSS, http),
    "wss|socks4a, as documented": behind(_WSS, documented),
    "wss|socks5|http": behind(_WSS, socks5, http),
    "requests|microsocks": behind(partial(plain, opens=poll), microsocks),
    "ws|tinyproxy": behind(plain, tinyproxy),
    "wss|shadowsocks": behind(_WSS, shadowsocks),
    "wss|shadowsocks|http": behind(_WSS, shadowsocks, http),
    "wss, sorted by haproxy": sorted_by_name,
    "obfs4": obfs4,
    "obfs4|socks5": behind(obfs4, socks5),
}

SUBJECTS = {name: Subject(stage) for name, stage in QUICK.items()} | SLOW_ROADS
