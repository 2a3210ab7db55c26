"""One carrier made of questions, at the relay (spec/dns.md §3)."""

import asyncio
from collections.abc import Iterable
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dns.question import LAST_PLACE, Answer, Ask
from linnet.carriers.dns.streams import Pieces
from linnet.carriers.pieces import Joiner
from linnet.carriers.polls import pack_messages
from linnet.errors import Malformed

IDLE_SECONDS: Final = 90.0
"""How long a carrier lives without a question."""

LINGER_SECONDS: Final = 20.0
"""How long what was written last can still be asked for."""

MOST_WAITING: Final = 32 * 1024
"""Bytes that may wait to be asked for before the session is told to pause."""

WINDOW: Final = 16 * 1024
"""Bytes that are taken behind the first gap, or while nothing is wanted."""

RATE: Final = 100.0
BURST: Final = 200.0
"""Names answered in a second, and at once: for one question a resolver may ask for
all that it ends with (RFC 9156)."""


class Bucket:
    """So many a second, and so many at once."""

    __slots__ = ("_burst", "_left", "_rate", "_when")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._when = burst, float("-inf")

    def allows(self, now: float) -> bool:
        """Whether there may be one more now; it is counted."""
        grown = self._left + self._rate * max(0.0, now - self._when)
        self._left, self._when = min(self._burst, grown), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class AskedCarrier(Carrier):
    """One carrier; its client asks, and what is said to it is in the answers.

    Attributes:
        bucket: how often it may be asked about.
        is_over: nothing comes of this carrier any more.
        deadline: when it ends unless there is a question before.
    """

    __slots__ = (
        "_begins", "_closing", "_held", "_joiner", "_pieces", "_stream",
        "_waiting", "bucket", "deadline", "is_over",
    )  # fmt: skip

    def __init__(self, user: CarrierUser, now: float) -> None:
        super().__init__(user)
        self.is_over = False
        self.deadline = now + IDLE_SECONDS
        self.bucket = Bucket(RATE, BURST)
        self._pieces = Pieces(WINDOW)
        self._joiner = Joiner()
        self._stream = bytearray()
        self._begins = 0
        self._closing = False
        self._held = False
        self._waiting = bytearray()

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return not self._closing and not self.is_over

    def write(self, messages: Iterable[bytes]) -> None:
        """Let messages be asked for."""
        if not self.is_open:
            return
        self._stream += pack_messages(messages)
        self.paused = len(self._stream) > MOST_WAITING
        if self._begins + len(self._stream) > LAST_PLACE:
            self.abort()

    def hold(self) -> None:
        """Bring nothing for now."""
        self._held = True

    def go_on(self) -> None:
        """Bring again what comes."""
        self._held = False
        waiting, self._waiting = bytes(self._waiting), bytearray()
        self._bring(waiting)

    def close(self) -> None:
        """Take nothing more; what was written can be asked for for a while."""
        if self.is_open:
            self._closing = True
            self.deadline = asyncio.get_running_loop().time() + LINGER_SECONDS
            if not self._stream:
                self.abort()

    def abort(self) -> None:
        """End at once; the user hears of it in the loop's next turn."""
        if not self.is_over:
            self.is_over = True
            asyncio.get_running_loop().call_soon(self.user.lost)

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        if now >= self.deadline:
            self.abort()

    def answer(self, ask: Ask, room: int, now: float) -> Answer | None:
        """Answer a question, unless its piece finds no place.

        Raises:
            Malformed: its client breaks the rules; the carrier is over.
        """
        if self.is_open:
            self.deadline = now + IDLE_SECONDS
        end = self._begins + len(self._stream)
        if ask.received > end or ask.place + len(ask.data) > LAST_PLACE:
            self.abort()
            raise Malformed("A client has received what was never sent.")
        if not self._take(ask):
            return None
        self._forget(ask.received)
        begins = ask.received + ask.beyond - self._begins
        most = min(ask.most, room)
        data = bytes(self._stream[begins : begins + most]) if begins >= 0 else b""
        # What was taken may have been answered at once.
        end = self._begins + len(self._stream)
        is_last = self._closing
        if is_last and not self._stream:
            self.abort()
        return Answer(self._pieces.place, end, data, is_last)

    def _take(self, ask: Ask) -> bool:
        if not ask.data:
            return True
        if self._held and len(self._waiting) + len(ask.data) > WINDOW:
            return False
        found = self._pieces.put(ask.place, ask.data)
        if found:
            self._bring(found)
        return found is not None

    def _bring(self, data: bytes) -> None:
        if self._held:
            self._waiting += data
            return
        for message in self._joiner.feed(data):
            if self.is_open:
                self.user.arrived(message)

    def _forget(self, received: int) -> None:
        """Let go of what has come to the client."""
        if received > self._begins:
            del self._stream[: received - self._begins]
            self._begins = received
        if self.paused and len(self._stream) <= MOST_WAITING // 2:
            self.paused = False
            asyncio.get_running_loop().call_soon(self.user.writable)
