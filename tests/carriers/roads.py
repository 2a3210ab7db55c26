"""Roads of this machine on which somebody stands between client and relay."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

End = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Cross = Callable[[End, End], Awaitable[None]]

GOODBYE_SECONDS = 2.0


async def settle() -> None:
    """Let who is at the door come in: asyncio drops them if it is closed meanwhile."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def road(port: int, cross: Cross) -> AsyncIterator[int]:
    """A road to a port: its own port.

    ``cross`` is given both ends of each connection, and passes on what it likes.
    """
    crossings: set[asyncio.Task[None]] = set()
    ends: set[asyncio.StreamWriter] = set()
    is_over = False

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        crossings.add(task)
        ends.add(writer)
        try:
            if not is_over:
                far = await asyncio.open_connection("127.0.0.1", port)
                ends.add(far[1])
                try:
                    await cross((reader, writer), far)
                finally:
                    far[1].transport.abort()
        except ConnectionError:
            return
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        is_over = True
        # Who says goodbye may finish; a handshake that is cut leaves its end open.
        if crossings:
            await asyncio.wait(crossings, timeout=GOODBYE_SECONDS)
        while pending := [each for each in crossings if not each.done()]:
            for end in ends:
                end.transport.abort()
            await asyncio.wait(pending)


async def forward(source: End, target: End, passes: Callable[[bytes], bool]) -> None:
    """Pass on what comes until it ends, but for what is swallowed."""
    with suppress(ConnectionError):
        while data := await source[0].read(65_536):
            if passes(data):
                target[1].write(data)
                await target[1].drain()
    target[1].close()
