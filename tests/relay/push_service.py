"""A push service on this machine: real TLS, a certificate authority of its own."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from linnet.relay.posting import Place, Poster

HOST = "push.example.org"
URL = f"https://{HOST}/send/one".encode()
PATIENCE = 20.0
BEGINS = datetime(2020, 1, 1, tzinfo=UTC)
CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


@dataclass
class PushService:
    """Takes posts, and answers each with the same bytes."""

    trust: ssl.SSLContext
    port: int = 0
    answer: bytes = CREATED
    requests: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)
    connections: int = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answer)
            await writer.drain()
            # All that it was sent, until the other side lets go.
            self.requests.put_nowait(head + await reader.read())
        writer.close()

    async def next_request(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.requests.get()

    def poster(self, *, patience: float = PATIENCE) -> Poster:
        """What posts here whatever the name, and trusts this authority alone."""

        async def resolve(_: str) -> list[Place]:
            return [("127.0.0.1", self.port)]

        return Poster(resolve, self.trust, patience)


@asynccontextmanager
async def push_service(
    folder: Path, *, name: str = HOST, authority: str = "one"
) -> AsyncIterator[PushService]:
    """A push service whose certificate is for a name."""
    root, key = _root(authority)
    chain = folder / f"{authority}.pem"
    chain.write_bytes(_leaf(root, key, name))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    trust = ssl.create_default_context(cadata=root.public_bytes(Encoding.PEM).decode())
    service = PushService(trust)
    server = await asyncio.start_server(service.serve, "127.0.0.1", ssl=context)
    service.port = server.sockets[0].getsockname()[1]
    async with server:
        yield service


def _root(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        *(False, False, False, False, False, True, True, False, False)
    )
    made = _begun(subject, subject, key.public_key())
    made = made.add_extension(x509.BasicConstraints(True, 0), critical=True)
    return made.add_extension(usage, critical=True).sign(key, SHA256()), key


def _leaf(
    root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, name: str
) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    made = _begun(subject, root.subject, key.public_key())
    made = made.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
    ).add_extension(issuer, critical=False)
    certificate = made.sign(root_key, SHA256())
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM) + key.private_bytes(*plain)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(BEGINS + timedelta(days=36_500))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
