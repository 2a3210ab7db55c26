"""Servers of this machine that nobody here wrote, to hold parcels."""

import asyncio
import datetime
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
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

QUICK = Pace(0.02, 0.2, 3.0, 0.02, 0.05, 5.0)
"""What a drop on this machine can do: nothing here is about how slow it is."""

USER, WORD = "ann", "a pass:word"


def program(name: str) -> str:
    """Where a program is; the test is skipped without it."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    return found


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


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


def own_certificate(folder: Path) -> Path:
    """A key and a certificate for localhost that vouches for itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
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
    path = folder / "localhost.pem"
    path.write_bytes(private + issued.public_bytes(Encoding.PEM))
    return path
