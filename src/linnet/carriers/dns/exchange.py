"""Which questions a client asks, and when (spec/dns.md §4); pure.

Two streams of bytes, one each way, in pieces that may be lost, doubled or out of order.
Every question carries a piece of one and asks for a piece of the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from linnet.carriers.dns.question import LAST_PLACE, Answer, Ask, answer_room
from linnet.carriers.dns.streams import Pieces, Span, first_gap
from linnet.errors import Malformed

AT_ONCE: Final = 8
"""Questions that may be unanswered at one time."""

PAUSE: Final = 0.1
SLOW_PAUSE: Final = 1.0
DEAF_SECONDS: Final = 5.0
"""Seconds between questions; and when nothing was answered for so long."""

WINDOW: Final = 8 * 1024
"""Bytes behind the first gap that are sent, or asked for."""

FIRST_POLL: Final = 0.4
LAST_POLL: Final = 4.0
SLOWER: Final = 1.5
"""Seconds between questions that carry nothing, at first and at last."""

FIRST_WAIT: Final = 1.5
SHORTEST_WAIT: Final = 0.6
LONGEST_WAIT: Final = 4.0
"""Seconds until a question counts as lost."""

LATE_SECONDS: Final = 20.0
"""How long an answer is still taken after its question was sent."""

LARGE: Final = answer_room(1_232, 255)
SMALL: Final = answer_room(512, 255)
"""Bytes that fit into an answer with EDNS, and into one that passes everywhere."""

MOST_LARGE_LOST: Final = 6
SMALL_SECONDS: Final = 60.0
"""After so many large answers in a row that did not come, small ones for so long."""

_NEVER: Final = float("inf")


@dataclass(slots=True)
class Flight:
    """A question that was sent."""

    ask: Ask
    sent: float
    is_lost: bool = False

    @property
    def up(self) -> Span:
        """What it carries."""
        return self.ask.place, self.ask.place + len(self.ask.data)

    @property
    def down(self) -> Span:
        """What it asks for."""
        begins = self.ask.received + self.ask.beyond
        return begins, begins + self.ask.most


class Exchange:
    """One carrier, as its client sees it.

    Args:
        carrier: its name.
        room: bytes that one question carries.
        number: of the first question; each has the next.
        chance: from 0 to 1.
        now: the time.

    Attributes:
        heard: when the last answer came.
        is_small: whether this road takes small answers only.
        is_last: whether all that the relay will ever say has come.
    """

    def __init__(
        self,
        carrier: bytes,
        room: int,
        number: int,
        *,
        chance: Callable[[], float],
        now: float,
    ) -> None:
        self.heard = now
        self.is_small = False
        self.is_last = False
        self._carrier, self._room, self._number = carrier, room, number
        self._chance = chance
        self._stream = bytearray()
        self._taken = 0
        self._arrived: list[Span] = []
        self._pieces = Pieces(2 * WINDOW)
        self._end = 0
        self._flights: dict[int, Flight] = {}
        self._free_at = self._poll_at = float("-inf")
        self._poll = FIRST_POLL
        self._mean = self._spread = 0.0
        self._wait = FIRST_WAIT
        self._large_lost = 0
        self._small_until = float("-inf")

    @property
    def unsent(self) -> int:
        """Bytes that the relay is not known to have."""
        return len(self._stream)

    def write(self, data: bytes, now: float) -> None:
        """Have bytes sent.

        Raises:
            Malformed: the carrier has carried all that it can.
        """
        if self._taken + len(self._stream) + len(data) > LAST_PLACE:
            raise Malformed("This carrier has carried all that it can.")
        self._stream += data
        self._stir(now)

    def next(self, now: float) -> Ask | None:
        """Return the question that is to be asked now, if one is."""
        self._give_up(now)
        live = [one for one in self._flights.values() if not one.is_lost]
        if now < self._free_at or len(live) >= AT_ONCE:
            return None
        up = self._to_send(live)
        down, is_known = self._to_ask(live, now)
        if up is None and not is_known and now < self._poll_at:
            return None
        if up is None and not is_known:
            self._poll = min(self._poll * SLOWER, LAST_POLL)
        self._poll_at = now + self._poll
        pause = SLOW_PAUSE if now - self.heard > DEAF_SECONDS else PAUSE
        self._free_at = now + pause * (0.75 + self._chance() / 2)
        return self._asked(up or (self._taken, self._taken), down, now)

    def due(self, now: float) -> float:
        """When `next` may have something to say, unless something happens before."""
        live = [one for one in self._flights.values() if not one.is_lost]
        lost_at = min((one.sent + self._wait for one in live), default=_NEVER)
        if len(live) >= AT_ONCE:
            return lost_at
        is_wanted = self._to_send(live) is not None or self._to_ask(live, now)[1]
        next_at = self._free_at if is_wanted else max(self._poll_at, self._free_at)
        return min(next_at, lost_at)

    def answered(self, ask: Ask, answer: Answer, now: float) -> bytes:
        """Take an answer; the bytes that follow without a gap now.

        Raises:
            Malformed: it is none that a relay gives; the true one may still come.
        """
        flight = self._flights.get(ask.number)
        if flight is None or flight.ask != ask:
            return b""
        self._check(flight, answer)
        del self._flights[ask.number]
        self.heard = now
        self._learn(now - flight.sent)
        moved = self._confirm(flight.up, answer.taken)
        before = self._pieces.place
        found = self._pieces.put(flight.down[0], answer.data) or b""
        if moved or answer.end > self._end or self._pieces.place > before:
            self._stir(now)
        self._end = max(self._end, answer.end)
        if len(answer.data) > SMALL:
            self._large_lost = 0
        self.is_last = answer.is_last and self._pieces.place >= answer.end
        return found

    def _check(self, flight: Flight, answer: Answer) -> None:
        size = len(answer.data)
        if size > flight.ask.most or answer.end < flight.down[0] + size:
            raise Malformed("The relay gives more than it was asked for.")
        if answer.taken > self._taken + len(self._stream):
            raise Malformed("The relay has taken more than it was sent.")

    def _stir(self, now: float) -> None:
        self._poll = FIRST_POLL
        self._poll_at = min(self._poll_at, now + FIRST_POLL)

    def _asked(self, up: Span, down: Span, now: float) -> Ask:
        self._number = (self._number + 1) & 0xFFFF
        begins = up[0] - self._taken
        ask = Ask(
            self._carrier,
            self._number,
            up[0],
            bytes(self._stream[begins : begins + up[1] - up[0]]),
            self._pieces.place,
            down[0] - self._pieces.place,
            down[1] - down[0],
        )
        self._flights[self._number] = Flight(ask, now)
        return ask

    def _to_send(self, live: list[Flight]) -> Span | None:
        covered = self._arrived + [one.up for one in live if one.ask.data]
        ends = self._taken + min(len(self._stream), WINDOW)
        gap = first_gap(self._taken, ends, covered)
        return gap and (gap[0], min(gap[1], gap[0] + self._room))

    def _to_ask(self, live: list[Flight], now: float) -> tuple[Span, bool]:
        """What to ask for, and whether it is known to be there."""
        is_small = self.is_small or now < self._small_until
        most = SMALL if is_small else LARGE
        begins = self._pieces.place
        covered = self._pieces.spans() + [one.down for one in live if one.ask.most]
        gap = first_gap(begins, min(self._end, begins + WINDOW), covered)
        if gap is not None:
            return (gap[0], min(gap[1], gap[0] + most)), True
        # What will be said next is asked for by one question at a time.
        last = max(self._end, begins)
        is_free = first_gap(last, last + 1, covered) is not None
        if last > begins + WINDOW or not is_free:
            return (begins, begins), False
        return (last, last + most), False

    def _confirm(self, up: Span, taken: int) -> bool:
        """Forget what the relay has; whether it is more than before."""
        if up[1] > up[0]:
            self._arrived.append(up)
        fresh = taken - self._taken
        if fresh > 0:
            del self._stream[:fresh]
            self._taken = taken
        self._arrived = [one for one in self._arrived if one[1] > self._taken]
        return fresh > 0

    def _give_up(self, now: float) -> None:
        for number, one in list(self._flights.items()):
            if not one.is_lost and now >= one.sent + self._wait:
                one.is_lost = True
                self._note_loss(one, now)
            if now >= one.sent + LATE_SECONDS:
                del self._flights[number]

    def _note_loss(self, flight: Flight, now: float) -> None:
        if flight.down[1] <= self._end and flight.ask.most > SMALL:
            self._large_lost += 1
            if self._large_lost >= MOST_LARGE_LOST:
                self._large_lost = 0
                self._small_until = now + SMALL_SECONDS

    def _learn(self, took: float) -> None:
        """RFC 6298 §2; every question has a number of its own, so each one tells."""
        if not self._mean:
            self._mean, self._spread = took, took / 2
        else:
            self._spread += (abs(self._mean - took) - self._spread) / 4
            self._mean += (took - self._mean) / 8
        wait = self._mean + 4 * self._spread
        self._wait = min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)
