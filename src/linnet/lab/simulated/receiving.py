"""The receiving half of a TCP connection: segments in any order become octets in order.

Pure. Positions count from 0, the other side's SYN (RFC 9293 §3.4, §3.10.7.4).
"""

from typing import Final

from linnet.lab.simulated.segments import MOST_WINDOW, MSS

ACK_SECONDS: Final = 0.04
"""How long a lone segment's acknowledgement may wait for something to ride on."""


class Receiving:
    """What has come from the other side, and what of it must be acknowledged.

    Attributes:
        next: the first position that has not come.
        ended: everything up to the FIN, and it, has come.
        held: whether the reader takes nothing for now; then the window shrinks.
        ack_at: when an acknowledgement must go alone; None while none is owed.
    """

    __slots__ = (
        "_ends_at",
        "_segments",
        "_unread",
        "_waiting",
        "ack_at",
        "ended",
        "held",
        "next",
    )

    def __init__(self) -> None:
        self.next = 0
        self.ended = False
        self.held = True
        self.ack_at: float | None = None
        self._segments = 0
        self._unread = bytearray()
        self._waiting: dict[int, bytes] = {}
        self._ends_at: int | None = None

    @property
    def window(self) -> int:
        """How much more may come."""
        return max(0, MOST_WINDOW - len(self._unread))

    @property
    def is_drained(self) -> bool:
        """Whether the reader has taken everything that came in order."""
        return not self._unread

    def take(self, position: int, data: bytes, *, ends: bool, now: float) -> None:
        """Take in a segment's octets and its FIN."""
        if ends and self._ends_at is None:
            self._ends_at = position + len(data)
        due = self.ended or self._keep(position, data)
        if not self.ended and self._ends_at is not None and self.next >= self._ends_at:
            self.next += 1
            self.ended = due = True
        self._segments += 1
        # What is not plainly the next is answered at once: it may tell of loss.
        if due or self._segments >= 2:
            self.ack_at = now
        elif self.ack_at is None:
            self.ack_at = now + ACK_SECONDS

    def read(self) -> bytes:
        """Hand over what came in order, unless the reader is held."""
        if self.held or not self._unread:
            return b""
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def acknowledged(self) -> None:
        """Something went out that says how far everything has come."""
        self.ack_at, self._segments = None, 0

    def release(self, now: float) -> None:
        """The reader takes again; who was stopped by the window must hear of it."""
        if self.window < MSS:
            self.ack_at = now
        self.held = False

    def _keep(self, position: int, data: bytes) -> bool:
        """Put data where it belongs; whether it must be answered at once."""
        # What was there before is cut off, and what goes beyond the window.
        early = max(0, self.next - position)
        data, position = data[early:], position + early
        data = data[: max(0, self.next + self.window - position)]
        if position > self.next:
            if len(data) > len(self._waiting.get(position, b"")):
                self._waiting[position] = data
            return True
        had_gap, is_new = bool(self._waiting), bool(data)
        self._append(data)
        while self._waiting and (start := min(self._waiting)) <= self.next:
            self._append(self._waiting.pop(start)[self.next - start :])
        return had_gap or not is_new

    def _append(self, data: bytes) -> None:
        self._unread += data
        self.next += len(data)
