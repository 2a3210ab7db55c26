"""Small proxies on this machine that write down what they are asked."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from tests.carriers.roads import End, forward, settle

Login = tuple[str, str] | None


@dataclass
class Asked:
    """A proxy that runs, and where it was asked to lead."""

    port: int = 0
    places: list[tuple[str, int]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    ends: set[asyncio.StreamWriter] = field(default_factory=set)


@asynccontextmanager
async def proxy(
    answer: Callable[[End, Login], Awaitable[tuple[str, int] | None]],
    opened: bytes,
    login: Login = None,
) -> AsyncIterator[Asked]:
    """A proxy whose protocol is ``answer``: it reads where to, and says ``opened``."""
    asked = Asked()
    tasks: set[asyncio.Task[None]] = set()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        asked.ends.add(writer)
        try:
            place = await answer((reader, writer), login)
            if place is None:
                return
            asked.places.append(place)
            host = asked.names.get(place[0], place[0])
            far = await asyncio.open_connection(host, place[1])
            asked.ends.add(far[1])
            writer.write(opened)
            near = reader, writer
            async with asyncio.TaskGroup() as group:
                group.create_task(forward(near, far, lambda _: True))
                group.create_task(forward(far, near, lambda _: True))
        except (ConnectionError, EOFError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    asked.port = server.sockets[0].getsockname()[1]
    try:
        yield asked
    finally:
        await settle()
        server.close()
        while pending := [one for one in tasks if not one.done()]:
            for end in asked.ends:
                end.transport.abort()
            await asyncio.wait(pending)


def socks5_proxy(login: Login = None) -> AbstractAsyncContextManager[Asked]:
    """A SOCKS5 proxy, which asks for a name and password if there is a login."""
    return proxy(_socks5, b"\5\0\0\1\0\0\0\0\0\0", login)


def http_proxy(login: Login = None) -> AbstractAsyncContextManager[Asked]:
    """An HTTP proxy that takes CONNECT."""
    return proxy(_http, b"HTTP/1.1 200 Connection established\r\n\r\n", login)


def socks4a_proxy(login: Login = None) -> AbstractAsyncContextManager[Asked]:
    """A SOCKS 4a proxy."""
    return proxy(_socks4a, b"\0\x5a" + bytes(6), login)


async def _socks4a(end: End, login: Login) -> tuple[str, int] | None:
    reader, _ = end
    head = await reader.readexactly(8)
    assert head[:2] + head[4:] == b"\4\1\0\0\0\1"
    await reader.readuntil(b"\0")
    host = (await reader.readuntil(b"\0"))[:-1].decode()
    return host, int.from_bytes(head[2:4], "big")


async def _socks5(end: End, login: Login) -> tuple[str, int] | None:
    reader, writer = end
    _, count = await reader.readexactly(2)
    methods = await reader.readexactly(count)
    wanted = 2 if login else 0
    writer.write(bytes([5, wanted if wanted in methods else 255]))
    if wanted not in methods:
        return None
    if login:
        await reader.readexactly(1)
        given = [
            (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            for _ in login
        ]
        writer.write(bytes([1, given != list(login)]))
        if given != list(login):
            return None
    _, _, _, kind = await reader.readexactly(4)
    size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
    raw = await reader.readexactly(size)
    host = raw.decode() if kind == 3 else str(ip_address(raw))
    return host, int.from_bytes(await reader.readexactly(2), "big")


async def _http(end: End, login: Login) -> tuple[str, int] | None:
    reader, writer = end
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    found = re.match(r"CONNECT \[?([^\s\]]+?)\]?:(\d+) HTTP/1.1\r\n", head)
    assert found
    said = b64encode(":".join(login or ()).encode()).decode()
    if login and f"Proxy-Authorization: Basic {said}\r\n" not in head:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        return None
    return found[1], int(found[2])
