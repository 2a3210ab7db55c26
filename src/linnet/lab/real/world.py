"""The servers of the world: websites over TLS, the relay's web server, a resolver.

`python -m linnet.lab.real.world FOLDER`, in the world's namespace; it says "ready".
"""

import asyncio
import ssl
import sys
import time
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from linnet.carriers.dns.message import PORT, Code, Kind, Message, address_record
from linnet.errors import Malformed
from linnet.lab.places import (
    INNER_PORT,
    NAMES,
    RELAY_PORT,
    RELAYS,
    RESOLVER,
    SITE_PORT,
    SITES,
    ZONE,
    ZONE_PORT,
)

CERTIFICATE: Final = "site.pem"
"""A site's certificate and key, in one file of the folder."""
SELF_SIGNED: Final = "self-signed.pem"
"""The same of a proxy whose certificate nobody signed but itself."""
AUTHORITY: Final = "authority.pem"
"""Whom programs are to trust."""
_CURVE: Final = ec.SECP256R1()
PAGE: Final = (
    b"<!doctype html><title>A page</title>\n" + b"<p>Nothing to see.\n" * 2_500
)
"""What a website shows: more than a freeze after 25 packets lets through."""
CHAT: Final = "/chat"
ZONE_SECONDS: Final = 10.0
"""How long a resolver waits for a zone's name server."""
_DAY: Final = timedelta(days=1)


async def main(folder: Path) -> None:
    """Serve until this is ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE)
    context.set_alpn_protocols(["http/1.1"])
    resolver = str(RESOLVER)
    async with AsyncExitStack() as open_ones:
        begin = open_ones.enter_async_context
        for host in sorted(set(map(str, SITES.values()))):
            site = serve(_echo, host, SITE_PORT, ssl=context, process_request=_page)
            await begin(site)
        await begin(serve(_echo, "127.0.0.1", INNER_PORT, process_request=_page))
        for host in map(str, RELAYS.values()):
            server = await asyncio.start_server(_pass_on, host, SITE_PORT, ssl=context)
            await begin(server)
        await begin(await asyncio.start_server(_resolve, resolver, PORT))
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(_Resolver, (resolver, PORT))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def make_certificates(folder: Path) -> None:
    """Write one for every name there is, and that of the authority that signed it."""
    authority, key = ec.generate_private_key(_CURVE), ec.generate_private_key(_CURVE)
    names = x509.SubjectAlternativeName([x509.DNSName(each) for each in NAMES])
    ca = x509.BasicConstraints(ca=True, path_length=None)
    root = _certificate("The lab", authority.public_key(), ca, authority)
    leaf = _certificate("A site", key.public_key(), names, authority)
    alone = _certificate("A proxy", key.public_key(), names, key, issuer="A proxy")
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / AUTHORITY).write_bytes(root)
    (folder / CERTIFICATE).write_bytes(leaf + secret)
    (folder / SELF_SIGNED).write_bytes(alone + secret)


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    extension: x509.ExtensionType,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str = "The lab",
) -> bytes:
    subject, signed_by = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)])
        for each in (name, issuer)
    )
    now = datetime.fromtimestamp(time.time(), UTC)
    built = x509.CertificateBuilder(signed_by, subject, key)
    built = built.serial_number(x509.random_serial_number())
    built = built.not_valid_before(now - _DAY).not_valid_after(now + _DAY)
    signed = built.add_extension(extension, critical=True).sign(signer, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def _page(_: ServerConnection, request: Request) -> Response | None:
    """Show the page to whoever asks for no WebSocket."""
    if request.path == CHAT:
        return None
    headers = Headers(
        {"Content-Type": "text/html", "Content-Length": str(len(PAGE))},
        Connection="close",
    )
    return Response(200, "OK", headers, PAGE)


async def _echo(connection: ServerConnection) -> None:
    """Say that each message has come, in its own words."""
    async for message in connection:
        await connection.send(message)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take TLS away before the relay, as a web server in front of it does."""
    with suppress(OSError):
        there = await asyncio.open_connection("127.0.0.1", RELAY_PORT)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_pour(reader, there[1]))
            tasks.create_task(_pour(there[0], writer))
    writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class _Resolver(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self._asking: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        with suppress(Malformed):
            if _is_of_zone(Message.read(data)):
                task = asyncio.get_running_loop().create_task(self._ask(data, addr))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
            else:
                self._transport.sendto(answer(data), addr)

    async def _ask(self, data: bytes, addr: tuple[str, int]) -> None:
        """Pass a question on to the relay, which is the zone's name server."""
        loop = asyncio.get_running_loop()
        said: asyncio.Future[bytes] = loop.create_future()
        there = ("127.0.0.1", ZONE_PORT)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answer(said), remote_addr=there
        )
        transport.sendto(data)
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(ZONE_SECONDS):
                self._transport.sendto(await said, addr)
        transport.close()


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, said: asyncio.Future[bytes]) -> None:
        self._said = said

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._said.done():
            self._said.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._said.done():
            self._said.set_exception(exc)


def _is_of_zone(query: Message) -> bool:
    return any(one.name.lower().endswith(f".{ZONE}") for one in query.questions)


async def _resolve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer over TCP, where each message has its length before it."""
    with suppress(asyncio.IncompleteReadError, OSError, Malformed):
        while True:
            length = int.from_bytes(await reader.readexactly(2))
            said = answer(await reader.readexactly(length))
            writer.write(len(said).to_bytes(2) + said)
    writer.close()


def answer(data: bytes) -> bytes:
    """Answer a query by the names of the lab.

    Raises:
        Malformed: it is none.
    """
    query = Message.read(data)
    records = [
        address_record(one.labels, NAMES[one.name], 60)
        for one in query.questions
        if one.kind == Kind.A and one.name in NAMES
    ]
    known = all(one.name in NAMES for one in query.questions)
    code = Code.FINE if known else Code.NO_SUCH_NAME
    return query.answered(code, answers=tuple(records)).pack()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
