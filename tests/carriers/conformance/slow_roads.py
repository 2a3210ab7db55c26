"""The slow roads of the suite: by names, by folder and by mail, over real programs.

In life they are slow on purpose, so as not to be noticed. Here they are as quick as
this machine: what they owe does not depend on the pace, and all the waiting would.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from unittest.mock import patch
from urllib.parse import urlsplit

from linnet.carriers import drop_keys, folder_road, mail_road
from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.depot import Depot
from linnet.carriers.dns import exchange, lines, served
from linnet.carriers.dns.authority import Authority
from linnet.carriers.dns.carrier import ask_names
from linnet.carriers.dns.lines import TcpLine
from linnet.carriers.dns.server import NameServer
from linnet.carriers.drop import Drop
from linnet.carriers.folder_road import folder_drop
from linnet.carriers.listener import Listener
from linnet.carriers.mail_drop import MailDrop
from linnet.carriers.mail_road import read_post
from linnet.wire.links import Address, Road
from tests.carriers.conformance.datagrams import datagram_line_to
from tests.carriers.conformance.line import HERE, line_to
from tests.carriers.conformance.scene import Scene, Subject
from tests.carriers.dns.resolvers import resolver, unbound_by_https
from tests.carriers.dns.zone import ZONE
from tests.carriers.real_drops import QUICK, RELAY, post_office, webdav

PACE = replace(QUICK, patience=1.0)

GONE_SECONDS = 3.0
"""After which a relay takes a client for gone that asks nothing: by names nobody says
goodbye, and in life it is 90 seconds."""

QUICKER: dict[ModuleType, dict[str, float]] = {
    exchange: {"PAUSE": 0.001, "SLOW_PAUSE": 0.1, "LAST_POLL": 0.4},
    lines: {"AGAIN_SECONDS": 0.05, "AGAIN_SPREAD": 0.0},
    served: {"RATE": 10_000.0, "BURST": 10_000.0, "IDLE_SECONDS": GONE_SECONDS},
}


@asynccontextmanager
async def zone(listener: Listener, stack: AsyncExitStack) -> AsyncIterator[int]:
    """A relay that is name server of its zone; where it is asked."""
    for module, numbers in QUICKER.items():
        for name, number in numbers.items():
            stack.enter_context(patch.object(module, name, number))
    server = NameServer(Authority(ZONE, listener))
    port = await server.listen(HERE, 0)
    try:
        yield port
    finally:
        server.close()


async def by_tcp(address: Address, user: CarrierUser) -> Carrier:
    """By TCP, as where datagrams do not pass."""
    return await ask_names(address, user, lambda it: [TcpLine(it.path, it.port)])


@asynccontextmanager
async def names_by_tcp(listener: Listener) -> AsyncIterator[Scene]:
    """Connections, to the relay itself."""
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(zone(listener, stack))
        line = await stack.enter_async_context(line_to(port))
        yield Scene(Address(Road.DNS, ZONE, line.port, HERE), line, by_tcp)


@asynccontextmanager
async def names_by_unbound(listener: Listener) -> AsyncIterator[Scene]:
    """Datagrams, to a resolver that others wrote; the line is before it."""
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(zone(listener, stack))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        asked = await stack.enter_async_context(resolver("unbound", folder, port))
        line = await stack.enter_async_context(datagram_line_to(asked))
        yield Scene(Address(Road.DNS, ZONE, line.port, HERE), line)


@asynccontextmanager
async def names_by_https(listener: Listener) -> AsyncIterator[Scene]:
    """HTTPS, to a resolver that others wrote; the line is before it."""
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(zone(listener, stack))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = await stack.enter_async_context(unbound_by_https(folder, port))
        asked = urlsplit(url)
        line = await stack.enter_async_context(line_to(asked.port or 443))
        told = f"https://{HERE}:{line.port}{asked.path}"
        yield Scene(Address(Road.DNS, ZONE, 53, told), line)


@asynccontextmanager
async def depot(
    drop: Drop, listener: Listener, *, is_alone: bool
) -> AsyncIterator[None]:
    """A relay that looks into a drop."""
    there = Depot(drop, listener, PACE, is_alone=is_alone)
    looking = asyncio.get_running_loop().create_task(there.run())
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


@asynccontextmanager
async def folder(listener: Listener) -> AsyncIterator[Scene]:
    """A folder on a WebDAV server; the line is between it and the client."""
    with (
        TemporaryDirectory() as name,
        patch.object(folder_road, "FOLDER_PACE", PACE),
    ):
        async with (
            webdav(Path(name)) as address,
            depot(folder_drop(address), listener, is_alone=False),
            line_to(address.port) as line,
        ):
            yield Scene(replace(address, port=line.port), line)


@asynccontextmanager
async def mail(listener: Listener) -> AsyncIterator[Scene]:
    """Mailboxes; the line is between the client and both of its servers."""
    with patch.object(mail_road, "MAIL_PACE", PACE):
        async with post_office() as office:
            key = list(drop_keys.split(office.ann))
            reads, sends = int(key[2]), int(key[5])
            far = MailDrop(read_post(office.relay), "")
            async with (
                depot(far, listener, is_alone=True),
                line_to(reads, sends) as line,
            ):
                key[2], key[5] = map(str, line.ports)
                box, _, host = RELAY.partition("@")
                cover = drop_keys.join(*key)
                yield Scene(Address(Road.MAIL, host, 25, box, cover), line)


slow = partial(Subject, messages=10, largest=1, talk=12)


SLOW_ROADS: dict[str, Subject] = {
    "names by TCP": slow(names_by_tcp),
    "names|unbound": slow(names_by_unbound),
    "names by HTTPS|unbound": slow(names_by_https),
    "folder": slow(folder),
    "mail": slow(mail),
}
