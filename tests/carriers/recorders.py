"""Roads on which what the client says first is recorded."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from linnet.carriers.guises import Guise, Wardrobe
from linnet.lab.hellos import ClientHello, find_hello
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY, SECRET_PATH, Echo, echo_relay
from tests.carriers.roads import End, forward, road

COVER = "cover.example"


@lru_cache
def certificate() -> bytes:
    """A key and a certificate that nobody vouches for, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, COVER)])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    issued = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=1))
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + issued.public_bytes(Encoding.PEM)


def server_tls(*protocols: str) -> ssl.SSLContext:
    """TLS as a relay of the web speaks it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder, "relay.pem")
        path.write_bytes(certificate())
        context.load_cert_chain(path)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


@asynccontextmanager
async def recording(port: int) -> AsyncIterator[tuple[int, list[ClientHello]]]:
    """A road to a port of this machine; its own port, and the hellos on it."""
    hellos: list[ClientHello] = []

    async def cross(near: End, far: End) -> None:
        first = bytearray()
        is_read = False

        def read(data: bytes) -> bool:
            nonlocal is_read
            if not is_read:
                first.extend(data)
                hello = find_hello(bytes(first))
                is_read = hello is not None
                hellos.extend([hello] if hello else [])
            return True

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(forward(near, far, read))
            tasks.create_task(forward(far, near, lambda _: True))

    async with road(port, cross) as own:
        yield own, hellos


@asynccontextmanager
async def web_relay(
    tls: ssl.SSLContext,
) -> AsyncIterator[tuple[Echo, Address, list[ClientHello]]]:
    """A relay with TLS behind a road that records: where it is, and the hellos."""
    async with echo_relay() as (echo, _):
        port = await echo.listener.listen("127.0.0.1", 0, tls=tls)
        async with recording(port) as (road, hellos):
            address = Address(Road.WSS, "127.0.0.1", road, SECRET_PATH, COVER)
            yield echo, address, hellos


def wearing(*guises: Guise) -> Wardrobe:
    """A wardrobe of these alone."""
    return Wardrobe(b"a machine", guises, lambda: 1_000_000.0)


def named(*addresses: Address) -> RelayDescriptor:
    """The relay at some addresses."""
    return RelayDescriptor(public_key(RELAY_KEY), addresses)
