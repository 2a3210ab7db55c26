"""What a censor learns by asking a server itself (S7)."""

import asyncio
import ssl
from typing import Final, cast

from linnet.carriers.outside import unchecked
from linnet.errors import Malformed
from linnet.lab.censor import Answered, Probe
from linnet.lab.hellos import find_hello
from linnet.lab.probes import HANDSHAKES

PATIENCE_SECONDS: Final = 30.0
"""How long a prober waits for a server to open, to answer and to close."""

MOST_HEARD: Final = 64 * 1024


async def ask(probe: Probe) -> Answered:
    """Connect to a server, say the probe's payload, and hear until it closes.

    A server that refuses has closed; one that cannot be reached is only silent. Where
    the certificate is asked for, it is fetched over a second connection. All of it is
    asked from wherever this runs.
    """
    loop = asyncio.get_running_loop()
    await asyncio.sleep(probe.after)
    began, heard, closed = loop.time(), bytearray(), False
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            closed = await _converse(probe, heard)
    except TimeoutError:
        pass
    except OSError:
        closed = True
    took, shown = loop.time() - began, b""
    if probe.kind in HANDSHAKES:
        shown = await _fetch_certificate(probe)
    return Answered(probe.number, bytes(heard), closed, took, shown)


async def _converse(probe: Probe, heard: bytearray) -> bool:
    """Say the payload and hear what comes; whether the server closed."""
    target = probe.packet.target
    reader, writer = await asyncio.open_connection(str(target.host), target.port)
    try:
        writer.write(probe.packet.payload)
        while len(heard) < MOST_HEARD:
            data = await reader.read(4_096)
            if not data:
                return True
            heard += data
        return False
    finally:
        writer.transport.abort()


async def _fetch_certificate(probe: Probe) -> bytes:
    """Shake hands for the name in a probe's ClientHello; b"" where that fails."""
    target = probe.packet.target
    try:
        hello = find_hello(probe.packet.payload)
        name = hello.name if hello else ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(
                str(target.host),
                target.port,
                ssl=unchecked(),
                server_hostname=name or None,
            )
    except (Malformed, OSError, ValueError):
        return b""
    shown = cast("ssl.SSLObject", writer.get_extra_info("ssl_object"))
    writer.transport.abort()
    return shown.getpeercert(binary_form=True) or b""
