"""TLS of the simulated lab: servers' of one length in every run, and a browser's."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def chrome() -> ssl.SSLContext | None:
    """Make TLS that opens as Chrome does; None where ``utls`` is not installed.

    It stands in for libcurl, by which clients do the same: that has sockets of its own,
    which a simulated network does not see.
    """
    if find_spec("utls") is None:
        return None
    utls = import_module("utls")
    context = utls.SSLContext(utls.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = utls.CERT_NONE
    context.set_fingerprint("chrome:152")
    context.set_alpn_protocols(["http/1.1"])
    return cast("ssl.SSLContext", context)


@cache
def tls_for(name: str) -> ssl.SSLContext:
    """Make a server's TLS for a name, under a certificate that it signed itself."""
    # All its signatures are of one length, and every browser takes them.
    key = _key()
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(called, called, key.public_key(), 1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=3650))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    return context


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)
