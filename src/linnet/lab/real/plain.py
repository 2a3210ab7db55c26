"""A plain WebSocket client of Python's, as most programs would write one.

`python -m linnet.lab.real.plain URL FOLDER [PROXY] [unchecked]`: sends each line of its
input as a message and writes it again when the other side has said that it came; when
the connection breaks, or nothing is said for some seconds, it connects anew and sends
it again. PROXY is that of SOCKS, or tcp://HOST:PORT, which is connected to in place of
the URL's host. An unchecked certificate may be anybody's.
"""

import asyncio
import socket
import ssl
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from linnet.lab.real import socks
from linnet.lab.real.world import AUTHORITY

PATIENCE_SECONDS: Final = 5.0


async def main(url: str, folder: Path, proxy: str, *, is_checked: bool) -> None:
    """Talk until the input ends."""
    context = ssl.create_default_context(cafile=folder / AUTHORITY)
    if not is_checked:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    loop = asyncio.get_running_loop()
    road: ClientConnection | None = None
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        is_told = False
        while not is_told:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    road = road or await _connect(url, context, proxy)
                    await road.send(line)
                    is_told = await road.recv() == line
            except (OSError, TimeoutError, WebSocketException):
                if road is not None:
                    road.transport.abort()
                road = None
                await asyncio.sleep(1)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


async def _connect(url: str, context: ssl.SSLContext, proxy: str) -> ClientConnection:
    how: dict[str, Any] = {"ping_interval": None, "proxy": None}
    if url.startswith("wss:"):
        how["ssl"] = context
    async with AsyncExitStack() as unless_it_opens:
        if proxy:
            opening = asyncio.to_thread(_through, proxy, url)
            how["sock"] = unless_it_opens.enter_context(await opening)
        opened = await connect(url, **how)
        unless_it_opens.pop_all()
    return opened


def _through(proxy: str, url: str) -> socket.socket:
    there, asked = urlsplit(proxy), urlsplit(url)
    if there.scheme == "tcp":
        place = there.hostname, there.port
        road = socket.create_connection(place, PATIENCE_SECONDS)
    else:
        port = asked.port or 443
        road = socks.connect(there, asked.hostname or "", port, PATIENCE_SECONDS)
    road.setblocking(False)
    return road


if __name__ == "__main__":
    _, url, folder, *more = sys.argv
    proxy = next((word for word in more if "://" in word), "")
    asyncio.run(main(url, Path(folder), proxy, is_checked="unchecked" not in more))
