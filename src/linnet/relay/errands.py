"""Carries out errands: opens them, asks the rules, seals answers (spec/bags.md §4).

A guest of its own stands for each errand, with the pass and the rate of the session
that handed it in: an errand may do no more than whoever brings it.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from linnet.errors import RemoteError
from linnet.relay.core.errands import Course
from linnet.relay.core.events import Asked, CarryOut, Effect, Event
from linnet.relay.core.memory import answer
from linnet.relay.core.state import Guest
from linnet.wire import errands
from linnet.wire.codec import Reply
from linnet.wire.errands import NONCE_BYTES, Key
from linnet.wire.refusals import Refusal
from linnet.wire.replies import RefusedReply
from linnet.wire.requests_errands import ErrandAnswer

MOST_AT_ONCE: Final = 64
"""Errands of all sessions together that may be under way."""
PAUSE_MS: Final = 200

Tell = Callable[[Reply], None]


class Rules(Protocol):
    """The relay's rules, as the driver asks them.

    Attributes:
        guests: numbers of guests to come.
    """

    guests: Iterator[int]

    def feed(self, event: Event) -> None:
        """Let the rules hear of something, and do what they want."""

    def perform(self, effects: list[Effect]) -> None:
        """Do what the rules want."""

    def forget(self, guest: Guest) -> None:
        """Drop what waits for a guest who is gone."""


@dataclass(slots=True)
class _UnderWay:
    carrier: Guest
    tell: Tell
    course: Course
    key: Key = field(repr=False)
    is_asking: bool = False


class Errands:
    """The errands that are under way."""

    def __init__(self, private: bytes, rules: Rules) -> None:
        self._private = private
        self._rules = rules
        self._by_course: dict[Course, _UnderWay] = {}
        self._carriers: set[int] = set()

    def begin(self, wanted: CarryOut) -> None:
        """Open an errand and begin with what it asks."""
        carrier, number = wanted.guest, wanted.number
        self._begin(
            carrier,
            wanted.sealed,
            lambda reply: self._rules.perform([answer(carrier, number, reply)]),
        )

    def guest(self) -> Guest:
        """Someone without a session, in whose place errands can be carried out."""
        return Guest(next(self._rules.guests))

    async def carry_out(self, carrier: Guest, sealed: bytes) -> Reply:
        """Carry an errand out for someone without a session; return the reply."""
        told: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def tell(reply: Reply) -> None:
            if not told.done():
                told.set_result(reply)

        self._begin(carrier, sealed, tell)
        return await told

    def _begin(self, carrier: Guest, sealed: bytes, tell: Tell) -> None:
        is_busy = carrier.number in self._carriers
        if is_busy or len(self._by_course) >= MOST_AT_ONCE:
            tell(RefusedReply(Refusal.SLOW_DOWN, PAUSE_MS))
            return
        try:
            contents, key = errands.unseal(sealed, self._private)
        except RemoteError:
            tell(RefusedReply(Refusal.BAD_ERRAND, 0))
            return
        guest = Guest(next(self._rules.guests))
        guest.payer, guest.pass_state = carrier.payer, carrier.pass_state
        guest.costly = carrier.costly
        course = Course(contents, guest)
        under_way = _UnderWay(carrier, tell, course, key)
        self._by_course[course] = under_way
        self._carriers.add(carrier.number)
        self._go_on(under_way)

    def hear(self, course: Course, message: bytes) -> None:
        """Take what the guest of an errand is told."""
        course.hear(message)
        under_way = self._by_course.get(course)
        if under_way is not None and not under_way.is_asking:
            self._go_on(under_way)

    def _go_on(self, under_way: _UnderWay) -> None:
        course = under_way.course
        under_way.is_asking = True
        while (message := course.next()) is not None:
            self._rules.feed(Asked(course.guest, message))
        under_way.is_asking = False
        if course.is_done:
            self._finish(under_way)

    def _finish(self, under_way: _UnderWay) -> None:
        course, carrier = under_way.course, under_way.carrier
        del self._by_course[course]
        self._carriers.discard(carrier.number)
        course.guest.owner = None
        self._rules.forget(course.guest)
        sealed = under_way.key.seal(course.content(), os.urandom(NONCE_BYTES))
        under_way.tell(ErrandAnswer(sealed))
