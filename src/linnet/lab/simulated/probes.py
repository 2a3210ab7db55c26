"""What a censor learns by asking a server itself (S7)."""

import asyncio
from typing import Final

from linnet.lab.censor import Answered, Probe
from linnet.lab.simulated.host import Host

PATIENCE_SECONDS: Final = 30.0
"""How long a prober waits for a server to open, to answer and to close."""

MOST_HEARD: Final = 64 * 1024


async def ask(prober: Host, probe: Probe) -> Answered:
    """Connect to a server, say the probe's payload, and hear until it closes.

    A server that refuses has closed; one that cannot be reached is only silent.
    """
    loop = asyncio.get_running_loop()
    await asyncio.sleep(probe.after)
    began, heard, closed = loop.time(), bytearray(), False
    try:
        with prober.here():
            async with asyncio.timeout(PATIENCE_SECONDS):
                closed = await _converse(probe, heard)
    except TimeoutError:
        pass
    except OSError:
        closed = True
    return Answered(probe.number, bytes(heard), closed, loop.time() - began)


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
