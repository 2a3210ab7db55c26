"""Tries every way to a relay, one after another, and tells what came of each.

The driver of ``diagnosis`` (spec/carriers.md §10). Each try has a session of its own
that holds no pass and stores nothing: who asks is nobody the relay knows.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from os import urandom
from typing import Final

from linnet.carriers.budget import Budget
from linnet.carriers.burst import burst
from linnet.carriers.diagnosis import Attempt, Came, Unopened
from linnet.carriers.egress import STRAIGHT, Egress, connect, leaving_by
from linnet.carriers.openers import Dial, open_road
from linnet.carriers.poller import poll
from linnet.carriers.trip import Ending, Trip
from linnet.carriers.ways import Way, ways_to
from linnet.errors import Unreachable
from linnet.ids import RequestNumber
from linnet.wire.client_session import ClientSession, Standing
from linnet.wire.codec import encode
from linnet.wire.links import RelayDescriptor, Road
from linnet.wire.noise import Entropy
from linnet.wire.requests import About

ROUNDS: Final = 40
"""Questions one after another: more packets than a frozen connection may have."""

QUESTIONS: Final = 12
"""In each round; their answers are 32 KB in all."""

BURST_ROUNDS: Final = 2
"""In bursts each has connections of its own, and the next has to wait."""

SILENCE: Final = 10.0
"""Seconds after which a road that says nothing has fallen silent."""

MOST_SECONDS: Final = 60.0
"""For all rounds of one way; a road that takes longer is slow."""

KNOCK_SECONDS: Final = 5.0
"""How long a bare TCP connection may take."""

_SHORTEST_SLEEP: Final = 0.001
Openers = Mapping[str, Dial]

OPENERS: Final[Openers] = {"connection": open_road, "requests": poll, "bursts": burst}


async def sound(
    relay: RelayDescriptor,
    budget: Budget,
    *,
    entropy: Entropy = urandom,
    openers: Openers = OPENERS,
    egress: Egress = STRAIGHT,
) -> AsyncIterator[Attempt]:
    """Try the ways to a relay one after another.

    Where no connection to an address begins, its other uses are not tried.
    """
    dead: set[tuple[str, int]] = set()
    for way in ways_to(relay, polls=True):
        place = way.address.host, way.address.port
        if place in dead:
            continue
        sounding = Sounding(relay, way, budget, entropy)
        with leaving_by(egress):
            attempt = await sounding.run(openers)
        if attempt.came.is_nowhere:
            dead.add(place)
        yield attempt


class Sounding:
    """One try of one way: the traveller of a trip that asks, and asks again.

    Attributes:
        session: its own, and nobody else's.
    """

    def __init__(
        self, relay: RelayDescriptor, way: Way, budget: Budget, entropy: Entropy
    ) -> None:
        self._key, self._entropy = relay.key, entropy
        self._way, self._budget = way, budget
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[Came] = self._loop.create_future()
        self._trip = Trip(self, self._loop.time)
        is_scarce = way.bursts or way.patience
        self._rounds = BURST_ROUNDS if is_scarce else ROUNDS
        self._awaited = 0
        self._octets = 0
        self._heard_at = 0.0
        self._is_welcome = False
        self.session = self.renew()

    async def run(self, openers: Openers) -> Attempt:
        """Open the way, use it, and leave it."""
        await self._turn(self._way)
        began = self._loop.time()
        try:
            came = await self._try(openers)
            if came is Came.NOBODY and self._way.address.road in {Road.WS, Road.WSS}:
                came = await self._knock()
        finally:
            self._trip.abort()
        seconds = self._loop.time() - began
        return Attempt(self._way, came, self._octets, seconds)

    def renew(self) -> ClientSession:
        """Begin with a new session."""
        self.session = ClientSession(self._key, entropy=self._entropy)
        return self.session

    def welcomed(self, trip: Trip, standing: Standing) -> None:
        """The relay has answered."""
        self._is_welcome = True
        self._ask()

    def worked(self, trip: Trip, standing: Standing) -> None:
        """Data has passed both ways."""
        self._heard_at = self._loop.time()

    def delivered(self, messages: list[bytes]) -> None:
        """Answers have come; after the last of a round the next begins."""
        self._heard_at = self._loop.time()
        question = len(_QUESTION)
        self._octets += sum(len(message) + question for message in messages)
        self._awaited -= len(messages)
        if self._awaited <= 0:
            self._ask()

    def eased(self) -> None:
        """There is always room."""

    def waits(self, trip: Trip, since: float) -> None:
        """Silence is counted here."""

    def confirmed(self, trip: Trip) -> None:
        """What was sent was received."""
        self._heard_at = self._loop.time()

    def ended(self, trip: Trip, ending: Ending) -> None:
        """The carrier is of no use any more."""
        if ending.refusal:
            self._finish(Came.TURNED_AWAY)
        else:
            self._finish(Came.CUT if self._is_welcome else Came.UNANSWERED)

    def _ask(self) -> None:
        if self._rounds == 0:
            self._finish(Came.WORKS)
            return
        self._rounds -= 1
        self._awaited = QUESTIONS
        self._heard_at = self._loop.time()
        for _ in range(QUESTIONS):
            self.session.send(_QUESTION)

    def _finish(self, came: Came) -> None:
        if not self._over.done():
            self._over.set_result(came)

    async def _turn(self, way: Way) -> None:
        """Wait until a client that is on the network may dial once more."""
        now = self._loop.time()
        while now < (free := self._budget.free_at(way, now)):
            # Only time makes room, and others may take it first.
            await asyncio.sleep(max(free - now, _SHORTEST_SLEEP))
            now = self._loop.time()
        self._budget.spend(way, now)

    async def _try(self, openers: Openers) -> Came:
        way = self._way
        use = "bursts" if way.bursts else "requests" if way.polls else "connection"
        try:
            self._trip.carrier = await openers[use](way.address, self._trip)
        except Unopened as error:
            return error.came
        except Unreachable:
            return Came.NO_DOOR
        self._heard_at = self._loop.time()
        self._trip.greet()
        came = await self._watch()
        if came is Came.WORKS:
            self.session.end()
            self._trip.close()
        return came

    async def _watch(self) -> Came:
        """Wait for the end of it, or for silence."""
        patience = self._way.patience
        last = self._loop.time() + MOST_SECONDS + 4 * patience
        while not self._over.done():
            carrier, now = self._trip.carrier, self._loop.time()
            excused = carrier.excused_until if carrier else now
            silent = max(self._heard_at, excused) + SILENCE + patience
            if now >= silent:
                return Came.FROZEN if self._is_welcome else Came.UNANSWERED
            if now >= last:
                return Came.SLOW if self._octets else Came.UNANSWERED
            wait = max(min(silent, last) - now, _SHORTEST_SLEEP)
            await asyncio.wait([self._over], timeout=wait)
        return self._over.result()

    async def _knock(self) -> Came:
        """Whether the address takes a connection on which nothing is said."""
        address = self._way.address
        await self._turn(Way(address))
        with contextlib.suppress(OSError):
            async with asyncio.timeout(KNOCK_SECONDS):
                transport, _ = await connect(
                    asyncio.Protocol, address.host, address.port
                )
            transport.abort()
            return Came.SILENT
        return Came.NOBODY


_QUESTION: Final = encode(RequestNumber(1), About())
