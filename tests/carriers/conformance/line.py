"""A line between client and relay that can be cut, and says what passes on it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from tests.carriers.roads import settle

GOODBYE_SECONDS = 3.0
HERE = "127.0.0.1"


class Line(ABC):
    """A line that carries what comes to a port.

    Attributes:
        port: where it begins.
        passed: how many pieces have passed on it, both ways.
        elsewhere: the port to which it leads instead of the relay's, if it does.
    """

    def __init__(self) -> None:
        self.port = self.passed = 0
        self.elsewhere: int | None = None
        self._changed = asyncio.Event()

    @abstractmethod
    def cut(self) -> None:
        """Cut it; whoever tries again finds it whole."""

    @abstractmethod
    async def is_empty(self) -> None:
        """Wait until nobody is on it."""

    async def passes(self, pieces: int) -> None:
        """Wait until so many pieces have passed."""
        while self.passed < pieces:
            await self._change()

    def note(self) -> None:
        """A piece has passed."""
        self.passed += 1
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class StreamLine(Line):
    """A line of connections.

    Attributes:
        ports: where it begins, for each of the ports that it leads to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ports: list[int] = []
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_over = False

    def cut(self) -> None:
        """End every connection on it."""
        for end in list(self._ends):
            end.transport.abort()

    async def is_empty(self) -> None:
        """Wait until nobody is connected."""
        while self._tasks:
            await self._change()

    async def _enter(
        self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._ends.add(writer)
        try:
            if self._is_over:
                return
            to = self.elsewhere or target
            far_reader, far = await asyncio.open_connection(HERE, to)
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
                self.note()
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()


@asynccontextmanager
async def line_to(*targets: int) -> AsyncIterator[StreamLine]:
    """A line to ports of this machine, one that begins for each."""
    line = StreamLine()
    enters = [partial(line._enter, target) for target in targets]
    servers = [await asyncio.start_server(enter, HERE, 0) for enter in enters]
    line.ports = [one.sockets[0].getsockname()[1] for one in servers]
    line.port = line.ports[0]
    try:
        yield line
    finally:
        # Who says goodbye may finish: asyncio drops who comes while it closes.
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await line.is_empty()
        await settle()
        line._is_over = True
        for server in servers:
            server.close()
        while line._tasks:
            line.cut()
            await asyncio.wait(line._tasks, timeout=1)
