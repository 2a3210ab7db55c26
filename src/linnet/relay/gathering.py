"""Gathers what was accepted into batches, each of which is stored as one.

While one batch is on its way to the disk the next one grows; one that nothing waits for
grows for a moment too, as long as more comes: each costs the same to store.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from linnet.errors import StorageError
from linnet.relay.core.changes import Change
from linnet.relay.core.machine import Relay
from linnet.relay.stores.port import Store
from linnet.relay.writer import Done, Writer

GATHER_SECONDS: Final = 0.001
"""How long a batch may grow as long as more comes."""

Stored = Callable[[list[Change], StorageError | None, float], None]
"""Told of a batch, why it is not on disk if it is not, and the milliseconds it took."""


class Gathering:
    """The batch that grows, and the one that is being stored."""

    def __init__(
        self,
        relay: Relay,
        store: Store,
        *,
        stored: Stored,
        writer: Callable[[Store, Done], Writer],
    ) -> None:
        """Begin with nothing.

        Args:
            relay: whose rules accept changes.
            store: where batches go.
            stored: called when a batch is on disk, or is known not to be.
            writer: makes what puts batches there.
        """
        self._relay = relay
        self._stored = stored
        self._loop = asyncio.get_running_loop()
        self._writer = writer(store, self._finish)
        self._is_due = False
        self._began_at = 0.0
        self._size = 0
        self._until = 0.0
        self._rested: asyncio.Future[None] = self._loop.create_future()

    @property
    def is_busy(self) -> bool:
        """Whether a batch is on its way to the disk."""
        return self._writer.is_busy

    def store_soon(self) -> None:
        """See that what was accepted gets stored."""
        if self._is_due or self._writer.is_busy:
            return
        if self._relay.memory.batch:
            # Whatever sockets have ready now is served first and joins the batch.
            self._is_due = True
            self._size = 0
            self._until = time.perf_counter() + GATHER_SECONDS
            self._loop.call_soon(self._grow)

    async def rest(self) -> None:
        """Wait until all that was accepted is on disk, or known not to be."""
        while self._writer.is_busy or self._relay.memory.batch:
            self._rested = self._loop.create_future()
            self._begin()
            await self._rested

    def tidy(self) -> None:
        """Move what was stored to where it stays, beside everything else."""
        self._writer.tidy()

    def stop(self) -> None:
        """Wait for the batch on its way, and store nothing more."""
        self._writer.stop()

    def _grow(self) -> None:
        """Begin to write once nothing more comes, or what came has waited enough."""
        size = len(self._relay.memory.batch)
        if size > self._size and time.perf_counter() < self._until:
            self._size = size
            self._loop.call_soon(self._grow)
        else:
            self._is_due = False
            self._begin()

    def _begin(self) -> None:
        if self._relay.memory.batch and not self._writer.is_busy:
            self._began_at = time.perf_counter()
            self._writer.write(self._relay.take_batch())

    def _finish(self, changes: list[Change], failure: StorageError | None) -> None:
        milliseconds = (time.perf_counter() - self._began_at) * 1000
        # A thread stores the next batch while this one is delivered; a loop that
        # stores it itself delivers first, so that nobody waits for two batches.
        if failure is None and self._writer.is_beside:
            self._begin()
        self._stored(changes, failure, milliseconds)
        if not self._rested.done():
            self._rested.set_result(None)
