"""A website that is read on the connection of a carrier, from a real web server."""

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
    log {{
        output stdout
    }}
    root * {site}
    reverse_proxy {path} 127.0.0.1:{relay}
    file_server
}}
"""


def site(folder: Path, picture: int) -> None:
    """A page with a picture of that size, and a style."""
    folder.mkdir()
    shown = '<link rel="stylesheet" href="s.css"><img src="/big.png"><a href="/on">'
    (folder / "index.html").write_text(shown)
    (folder / "s.css").write_text("p { margin: 0 }")
    (folder / "big.png").write_bytes(bytes(picture))


@contextmanager
def caddy(folder: Path, relay: int, port: int, protocols: str) -> Iterator[None]:
    """A web server with a website, before a relay; it logs to ``caddy.log``."""
    require("caddy")
    file = folder / "Caddyfile"
    chain, key = make_certificate(folder, COVER)
    places = {"port": port, "relay": relay, "path": SECRET_PATH, "chain": chain}
    places |= {"site": folder / "site", "key": key, "protocols": protocols}
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


@pytest.mark.parametrize("picture", [50_000, 5_000_000])
def test_a_talk_by_requests_reads_the_site_on_its_one_connection(
    picture: int, tmp_path: Path
) -> None:
    site(tmp_path / "site", picture)

    heard, connections = asyncio.run(talk(tmp_path, WORDS, "h1 h2"))
    said = (tmp_path / "caddy.log").read_text()

    assert heard == WORDS
    assert connections == 1
    assert all(f'"uri":"{path}"' in said for path in ("/", "/s.css", "/big.png"))
    assert said.index('"method":"POST"') < said.index('"method":"GET"')


def test_where_a_server_has_no_http_2_two_connections_carry_words_alone(
    tmp_path: Path,
) -> None:
    site(tmp_path / "site", 50_000)

    heard, connections = asyncio.run(talk(tmp_path, WORDS, "h1"))

    assert heard == WORDS
    assert connections == 2
    assert '"method":"GET"' not in (tmp_path / "caddy.log").read_text()


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
