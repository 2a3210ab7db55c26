"""Relays that answer garbage, never answer, or are somebody else: it is said why."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import linnet.client
from linnet.client import Client, LinkState, NewAccount
from linnet.errors import UsageError
from linnet.wire.links import Address, PassLink, RelayDescriptor, Road
from tests.stories.people import PASSPHRASE, town

pytestmark = pytest.mark.slow
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def at_a_bad_relay(home: Path, serve: Serve | None) -> AsyncIterator[Client]:
    """An account whose only relay behaves as told; None: nobody listens there."""
    server = await asyncio.start_server(serve or _hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if serve is None:
        server.close()
    link = PassLink(
        RelayDescriptor(b"k" * 32, (Address(Road.TCP, "127.0.0.1", port),)), bytes(32)
    )
    new = NewAccount("Alice", link.text())
    async with linnet.client.open(home, passphrase=PASSPHRASE, create=new) as me:
        yield me
    server.close()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)
    await writer.drain()
    writer.close()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1 << 16):
        pass
    writer.close()


@pytest.mark.parametrize("serve", [None, _garbage, _silent, _hang_up])
def test_a_bad_relay_is_told_and_what_is_written_is_kept(
    tmp_path: Path, serve: Serve | None
) -> None:
    async def story() -> None:
        async with at_a_bad_relay(tmp_path / "home", serve) as me:
            status = await me.settle(timeout_seconds=1.5)

            assert not status.is_connected
            assert status.relays[0].state is not LinkState.CONNECTED
            assert status.relays[0].why.endswith(".")
            group = await me.new_group("Plans")
            await group.send("for later")
            assert me.status().queued == 1

    asyncio.run(asyncio.wait_for(story(), 30))


def test_a_line_of_ten_megabytes_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path) as place:
            alice, bob = await place.friends("Alice", "Bob")

            for bad in ("x" * 10_000_000, "", "  \n", "\ud800"):
                with pytest.raises(UsageError, match=r"\."):
                    await alice.chat("Bob").send(bad)
            await alice.chat("Bob").send("y" * 32_000)
            await bob.hears("Alice", "y" * 32_000)

    asyncio.run(story())


def test_an_expired_or_unknown_pass_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with town(tmp_path, "--mode", "invite") as place:
            alice = await place.person("Alice")
            known = PassLink.parse(alice.pass_link)
            unknown = PassLink(known.relay, b"u" * 32)
            new = NewAccount("Eve", unknown.text())
            home = tmp_path / "eve"
            async with linnet.client.open(
                home, passphrase=PASSPHRASE, create=new
            ) as me:
                events = me.events()
                async with asyncio.timeout(20):
                    while "pass" not in me.status().relays[0].why:
                        await anext(events)

    asyncio.run(story())
