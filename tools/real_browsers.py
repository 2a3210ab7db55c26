"""Prints what the browsers of this machine say first: `tools/real_browsers.py`.

Each opens a WebSocket and makes a request, twice, to a server on loopback that records.
tests/carriers/test_guises.py holds our roads against what this prints.
"""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from tests.carriers.recorders import COVER, certificate, recording, server_tls

PAGE = """<script>
const place = "COVER:PORT/x";
function go(left) {
  if (left == 0) return;
  const request = { method: "POST", body: new Uint8Array(30) };
  new WebSocket("wss://" + place).onerror = () =>
    fetch("https://" + place, request).catch(() => 0).finally(() => go(left - 1));
}
go(2);
</script>""".replace("COVER", COVER)
SECONDS = 15
Start = Callable[[Path, str, int], list[str]]


@asynccontextmanager
async def answering(
    body: str, heads: list[str], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server that answers everything with one page and keeps the heads."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            kind = "Content-Type: text/html\r\n"
            writer.write(f"HTTP/1.1 200 OK\r\n{kind}{length}{body}".encode())
            await writer.drain()
        except (EOFError, OSError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def chromium(profile: Path, page: str, port: int) -> list[str]:
    """How to start it."""
    options = ("--headless=new", "--no-sandbox", "--ignore-certificate-errors")
    rules = f"--host-resolver-rules=MAP {COVER} 127.0.0.1"
    return ["chromium", *options, f"--user-data-dir={profile}", rules, page]


def firefox(profile: Path, page: str, port: int) -> list[str]:
    """How to start it; it is told to take this certificate at this port."""
    issued = load_pem_x509_certificate(certificate())
    digits = issued.fingerprint(SHA256()).hex(":").upper()
    line = f"{COVER}:{port}:\tOID.2.16.840.1.101.3.4.2.1\t{digits}\t\n"
    (profile / "cert_override.txt").write_text(line)
    names = f'user_pref("network.dns.localDomains", "{COVER}");\n'
    (profile / "user.js").write_text(names + 'user_pref("network.proxy.type", 0);\n')
    return ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile), page]


async def show(start: Start) -> None:
    """Let a browser come by, and print what it said."""
    heads: list[str] = []
    async with (
        answering("", heads, server_tls("http/1.1")) as inner,
        recording(inner) as (port, hellos),
        answering(PAGE.replace("PORT", str(port)), []) as web,
    ):
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            await visit(start(Path(folder), f"http://{COVER}:{web}/", port), heads)
    for hello in hellos:
        print(hello.ja4(), hello.protocols, "resumed" * hello.resumes)
    print("\n".join(heads[:2]))


async def visit(command: list[str], heads: list[str]) -> None:
    """Run a browser until it has said everything."""
    quiet = subprocess.DEVNULL
    browser = await asyncio.create_subprocess_exec(
        *command, stdout=quiet, stderr=quiet, start_new_session=True
    )
    for _ in range(SECONDS * 4):
        if len(heads) >= 4:
            break
        await asyncio.sleep(0.25)
    browser.terminate()
    await browser.wait()


if __name__ == "__main__":
    asyncio.run(show(chromium))
    asyncio.run(show(firefox))
