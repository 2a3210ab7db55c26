"""One empty POST to a stranger's host, and nothing else (spec/wire.md §9.5).

Whoever names an endpoint names what the relay connects to. So the name is resolved
here, every address must be one that anybody on the internet could reach as well, the
connection is made to an address that was looked at, and an answer is only a number.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from linnet.relay.core.endpoints import Endpoint
from linnet.relay.core.pushes import Outcome
from linnet.wire.global_addresses import is_global

PATIENCE_SECONDS: Final = 10.0
MOST_HEAD_BYTES: Final = 8_192
HTTPS: Final = 443
TTL_SECONDS: Final = 604_800
_RESOLVERS: Final = 8

_NO_ANSWER: Final = (
    OSError,
    ValueError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
)

Place = tuple[str, int]
Resolve = Callable[[str], Awaitable[list[Place]]]
LookUp = Callable[[str], list[str]]


class Resolver:
    """Asks the machine for the addresses of a name, in threads of its own."""

    def __init__(self, look_up: LookUp | None = None) -> None:
        """Begin.

        Args:
            look_up: blocks and gives all addresses of a name; the machine's own way
                where none is given.
        """
        self._look_up = look_up or ask_machine
        # A name server that never answers must hold up nothing but pushes.
        self._threads = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="push-name")

    async def __call__(self, host: str) -> list[Place]:
        """Where a name may be connected to; nowhere if any address is not global.

        Raises:
            OSError: the name has no address, or nobody knows.
        """
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._look_up, host)
        return [(one, HTTPS) for one in found] if all(map(is_global, found)) else []


def ask_machine(host: str) -> list[str]:
    """Every address that this machine finds for a name.

    Raises:
        OSError: there is none, or nobody knows.
    """
    kind = socket.SOCK_STREAM
    found = socket.getaddrinfo(host, HTTPS, type=kind, proto=socket.IPPROTO_TCP)
    return [str(one[4][0]) for one in found]


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts; what it resolves with and whom it trusts are given by who makes it."""

    resolve: Resolve
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    patience: float = PATIENCE_SECONDS

    async def post(self, endpoint: Endpoint, authorization: str) -> Outcome:
        """Post nothing to an endpoint and see how it went; never fails."""
        try:
            async with asyncio.timeout(self.patience):
                return await self._post(endpoint, authorization)
        except _NO_ANSWER:
            # No address, no connection, no certificate, no time, no HTTP.
            return Outcome.SILENT

    async def _post(self, endpoint: Endpoint, authorization: str) -> Outcome:
        places = await self.resolve(endpoint.host)
        if not places:
            return Outcome.REFUSED
        address, port = places[0]
        reader, writer = await asyncio.open_connection(
            address,
            port,
            ssl=self.trust,
            server_hostname=endpoint.host,
            limit=MOST_HEAD_BYTES,
        )
        try:
            writer.write(_request(endpoint, authorization))
            await writer.drain()
            return _outcome(await reader.readuntil(b"\r\n"))
        finally:
            # Whatever else it says is not waited for.
            writer.transport.abort()


def _request(endpoint: Endpoint, authorization: str) -> bytes:
    lines = (
        f"POST {endpoint.target} HTTP/1.1",
        f"Host: {endpoint.host}",
        f"TTL: {TTL_SECONDS}",
        "Urgency: normal",
        "Topic: new",
        f"Authorization: {authorization}",
        "Content-Length: 0",
        "Connection: close",
        "",
        "",
    )
    return "\r\n".join(lines).encode("ascii")


def _outcome(line: bytes) -> Outcome:
    version, _, rest = line.partition(b" ")
    if version not in (b"HTTP/1.1", b"HTTP/1.0") or not rest[:3].isdigit():
        raise ValueError
    status = int(rest[:3])
    if 200 <= status < 300:
        return Outcome.TAKEN
    if status in (404, 410):
        return Outcome.GONE
    return Outcome.BUSY if status == 429 or status >= 500 else Outcome.REFUSED
