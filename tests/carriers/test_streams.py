"""Requests by HTTP/2, to a web server nobody here wrote before a relay."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import uvloop

from linnet.carriers.guises import CHROME, FIREFOX, SAFARI, Guise, Wardrobe
from linnet.carriers.link import Link
from linnet.carriers.poller import poll
from linnet.errors import Unreachable
from linnet.wire.links import Address, Road
from tests.carriers.people import SECRET_PATH, echo_relay, hear, running, until_open
from tests.carriers.recorders import COVER, named, recording, server_tls, wearing
from tests.carriers.test_polling import Listening
from tests.deploy.fronts import require
from tests.proxy.certificates import make_certificate
from tests.proxy.sites import running as up
from tests.relay.processes import free_port

pytestmark = pytest.mark.slow

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

_CADDYFILE = """{{
    admin off
    auto_https off
    grace_period 1s
}}
https://:{port} {{
    bind 127.0.0.1
    tls {chain} {key}
    log {{
        output stdout
    }}
    reverse_proxy 127.0.0.1:{relay}
}}
"""


@contextmanager
def caddy(folder: Path, relay: int, port: int) -> Iterator[None]:
    """A web server that takes HTTP/2, before a relay; it logs to ``caddy.log``."""
    require("caddy")
    file, log = folder / "Caddyfile", folder / "caddy.log"
    chain, key = make_certificate(folder, COVER)
    file.write_text(_CADDYFILE.format(port=port, relay=relay, chain=chain, key=key))
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with up(command, port, log):
        yield


CHROMIUM = "1:65536;2:0;4:6291456;6:262144|15663105"
"""As Chromium 156 of this machine said it to a listener on loopback."""
SETTINGS = {
    CHROME: CHROMIUM,
    FIREFOX: "1:65536;2:0;4:131072;5:16384|12517377",
    SAFARI: "2:0;3:100;4:2097152;9:1|10420225",
}
"""Of Firefox and Safari as others published them."""


def settings(said: bytes) -> str:
    """The settings that a connection of HTTP/2 begins with, and its window."""
    assert said.startswith(PREFACE)
    place, told, window = len(PREFACE), "", 0
    while len(said) >= place + 9:
        size, kind = int.from_bytes(said[place : place + 3]), said[place + 3]
        body = said[place + 9 : place + 9 + size]
        if kind == 4 and not told:
            pairs = [body[at : at + 6] for at in range(0, size, 6)]
            numbers = [(int.from_bytes(p[:2]), int.from_bytes(p[2:])) for p in pairs]
            told = ";".join(f"{key}:{value}" for key, value in numbers)
        elif kind == 8 and not window:
            window = int.from_bytes(body)
        place += 9 + size
    return f"{told}|{window}"


@pytest.mark.parametrize("guise", SETTINGS, ids=lambda guise: guise.name)
def test_a_connection_of_http_2_begins_with_the_settings_of_its_browser(
    guise: Guise,
) -> None:
    heard: list[bytes] = []

    async def listen(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        said = await reader.read(4_096)
        if said:
            heard.append(said)
        writer.transport.abort()

    async def story() -> None:
        tls = server_tls("h2")
        server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=tls)
        async with server:
            port = server.sockets[0].getsockname()[1]
            address = Address(Road.WSS, "127.0.0.1", port, SECRET_PATH, COVER)
            with pytest.raises(Unreachable):
                await poll(address, Listening(), wearing(guise))

    asyncio.run(story())

    assert settings(heard[0]) == SETTINGS[guise]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize(
    "guise", [CHROME, FIREFOX, SAFARI], ids=lambda guise: guise.name
)
def test_where_a_server_takes_http_2_requests_share_one_connection_of_it(
    run: object, guise: Guise, tmp_path: Path
) -> None:
    sent = [os.urandom(size) for size in (10, 60_000) * 20]

    async def story() -> tuple[list[bytes], int, Wardrobe, Address]:
        wardrobe = wearing(guise)
        async with echo_relay() as (_, relay):
            port = free_port()
            with caddy(tmp_path, relay, port):
                async with recording(port) as (road, hellos):
                    address = Address(Road.WSS, "127.0.0.1", road, SECRET_PATH, COVER)
                    way = partial(poll, wardrobe=wardrobe)
                    link = Link(named(address), dial=way, poll=None)
                    async with running(link) as events:
                        await until_open(events)
                        for message in sent:
                            if not link.send(message):
                                await link.room()
                        heard = await hear(events, len(sent))
                    return heard, len(hellos), wardrobe, address

    heard, connections, wardrobe, address = run(story())  # type: ignore[operator]
    log = (tmp_path / "caddy.log").read_text()

    assert heard == sent
    assert wardrobe.speaks_new(address)
    assert connections == 1
    assert '"proto":"HTTP/2.0"' in log
    assert '"proto":"HTTP/1.1"' not in log


def test_a_server_that_ends_in_the_middle_is_met_again_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    sent = [os.urandom(20_000) for _ in range(9)]

    async def story() -> list[bytes]:
        way = partial(poll, wardrobe=wearing(CHROME))
        port = free_port()
        async with echo_relay() as (_, relay):
            address = Address(Road.WSS, "127.0.0.1", port, SECRET_PATH, COVER)
            link = Link(named(address), dial=way, poll=None)
            with ExitStack() as first:
                first.enter_context(caddy(tmp_path, relay, port))
                async with running(link, patience=60) as events:
                    await until_open(events)
                    link.send(sent[0])
                    heard = await hear(events, 1)
                    first.close()
                    for message in sent[1:]:
                        link.send(message)
                    with caddy(tmp_path, relay, port):
                        return heard + await hear(events, 8)

    assert asyncio.run(story()) == sent
