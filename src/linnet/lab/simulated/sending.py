"""The sending half of a TCP connection: octets become segments until they have come.

Pure. Slow start and congestion avoidance with fast retransmit (RFC 5681, 6582), a
timer that doubles (RFC 6298), a probe of a window that is shut. No SACK, no scaling.
"""

from dataclasses import dataclass
from typing import Final

from linnet.lab.simulated.segments import MOST_WINDOW, MSS, Segment

FIRST_CONGESTION: Final = 10 * MSS
SHORTEST_RTO: Final = 1.0
LONGEST_RTO: Final = 120.0
MOST_RETRIES: Final = 15
MOST_SYN_RETRIES: Final = 6
_DUPLICATES: Final = 3


class Sending:
    """What was said and not yet acknowledged, and how fast the rest may go.

    Attributes:
        first: the first position that is not acknowledged; 0 is the SYN's.
        next: the position to be sent next.
        high: behind everything that was ever sent.
        ends: whether a FIN follows what was pushed.
        expires: when to send again; None while nothing is on its way.
    """

    __slots__ = (
        "_again",
        "_congestion",
        "_duplicates",
        "_end",
        "_recovers",
        "_retries",
        "_rtt",
        "_threshold",
        "_timed",
        "_unacknowledged",
        "_window",
        "ends",
        "expires",
        "first",
        "high",
        "next",
    )

    def __init__(self) -> None:
        self.first = self.next = self.high = 0
        self.expires: float | None = None
        self._unacknowledged = bytearray()
        self._end, self.ends = 1, False
        self._window = MOST_WINDOW
        self._congestion, self._threshold = FIRST_CONGESTION, 2**30
        self._duplicates, self._recovers, self._again = 0, False, 0
        self._retries = 0
        self._rtt = _Rtt()
        self._timed: tuple[int, float] | None = None

    @property
    def unacknowledged(self) -> int:
        """Octets that were pushed and are not known to have come."""
        return len(self._unacknowledged)

    @property
    def is_done(self) -> bool:
        """Whether everything has come, the FIN too."""
        return self.ends and self.first > self._end

    def push(self, data: bytes) -> None:
        """Take octets to be sent."""
        self._unacknowledged += data
        self._end += len(data)

    def finish(self) -> None:
        """Send a FIN behind what was pushed."""
        self.ends = True

    def segments(self, now: float) -> list[Segment]:
        """Return what may be sent now, as sent."""
        found: list[Segment] = []
        while (segment := self._following(self._room())) is not None:
            found.append(self._sent(segment, now))
        if self.expires is None and (self.next > self.first or self._has_more):
            self.expires = now + self._rtt.timeout
        return found

    def acknowledge(
        self, position: int, window: int, now: float, *, is_pure: bool
    ) -> list[Segment]:
        """Take in how far everything has come; what must be sent again at once."""
        if position < self.first:
            return []  # it was overtaken, and knows less of the window
        repeats = is_pure and position == self.first and window == self._window
        self._window = window
        if self.first < position <= self.high:
            return self._advance(position, now)
        if position == self.first and not window:
            self._retries = 0  # it answers, so it is there
        if repeats and self.next > self.first:
            return self._count_duplicate(now)
        return []

    def expire(self, now: float) -> list[Segment] | None:
        """Send the first segment again, the rest later; None to give up."""
        self._retries += 1
        if self._retries > (MOST_RETRIES if self.first else MOST_SYN_RETRIES):
            return None
        self._rtt.double()
        self.expires = now + self._rtt.timeout
        if self.first and not self._window:
            return self._probe(now)
        self._threshold = max((self.next - self.first) // 2, 2 * MSS)
        self._congestion, self._recovers, self._duplicates = MSS, False, 0
        self._again, self._timed = self.high, None
        self.next = self.first
        segment = self._following(MSS)
        return [self._sent(segment, now)] if segment else []

    @property
    def _has_more(self) -> bool:
        return self.first > 0 and self.next < self._end + self.ends

    def _room(self) -> int:
        return min(self._window, self._congestion) - (self.next - self.first)

    def _following(self, room: int) -> Segment | None:
        """The segment at ``next``, if there is one and room for it."""
        if self.next == 0:
            return Segment(0, opens=True)
        left = self._end - self.next
        size = min(MSS, left, max(room, 0))
        # Before the SYN has come nothing goes, and behind the FIN there is nothing;
        # small pieces are not sent for want of room while others are on their way.
        is_petty = size < min(MSS, left) and (self.next > self.first or not size)
        if not self.first or is_petty or not self._has_more:
            return None
        start = self.next - self.first
        data = bytes(self._unacknowledged[start : start + size])
        is_last = size == left
        return Segment(self.next, data, ends=is_last and self.ends, is_last=is_last)

    def _sent(self, segment: Segment, now: float) -> Segment:
        if self._timed is None and segment.position >= self.high:
            self._timed = segment.after, now
        self.next = segment.after
        self.high = max(self.high, self.next)
        if self.expires is None:
            self.expires = now + self._rtt.timeout
        return segment

    def _advance(self, position: int, now: float) -> list[Segment]:
        fresh = position - self.first
        if self._timed and position >= self._timed[0]:
            self._rtt.learn(now - self._timed[1])
            self._timed = None
        del self._unacknowledged[: min(position, self._end) - max(1, self.first)]
        self.first, self.next = position, max(self.next, position)
        self._retries = 0
        self._rtt.settle()
        waits = self.next > self.first or self._has_more
        self.expires = now + self._rtt.timeout if waits else None
        if self._recovers and position < self._again:
            self._congestion = max(self._congestion - fresh + MSS, MSS)
            return self._send_first_again(now)
        if self._recovers:
            self._recovers, self._congestion = False, self._threshold
        elif self._congestion < self._threshold:
            self._congestion += min(fresh, MSS)
        else:
            self._congestion += max(1, MSS * MSS // self._congestion)
        self._duplicates = 0
        return []

    def _count_duplicate(self, now: float) -> list[Segment]:
        self._duplicates += 1
        if self._recovers:
            self._congestion += MSS
        elif self._duplicates == _DUPLICATES and self.first >= self._again:
            self._threshold = max((self.next - self.first) // 2, 2 * MSS)
            self._congestion = self._threshold + _DUPLICATES * MSS
            self._recovers, self._again = True, self.high
            return self._send_first_again(now)
        return []

    def _probe(self, now: float) -> list[Segment]:
        """Try a window that is shut with one octet, which is not counted as sent."""
        self.next = self.first
        segment = self._following(1)
        sent = [self._sent(segment, now)] if segment else []
        self.next, self._timed = self.first, None
        return sent

    def _send_first_again(self, now: float) -> list[Segment]:
        onward, self.next = self.next, self.first
        segment = self._following(MSS)
        sent = [self._sent(segment, now)] if segment else []
        self.next, self._timed = max(onward, self.next), None
        return sent


@dataclass(slots=True)
class _Rtt:
    """How long an answer takes, and so how long to wait for one."""

    timeout: float = SHORTEST_RTO
    _smooth: float | None = None
    _spread: float = 0.0

    def learn(self, seconds: float) -> None:
        """Take in how long one took."""
        if self._smooth is None:
            self._smooth, self._spread = seconds, seconds / 2
        else:
            self._spread += (abs(self._smooth - seconds) - self._spread) / 4
            self._smooth += (seconds - self._smooth) / 8

    def double(self) -> None:
        """None came in time."""
        self.timeout = min(2 * self.timeout, LONGEST_RTO)

    def settle(self) -> None:
        """Something came: wait again as long as one is known to take."""
        usual = (self._smooth or 0.0) + 4 * self._spread
        self.timeout = min(max(usual, SHORTEST_RTO), LONGEST_RTO)
