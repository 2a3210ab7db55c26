"""How a carrier made of requests finds out what a real web server speaks."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from linnet.carriers.guises import CHROME
from linnet.carriers.link import Link
from linnet.carriers.poller import poll
from linnet.errors import Unreachable
from linnet.wire.links import Address, Road
from tests.carriers.people import SECRET_PATH, echo_relay, hear, running, until_open
from tests.carriers.recorders import COVER, named, recording, wearing
from tests.carriers.test_polling import Listening
from tests.deploy.fronts import require
from tests.proxy.certificates import make_certificate
from tests.proxy.sites import running as up
from tests.relay.processes import free_port

pytestmark = pytest.mark.slow

_CADDYFILE = """{{
    admin off
    auto_https off
    grace_period 1s
    servers {{
        protocols {protocols}
    }}
}}
https://:{port} {{
    bind 127.0.0.1
    tls {chain} {key}
    reverse_proxy 127.0.0.1:{relay}
}}
"""


@contextmanager
def caddy(folder: Path, relay: int, port: int, protocols: str) -> Iterator[None]:
    """A web server before a relay, which speaks what it is told to."""
    require("caddy")
    file = folder / "Caddyfile"
    chain, key = make_certificate(folder, COVER)
    places = {"port": port, "relay": relay, "chain": chain, "key": key}
    places |= {"protocols": protocols}
    file.write_text(_CADDYFILE.format(**places))
    command = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    with up(command, port, folder / "caddy.log"):
        yield


async def talk(
    folder: Path, words: Sequence[bytes], protocols: str
) -> tuple[list[bytes], int]:
    """Say something by requests; what came back, and by how many connections."""
    port = free_port()
    async with echo_relay() as (_, relay):
        with caddy(folder, relay, port, protocols):
            async with recording(port) as (road, hellos):
                address = Address(Road.WSS, "127.0.0.1", road, SECRET_PATH, COVER)
                way = partial(poll, wardrobe=wearing(CHROME))
                link = Link(named(address), dial=way, poll=None)
                async with running(link) as events:
                    await until_open(events)
                    for one in words:
                        link.send(one)
                    return await hear(events, len(words)), len(hellos)


WORDS = [bytes([number]) * 30_000 for number in range(20)]


@pytest.mark.parametrize(("protocols", "number"), [("h1 h2", 1), ("h1", 2)])
def test_what_a_server_speaks_is_found_out_with_no_connection_to_spare(
    protocols: str, number: int, tmp_path: Path
) -> None:
    heard, connections = asyncio.run(talk(tmp_path, WORDS, protocols))

    assert heard == WORDS
    assert connections == number


def test_a_server_that_resets_every_handshake_is_dialled_once() -> None:
    met = []

    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(True)
        writer.transport.abort()

    async def story() -> None:
        server = await asyncio.start_server(reset, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            address = Address(Road.WSS, "127.0.0.1", port, SECRET_PATH, COVER)
            with pytest.raises(Unreachable):
                await poll(address, Listening(), wearing(CHROME))

    asyncio.run(story())

    assert met == [True]
