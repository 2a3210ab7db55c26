"""Servers of this machine that nobody here wrote, to hold parcels."""

import asyncio
import datetime
import os
import shutil
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from linnet.carriers import drop_keys
from linnet.carriers.correspondence import Pace
from linnet.wire.links import Address, Road
from tests.relay.processes import free_port

QUICK = Pace(0.02, 0.2, 3.0, 0.02, 0.05, 5.0)
"""What a drop on this machine can do: nothing here is about how slow it is."""

USER, WORD = "ann", 'a "pass" word\\'


def program(name: str) -> str:
    """Where a program is; the test is skipped without it."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


@asynccontextmanager
async def running(*command: str | Path, port: int) -> AsyncIterator[None]:
    """A program that listens at a port."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            await _until_open(process, port)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _until_open(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            # Nothing tells when another program begins to listen.
            await asyncio.sleep(0.05)
            continue
        writer.transport.abort()
        return
    pytest.fail("the server ended")


@asynccontextmanager
async def webdav(
    folder: Path, certificate: Path | None = None
) -> AsyncIterator[Address]:
    """A WebDAV server, and the address of a folder on it."""
    rclone, port = program("rclone"), free_port()
    (folder / "files" / "parcels").mkdir(parents=True)
    command: list[str | Path] = [rclone, "serve", "webdav", folder / "files"]
    command += ["--addr", f"127.0.0.1:{port}", "--user", USER, "--pass", WORD]
    command += ["--config", folder / "none", "--dir-cache-time", "0"]
    if certificate is not None:
        command += ["--cert", certificate, "--key", certificate]
    kind = "davs" if certificate else "dav"
    host = "localhost" if certificate else "127.0.0.1"
    key = drop_keys.join(kind, USER, WORD)
    async with running(*command, port=port):
        yield Address(Road.FOLDER, host, port, "/parcels/", key)


def own_certificate(folder: Path, host: str = "localhost") -> Path:
    """A key and a certificate for a host that vouches for itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    is_address = host[0].isdigit()
    named = x509.IPAddress(ip_address(host)) if is_address else x509.DNSName(host)
    names = x509.SubjectAlternativeName([named])
    issued = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + datetime.timedelta(days=36_500))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "host.pem"
    path.write_bytes(private + issued.public_bytes(Encoding.PEM))
    return path


_DOVECOT = """
base_dir = {at}/run
state_dir = {at}/state
log_path = {at}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{at}/mail/%n
first_valid_uid = 1
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
passdb {{
  driver = passwd-file
  args = scheme=plain {at}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={at}/home/%n
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
"""

ANN, RELAY = "ann@mail.example", "relay@mail.example"


class Delivery:
    """Puts every mail that is sent into the mailbox it is for; the hook of aiosmtpd."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.mails: list[bytes] = []

    async def handle_DATA(  # noqa: N802
        self, server: object, session: Session, mail: Envelope
    ) -> str:
        assert session.authenticated
        assert isinstance(mail.content, bytes)
        self.mails.append(mail.content)
        for to in mail.rcpt_tos:
            box = self._folder / to.partition("@")[0]
            draft = box / "tmp" / f"{len(self.mails)}.{time.time_ns()}"
            draft.write_bytes(mail.content)
            draft.chmod(0o666)
            draft.rename(box / "new" / draft.name)
        return "250 OK"


@dataclass
class PostOffice:
    """Servers of mail with two mailboxes.

    Attributes:
        delivery: what was sent.
        ann: the key of a person's account.
        relay: the key of the relay's.
        certificate: what vouches for the servers.
    """

    delivery: Delivery
    ann: str
    relay: str
    certificate: Path


def _furnish(at: Path) -> Path:
    """Put mailboxes into a folder; the certificate of their servers."""
    at.chmod(0o755)
    for box in ("ann", "relay"):
        for part in ("cur", "new", "tmp"):
            (at / "mail" / box / part).mkdir(parents=True)
    (at / "home").mkdir()
    for path in [at / "home", at / "mail", *(at / "mail").rglob("*")]:
        path.chmod(0o777)
    (at / "users").write_text(f"{ANN}:{{plain}}{WORD}\n{RELAY}:{{plain}}{WORD}\n")
    return own_certificate(at)


@asynccontextmanager
async def post_office(*, tls: bool = False) -> AsyncIterator[PostOffice]:
    """Dovecot, and aiosmtpd before it, on this machine."""
    dovecot = program("dovecot")
    if os.getuid():
        pytest.skip("Dovecot here needs root")
    with TemporaryDirectory() as name:
        at = Path(name)
        certificate = _furnish(at)
        imap = free_port()
        text = _DOVECOT.format(
            at=at,
            certificate=certificate,
            ssl="required" if tls else "no",
            imap=0 if tls else imap,
            imaps=imap if tls else 0,
        )
        (at / "dovecot.conf").write_text(text)
        async with (
            running(dovecot, "-F", "-c", at / "dovecot.conf", port=imap),
            _submission(at, certificate if tls else None) as (delivery, smtp),
        ):
            host = "localhost" if tls else "127.0.0.1"
            kinds = ("imaps", "smtps") if tls else ("imap", "smtp")
            keys = [
                drop_keys.join(
                    kinds[0], host, str(imap), kinds[1], host, str(smtp), one, one, WORD
                )
                for one in (ANN, RELAY)
            ]
            yield PostOffice(delivery, keys[0], keys[1], certificate)


@asynccontextmanager
async def _submission(
    at: Path, certificate: Path | None
) -> AsyncIterator[tuple[Delivery, int]]:
    delivery = Delivery(at / "mail")
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def enter() -> SMTP:
        return SMTP(
            delivery,
            hostname="mail.example",
            auth_require_tls=False,
            authenticator=_knows,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(enter, "127.0.0.1", 0, ssl=context)
    try:
        yield delivery, int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


def _knows(
    server: object, session: object, envelope: object, way: str, given: object
) -> AuthResult:
    assert isinstance(given, LoginPassword)
    return AuthResult(success=given.password == WORD.encode())
