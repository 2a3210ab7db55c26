"""Carriers made of requests, on the relay's side (spec/session.md §8.4).

A hatch knows every such carrier by the name its client chose. Who asks waits in a
doorway; what comes out is handed to whoever asked last. Nothing here trusts that a
client keeps its word: numbers out of order end the carrier, what nobody fetches
stops the session from writing, and silence ends both.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final, Protocol

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.http import Response
from linnet.carriers.pieces import Joiner, Piece, PieceKind
from linnet.carriers.polls import (
    HANG_SECONDS,
    LARGEST_ANSWER,
    Kind,
    Poll,
    Room,
    pack_messages,
)

IDLE_SECONDS: Final = 40.0
"""How long a carrier lives without a request."""

LINGER_SECONDS: Final = 10.0
"""How long what was written last can still be fetched."""

MOST_WAITING: Final = 64 * 1024
"""Bytes that may wait to be fetched before the session is told to pause."""

_HEADERS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Cache-Control", "no-store"),
)


class Asker(Protocol):
    """A doorway in which a request waits for its answer."""

    def give(self, response: Response) -> None:
        """Answer the request that waits."""


class Hall(Protocol):
    """What is around a hatch."""

    def now(self) -> float:
        """The time by which deadlines are kept."""

    def visitor(self) -> CarrierUser:
        """Someone to receive what a new carrier brings."""

    def entered(self, carrier: Carrier) -> None:
        """A carrier is there, and its user is a stranger yet."""


class PolledCarrier(Carrier):
    """One carrier made of requests.

    Attributes:
        is_over: nothing comes of this carrier any more.
        deadline: when it ends unless there is a request before.
    """

    __slots__ = (
        "_asked", "_asker", "_closing", "_fetched", "_hall", "_handed", "_held",
        "_late", "_queue", "_queued", "_received", "_room", "deadline", "is_over",
    )  # fmt: skip

    def __init__(self, user: CarrierUser, hall: Hall) -> None:
        super().__init__(user)
        self.is_over = False
        self.deadline = hall.now() + IDLE_SECONDS
        self._hall = hall
        self._received = 0
        self._fetched = 0
        self._handed = 0
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._room = Room(LARGEST_ANSWER)
        self._asker: Asker | None = None
        self._asked = 0.0
        self._held = False
        self._late: Asker | None = None
        self._closing = False

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return not self._closing and not self.is_over

    def write(self, messages: Iterable[bytes]) -> None:
        """Let messages be fetched."""
        if self.is_open:
            for message in messages:
                self._queue.append(message)
                self._queued += len(message)
            self._offer()

    def _offer(self) -> None:
        self.paused = self._queued > MOST_WAITING
        self._hand_out()

    def hold(self) -> None:
        """Bring nothing for now: whoever sends is not answered."""
        self._held = True

    def go_on(self) -> None:
        """Bring again what comes."""
        self._held = False
        late, self._late = self._late, None
        if late is not None:
            late.give(_ok(b""))

    def close(self) -> None:
        """Take nothing more; what was written can be fetched for a while."""
        if self.is_open:
            self._closing = True
            self.deadline = self._hall.now() + LINGER_SECONDS
            if not self._queued:
                self.abort()

    def abort(self) -> None:
        """End at once; the user hears of it in the loop's next turn."""
        if not self.is_over:
            self.is_over = True
            self._answer(b"")
            self.go_on()
            asyncio.get_running_loop().call_soon(self.user.lost)

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        if now >= self.deadline:
            self.abort()
        elif self._asker is not None and now >= self._asked + HANG_SECONDS:
            self._answer(b"")

    def take(self, poll: Poll | Piece, asker: Asker) -> None:
        """Take a request; answer the asker now or later, or be over."""
        if self.is_open:
            self.deadline = self._hall.now() + IDLE_SECONDS
        if poll.kind is Kind.LEAVE:
            self.abort()
            asker.give(_ok(b""))
        else:
            self._serve(poll, asker)

    def leave(self, asker: Asker) -> None:
        """Whoever asked is gone: nothing can be handed out there."""
        if self._asker is asker:
            self._asker = None
        if self._late is asker:
            self._late = None

    def _serve(self, poll: Poll | Piece, asker: Asker) -> None:
        if isinstance(poll, Piece):
            self.abort()
        elif poll.kind is Kind.SEND:
            self._take_messages(poll, asker)
        else:
            self._take_fetch(poll.number, asker)

    def _take_messages(self, poll: Poll, asker: Asker) -> None:
        known = self._received - poll.number
        if known < 0:
            self.abort()
            return
        for message in poll.messages[known:]:
            if self.is_open:
                self._received += 1
                self.user.arrived(message)
        self._confirm(asker)

    def _confirm(self, asker: Asker) -> None:
        """Answer who has sent; while more is not wanted, later."""
        late, self._late = self._late, asker
        if late is not None:
            late.give(_ok(b""))
        if not self._held:
            self.go_on()

    def _take_fetch(self, number: int, asker: Asker) -> None:
        if not self._fetched <= number <= self._handed:
            self.abort()
            return
        self._answer(b"")
        if number < self._handed:
            self._room.shrink()
        elif number > self._fetched:
            self._room.grow()
        self._forget(number)
        self._wait(asker)

    def _wait(self, asker: Asker) -> None:
        if self._closing and not self._queued:
            self.abort()
            return
        self._asker, self._asked = asker, self._hall.now()
        self._hand_out()

    def _forget(self, number: int) -> None:
        """Let go of what has come to the client."""
        for _ in range(number - self._fetched):
            self._queued -= len(self._queue.popleft())
        self._fetched = number
        self._ease()

    def _ease(self) -> None:
        if self.paused and self._queued <= MOST_WAITING // 2:
            self.paused = False
            asyncio.get_running_loop().call_soon(self.user.writable)

    def _hand_out(self) -> None:
        """Give whoever asked what it has not got."""
        if self._asker is not None and self._queue:
            messages = self._room.portion(self._queue)
            self._handed = max(self._handed, self._fetched + len(messages))
            self._answer(pack_messages(messages))

    def _answer(self, body: bytes) -> None:
        asker, self._asker = self._asker, None
        if asker is not None:
            asker.give(_ok(body))


class PiecedCarrier(PolledCarrier):
    """One carrier that goes in pieces: its two streams are taken byte by byte."""

    __slots__ = ("_joiner", "_most", "_stream")

    def __init__(self, user: CarrierUser, hall: Hall) -> None:
        super().__init__(user, hall)
        self._joiner = Joiner()
        self._stream = bytearray()
        self._most = 0

    def write(self, messages: Iterable[bytes]) -> None:
        """Let messages be taken."""
        if self.is_open:
            self._stream += pack_messages(messages)
            self._queued = len(self._stream)
            self._offer()

    def _serve(self, poll: Poll | Piece, asker: Asker) -> None:
        if isinstance(poll, Poll):
            self.abort()
        elif poll.kind is PieceKind.PUT:
            self._take_piece(poll, asker)
        elif not self._fetched <= poll.place <= self._handed:
            self.abort()
        else:
            self._answer(b"")
            del self._stream[: poll.place - self._fetched]
            self._fetched, self._queued = poll.place, len(self._stream)
            self._most = min(poll.most, LARGEST_ANSWER)
            self._ease()
            self._wait(asker)

    def _take_piece(self, piece: Piece, asker: Asker) -> None:
        known = self._received - piece.place
        if known < 0:
            self.abort()
            return
        fresh = piece.data[known:]
        self._received += len(fresh)
        for message in self._joiner.feed(fresh):
            if self.is_open:
                self.user.arrived(message)
        self._confirm(asker)

    def _hand_out(self) -> None:
        if self._asker is not None and self._stream:
            data = bytes(self._stream[: self._most])
            self._handed = max(self._handed, self._fetched + len(data))
            self._answer(data)


class Hatch:
    """All carriers of a relay that are made of requests."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._carriers: dict[bytes, PolledCarrier] = {}

    def __len__(self) -> int:
        return len(self._carriers)

    def close(self) -> None:
        """End every carrier at once."""
        for carrier in self._carriers.values():
            carrier.abort()
        self._carriers.clear()

    def take(self, poll: Poll | Piece, asker: Asker) -> PolledCarrier | None:
        """Take a request: whose it is; the asker is answered now or later.

        Returns:
            ``None`` for a request that nobody sends who keeps the rules; the asker
            is not answered.
        """
        carrier = self._carriers.get(poll.carrier)
        if carrier is None:
            made = _of_first(poll)
            if made is None:
                return None
            carrier = made(self._hall.visitor(), self._hall)
            self._carriers[poll.carrier] = carrier
            self._hall.entered(carrier)
        carrier.take(poll, asker)
        if carrier.is_over:
            self._carriers.pop(poll.carrier, None)
        return carrier

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        for name, carrier in list(self._carriers.items()):
            carrier.tend(now)
            if carrier.is_over:
                del self._carriers[name]


def _of_first(poll: Poll | Piece) -> type[PolledCarrier] | None:
    """What a request with an unknown name begins."""
    if isinstance(poll, Piece):
        begins = poll.kind is PieceKind.PUT and not poll.place
        return PiecedCarrier if begins else None
    return PolledCarrier if poll.kind is Kind.SEND and not poll.number else None


def _ok(body: bytes) -> Response:
    return Response(200, body, "application/octet-stream", _HEADERS)
