"""A line between client and relay that can be cut, and says what passes on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.carriers.roads import settle

GOODBYE_SECONDS = 3.0


class Line:
    """A line that carries what comes to a port.

    Attributes:
        port: where it begins.
        passed: how many pieces have passed on it, both ways.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.passed = 0
        self._target = target
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._is_over = False

    def cut(self) -> None:
        """End every connection on it."""
        for end in list(self._ends):
            end.transport.abort()

    async def passes(self, pieces: int) -> None:
        """Wait until so many pieces have passed."""
        while self.passed < pieces:
            await self._change()

    async def is_empty(self) -> None:
        """Wait until nobody is connected."""
        while self._tasks:
            await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _enter(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._ends.add(writer)
        try:
            if self._is_over:
                return
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
            self._ends.add(far)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, far))
                both.create_task(self._carry(far_reader, writer))
            self._ends.discard(far)
        except OSError:
            return
        finally:
            self._ends.discard(writer)
            writer.transport.abort()
            self._tasks.discard(task)
            self._changed.set()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                self.passed += 1
                self._changed.set()
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()


@asynccontextmanager
async def line_to(target: int) -> AsyncIterator[Line]:
    """A line to a port of this machine."""
    line = Line(target)
    server = await asyncio.start_server(line._enter, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        # Who says goodbye may finish: asyncio drops who comes while it closes.
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await line.is_empty()
        await settle()
        line._is_over = True
        server.close()
        while line._tasks:
            line.cut()
            await asyncio.wait(line._tasks, timeout=1)
