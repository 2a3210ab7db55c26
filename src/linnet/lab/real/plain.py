"""A plain WebSocket client of Python's, as most programs would write one.

`python -m linnet.lab.real.plain URL FOLDER`: sends each line of its input as a message
and writes it again when the other side has said that it came; when the connection
breaks, or nothing is said for some seconds, it connects anew and sends it again.
"""

import asyncio
import ssl
import sys
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from linnet.lab.real.world import AUTHORITY

PATIENCE_SECONDS: Final = 5.0


async def main(url: str, folder: Path) -> None:
    """Talk until the input ends."""
    context = ssl.create_default_context(cafile=folder / AUTHORITY)
    loop = asyncio.get_running_loop()
    road: ClientConnection | None = None
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        is_told = False
        while not is_told:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    road = road or await connect(url, ssl=context, ping_interval=None)
                    await road.send(line)
                    is_told = await road.recv() == line
            except (OSError, TimeoutError, WebSocketException):
                if road is not None:
                    road.transport.abort()
                road = None
                await asyncio.sleep(1)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
