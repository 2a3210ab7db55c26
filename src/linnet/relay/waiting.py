"""What waits for sessions that take no answers: their requests, and reads for them.

Bounded in number and in bytes, for one session and for all together, since anyone may
open a session and stop reading (spec/wire.md §3.4).
"""

from collections import Counter, deque

from linnet.relay.core.events import ReadLog
from linnet.relay.core.state import Guest

MOST_WAITING = 1_024
"""Requests, and reads, that one session may have waiting."""

MOST_BYTES_WAITING = 1024 * 1024
"""Bytes of requests that one session may have waiting."""

MOST_BYTES_ALTOGETHER = 64 * 1024 * 1024
"""Bytes of requests that all sessions together may have waiting."""


class Requests:
    """Requests of sessions whose buffers are full, until there is room.

    Attributes:
        most_altogether: bytes past which the session that has most must go.
        held: bytes that wait now.
        queues: what waits, by the number of the session.
    """

    def __init__(self) -> None:
        self.most_altogether = MOST_BYTES_ALTOGETHER
        self.held = 0
        self.queues: dict[int, deque[bytes]] = {}
        self._sizes: Counter[int] = Counter()

    def __contains__(self, guest: object) -> bool:
        return guest in self.queues

    def add(self, guest: int, message: bytes) -> int | None:
        """Let a request wait; the session that must go for it, if one must."""
        queue = self.queues.setdefault(guest, deque())
        queue.append(message)
        self._count(guest, len(message))
        is_greedy = self._sizes[guest] > MOST_BYTES_WAITING
        if is_greedy or len(queue) > MOST_WAITING:
            return guest
        if self.held > self.most_altogether:
            return self._sizes.most_common(1)[0][0]
        return None

    def take(self, guest: int) -> bytes | None:
        """The request of a session that has waited longest."""
        queue = self.queues.get(guest)
        if not queue:
            return None
        message = queue.popleft()
        self._count(guest, -len(message))
        if not queue:
            self.drop(guest)
        return message

    def drop(self, guest: int) -> None:
        """Forget what waits for a session."""
        self.queues.pop(guest, None)
        self.held -= self._sizes.pop(guest, 0)

    def _count(self, guest: int, size: int) -> None:
        self._sizes[guest] += size
        self.held += size


class Reads:
    """Reads of the log in their order; those for full sessions stand aside."""

    def __init__(self) -> None:
        self._queue: deque[ReadLog] = deque()
        self._aside: dict[int, list[ReadLog]] = {}
        self._counts: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, read: ReadLog) -> bool:
        """Let a read wait for its turn; whether its session may have so many."""
        self._queue.append(read)
        if read.number is None:
            return True
        guest = read.door.guest.number
        self._counts[guest] += 1
        return self._counts[guest] <= MOST_WAITING

    def take(self) -> ReadLog | None:
        """The next read whose session has room."""
        while self._queue:
            read = self._queue.popleft()
            guest = read.door.guest
            if guest.owner is None:
                continue
            if not guest.is_full:
                if read.number is not None:
                    self._counts[guest.number] -= 1
                return read
            self._aside.setdefault(guest.number, []).append(read)
        return None

    def resume(self, guest: Guest) -> None:
        """Put the reads of a session that has room again into the queue."""
        self._queue.extend(self._aside.pop(guest.number, ()))

    def drop(self, guest: int) -> None:
        """Forget what a session that is gone wanted to read."""
        self._aside.pop(guest, None)
        self._counts.pop(guest, None)
