"""Plug-ins that others wrote, up to where their own servers begin (carriers.md §14)."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from linnet.carriers.diagnosis import Unopened
from linnet.carriers.egress import Egress, leaving_by
from linnet.carriers.link import Link
from linnet.carriers.openers import open_road
from linnet.carriers.plugin_road import plugin_address
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.tunnels.tunnel import Tunnel
from linnet.wire.links import Address
from tests.carriers.people import echo_relay, hear, running, until_open
from tests.carriers.plugins.programs import NEEDS_OBFS4
from tests.carriers.recorders import named
from tests.carriers.test_dial import Nobody

NEEDS_SNOWFLAKE = pytest.mark.skipif(
    shutil.which("snowflake-client") is None,
    reason="snowflake-client is not on this machine",
)
Asked = asyncio.Queue[tuple[str, dict[str, str], bytes]]
"""What a web server was asked: the line, the headers, the body."""


async def read_request(
    reader: asyncio.StreamReader,
) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *fields = head.strip().split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (field.partition(":") for field in fields)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return line, headers, body


@asynccontextmanager
async def broker() -> AsyncIterator[tuple[int, Asked]]:
    """A broker of snowflake's that has no proxy for anybody."""
    asked: Asked = asyncio.Queue()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            asked.put_nowait(await read_request(reader))
            writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


class Asker(asyncio.DatagramProtocol):
    """A server of ICE that writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.asked.put_nowait(data)


@NEEDS_SNOWFLAKE
def test_snowflake_is_told_its_broker_its_front_and_its_ice_with_each_connection() -> (
    None
):
    async def story() -> None:
        loop = asyncio.get_running_loop()
        transport, ice = await loop.create_datagram_endpoint(
            Asker, local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        async with asyncio.timeout(60), broker() as (front, asked):
            told = (
                ("url", "http://broker.invalid/"),
                ("front", f"127.0.0.1:{front}"),
                ("ice", f"stun:127.0.0.1:{port}"),
            )
            way_out = Egress()
            with leaving_by(way_out):
                address = plugin_address("snowflake", "192.0.2.1", 80, told)
                carrier = await open_road(address, Nobody())
            line, headers, body = await asked.get()
            assert line == "POST /client HTTP/1.1"
            assert headers["host"] == "broker.invalid"
            assert b'"offer"' in body
            # The magic of STUN (RFC 8489).
            assert (await ice.asked.get())[4:8] == bytes.fromhex("2112a442")
            carrier.abort()
            await way_out.close()
        transport.close()

    asyncio.run(story())


@NEEDS_SNOWFLAKE
def test_snowflake_which_takes_no_proxy_is_not_let_go_round_one() -> None:
    async def story() -> str:
        address = plugin_address("snowflake", "192.0.2.1", 80, ())
        way_out = Egress((Tunnel("socks5", "127.0.0.1", 1),))
        with leaving_by(way_out), pytest.raises(Unopened) as caught:
            await open_road(address, Nobody())
        await way_out.close()
        return str(caught.value)

    assert "cannot go through that proxy" in asyncio.run(story())


@asynccontextmanager
async def meek_server(relay: int) -> AsyncIterator[int]:
    """The other side of meek: each request carries bytes up, and each answer down."""
    lines: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            while True:
                _, headers, body = await read_request(reader)
                whose = headers["x-session-id"]
                if whose not in lines:
                    lines[whose] = await asyncio.open_connection("127.0.0.1", relay)
                down, up = lines[whose]
                up.write(body)
                said = b""
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        said = await down.read(65_536)
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(said)}\r\n\r\n"
                writer.write(head.encode() + said)
        writer.close()

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    for _, up in lines.values():
        up.close()


@NEEDS_OBFS4
def test_a_session_passes_through_meek_lite_by_its_front() -> None:
    async def story() -> None:
        async with echo_relay() as (_, port), meek_server(port) as front:
            told = (
                ("url", "http://meek.invalid/"),
                ("front", f"127.0.0.1:{front}"),
            )
            surroundings = Surroundings()
            address: Address = plugin_address("meek_lite", "192.0.2.1", 80, told)
            link = Link(named(address), surroundings=surroundings)
            async with running(link, 60) as events:
                await until_open(events)
                link.send(b"m" * 40_000)
                assert await hear(events, 1) == [b"m" * 40_000]
            await surroundings.close()

    asyncio.run(story())
