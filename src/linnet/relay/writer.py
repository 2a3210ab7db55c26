"""Stores batches one after another, beside or within the event loop (group commit).

While one batch is on its way to the disk, the next one gathers. A disk that answers at
once is written to from the loop itself: handing a batch to another thread and back
costs more than such a disk takes (bench/relay.py: a fifth of all CPU at a window of
1). A disk that is slow, for now or always, is written to by a thread, so that nobody
who reads has to wait for it. Knows a store and a callback; knows no rules.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Thread

from linnet.errors import BugError, StorageError
from linnet.relay.core.changes import Change, DropBlob, DropShelf, DropStream, Trim
from linnet.relay.stores.port import Store

HANDOVER_SECONDS = 0.0005
"""How soon a thread that wants to run gets its turn (``sys.setswitchinterval``)."""

QUICK_SECONDS = 0.002
"""A disk that takes longer on average is left to the thread."""

REMEMBERED = 32
"""How many batches the average looks back on.

A single slow one (a neighbour, the tidying beside) says nothing about the next, and a
second with the thread costs more than it did.
"""

FIRST_PENANCE_SECONDS = 1.0
LONGEST_PENANCE_SECONDS = 64.0
"""How long a slow disk is left to the thread before it is tried again."""

_LONG = frozenset((Trim, DropStream, DropShelf, DropBlob))
"""Changes that may touch any number of rows; never done in the event loop."""

Batch = list[Change]
Done = Callable[[Batch, StorageError | None], None]


class Pace:
    """Whether a disk is quick enough to be waited for."""

    __slots__ = ("_average", "_penance", "_until")

    def __init__(self) -> None:
        self._average = 0.0
        self._penance = FIRST_PENANCE_SECONDS
        self._until = 0.0

    def is_quick(self, now: float) -> bool:
        """Whether to wait for the disk now."""
        return now >= self._until

    def took(self, seconds: float, now: float) -> None:
        """Learn how long the disk was waited for."""
        self._average += (seconds - self._average) / REMEMBERED
        if self._average > QUICK_SECONDS:
            self._until = now + self._penance
            self._penance = min(2 * self._penance, LONGEST_PENANCE_SECONDS)
            self._average = 0.0
        elif now > self._until + self._penance:
            self._penance = FIRST_PENANCE_SECONDS


class Writer:
    """Writes batches, and says when each is on disk."""

    def __init__(self, store: Store, done: Done) -> None:
        """Start the thread.

        Args:
            store: where batches go.
            done: called in the event loop's thread with each batch, and why it is not
                on disk if it is not.
        """
        sys.setswitchinterval(HANDOVER_SECONDS)
        self.is_busy = False
        self._store = store
        self._done = done
        self._pace = Pace()
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Batch | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()
        self._tidier = ThreadPoolExecutor(1, "tidier")
        self._tidying: Future[None] | None = None
        self._written = 0

    @property
    def is_beside(self) -> bool:
        """Whether the thread would be given the next batch."""
        return not self._pace.is_quick(time.perf_counter())

    def tidy(self) -> None:
        """Move what was written to where it stays, beside everything else."""
        is_idle = self._tidying is None or self._tidying.done()
        if is_idle and self._written:
            self._written = 0
            self._tidying = self._tidier.submit(self._store.tidy)

    def write(self, batch: Batch) -> None:
        """Store a batch; only when none is on its way."""
        self.is_busy = True
        self._written += len(batch)
        began = time.perf_counter()
        is_long = any(type(change) in _LONG for change in batch)
        if is_long or not self._pace.is_quick(began):
            self._queue.put(batch)
            return
        failure = self._store_batch(batch)
        now = time.perf_counter()
        self._pace.took(now - began, now)
        self._finish(batch, failure)

    def stop(self) -> None:
        """Wait until the thread has stored what it was given, then end it."""
        self._queue.put(None)
        self._thread.join()
        self._tidier.shutdown()

    def _store_batch(self, batch: Batch) -> StorageError | None:
        try:
            self._store.write(batch)
        except StorageError as error:
            return error
        except Exception as error:  # whoever waits must hear of anything
            return StorageError(f"The store failed ({type(error).__name__}).")
        return None

    def _work(self) -> None:
        while (batch := self._queue.get()) is not None:
            failure = self._store_batch(batch)
            self._loop.call_soon_threadsafe(self._finish, batch, failure)

    def _finish(self, batch: Batch, failure: StorageError | None) -> None:
        if not self.is_busy:
            raise BugError("A batch was finished that was not begun.")
        self.is_busy = False
        self._done(batch, failure)
