"""Servers that a prober may ask, as functions from what is said to what is answered."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from linnet.carriers.doorway import Doorway, Front
from linnet.carriers.listener import Listener
from tests.carriers.people import RELAY_KEY, SECRET_PATH, SITE, Echo


class Said(NamedTuple):
    """What a server answered, and whether it closed."""

    data: bytes
    closed: bool = False


Server = Callable[[bytes], Said]


class Recorder(asyncio.Transport):
    """Stands where a connection's transport would, and keeps what is written."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.protocol, self.written, self.closed = protocol, b"", False
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.protocol = protocol

    def close(self) -> None:
        self.closed = True

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0


def relay(*, plain_tcp: bool) -> Server:
    """A relay of Linnet behind its website."""
    front = Front(SITE, (SECRET_PATH.encode(),), plain_tcp)
    return _listening(Listener(RELAY_KEY, Echo(), front=front))


def website() -> Server:
    """The same website with nothing behind it."""
    return _listening(Listener(RELAY_KEY, Echo(), front=Front(SITE)))


def _listening(listener: Listener) -> Server:
    listener.now = lambda: 0.0

    def answer(payload: bytes) -> Said:
        connection = Recorder(Doorway(listener))
        connection.protocol.data_received(payload)
        return Said(connection.written, connection.closed)

    return answer


def tls_site(context: ssl.SSLContext) -> Server:
    """A site that speaks TLS, up to its first flight."""

    def answer(payload: bytes) -> Said:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        connection = context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(payload)
        try:
            with suppress(ssl.SSLWantReadError):
                connection.do_handshake()
        except ssl.SSLError:
            return Said(outgoing.read(), closed=True)
        return Said(outgoing.read())

    return answer


class Certificate(NamedTuple):
    """A certificate in DER and the key for it."""

    der: bytes
    key: EllipticCurvePrivateKey

    def context(self, folder: Path) -> ssl.SSLContext:
        """TLS for a server that shows it."""
        chain = folder / "site.pem"
        form = PrivateFormat.PKCS8, NoEncryption()
        key = self.key.private_bytes(Encoding.PEM, *form)
        chain.write_text(ssl.DER_cert_to_PEM_cert(self.der) + key.decode())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def certificate(*names: str, issuer: str = "An authority") -> Certificate:
    """A certificate for names; self-signed if the first of them is its issuer."""
    key = generate_private_key(SECP256R1())
    subject = names[0]
    signer = key if subject == issuer else generate_private_key(SECP256R1())
    day = datetime(2026, 1, 1, tzinfo=UTC)
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + timedelta(days=90))
        .add_extension(alternative, critical=False)
        .sign(signer, SHA256())
    )
    return Certificate(made.public_bytes(Encoding.DER), key)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
