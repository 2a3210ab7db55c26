"""Reads backlogs in short turns, so that a long one keeps nobody waiting."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from linnet.errors import StorageError
from linnet.relay.core.events import LogRead, ReadLog
from linnet.relay.core.state import Guest
from linnet.relay.stores.port import Store
from linnet.relay.waiting import Reads

READ_SECONDS: Final = 0.002
"""How long backlogs may be read before others get their turn."""


class Reader:
    """What sessions want read from a store, and the turns in which it is."""

    def __init__(
        self,
        store: Store,
        *,
        found: Callable[[LogRead], None],
        paused: Callable[[], None],
        failed: Callable[[StorageError], None],
    ) -> None:
        """Begin with nothing to read.

        Args:
            store: what is read.
            found: called with what each read found.
            paused: called at the end of each turn.
            failed: called when the store cannot be read; the caller then stops this.
        """
        self._store = store
        self._found = found
        self._paused = paused
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._reads = Reads()
        self._is_due = False
        self._is_stopped = False

    @property
    def is_busy(self) -> bool:
        """Whether something is still to be read."""
        return self._is_due or bool(self._reads)

    def add(self, read: ReadLog) -> bool:
        """Let a read wait for its turn; whether its session may have so many."""
        may_stay = self._reads.add(read)
        self._continue()
        return may_stay

    def resume(self, guest: Guest) -> None:
        """Go on reading for a session that has room again."""
        self._reads.resume(guest)
        self._continue()

    def drop(self, guest: int) -> None:
        """Forget what a session that is gone wanted to read."""
        self._reads.drop(guest)

    def stop(self) -> None:
        """Read nothing more."""
        self._is_stopped = True

    def _continue(self) -> None:
        if self._reads and not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._is_due = False
        deadline = time.perf_counter() + READ_SECONDS
        while not self._is_stopped and time.perf_counter() < deadline:
            read = self._reads.take()
            if read is None:
                break
            self._read(read)
        if not self._is_stopped:
            self._continue()
        self._paused()

    def _read(self, read: ReadLog) -> None:
        number, most = read.door.stream.number, read.limit
        try:
            found = self._store.envelopes(
                number, read.after, upto=read.upto, max_bytes=most
            )
        except StorageError as failure:
            self._failed(failure)
        else:
            self._found(LogRead(read, found))
