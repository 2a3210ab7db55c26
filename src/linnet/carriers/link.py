"""A client's link to one relay: keeps a session alive over whatever road works.

Drives the race of roads (``race``) and attaches the session to the road it chooses:
opens or resumes, and sends again what was lost. ``run`` does the work; ``events``
tells, in order, what came of it. After an ``Opened`` the relay knows nothing of what
was said before: whatever still awaits an answer must be asked again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from os import urandom
from typing import Final

from linnet.carriers import race_values as values
from linnet.carriers.burst import burst
from linnet.carriers.egress import leaving_by
from linnet.carriers.openers import Dial, open_road
from linnet.carriers.poller import poll
from linnet.carriers.race import Race
from linnet.carriers.race_values import Runner
from linnet.carriers.status import Idle, Status
from linnet.carriers.surroundings import Surroundings
from linnet.carriers.trip import Ending, Trip
from linnet.carriers.ways import Way, ways_to
from linnet.errors import LocalError, Unreachable
from linnet.wire.client_session import ClientSession, Standing
from linnet.wire.links import RelayDescriptor
from linnet.wire.noise import Entropy

MOST_UNREAD: Final = 1_024
MOST_SENT_AGAIN: Final = 32 * 1024
"""Bytes that a road of a kilobyte a second may have to send again before all else."""

_SHORTEST_SLEEP: Final = 0.001


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session is open; everything unanswered must be asked again."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message from the relay."""

    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The link does something else now."""

    status: Status


LinkEvent = Opened | Received | StatusChanged


class Link:
    """The link of one client to one relay.

    Args:
        relay: where the relay is and what key it must have.
        pass_token: the pass to show when a session is opened.
        entropy: ``os.urandom`` in life.
        dial: how an address becomes a carrier.
        poll: how it does where WebSocket is cut; ``None`` leaves that way out.
        surroundings: shared by the links of a client, who closes them at the end.

    Attributes:
        status: what the link is doing now.
        session: the session at present; replaced when the relay has forgotten it.
        wants_ways: called when the ways to it are of little use, to ``learn`` others.
    """

    def __init__(
        self,
        relay: RelayDescriptor,
        *,
        pass_token: bytes | None = None,
        entropy: Entropy = urandom,
        dial: Dial = open_road,
        poll: Dial | None = poll,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.status: Status = Idle()
        self.wants_ways: Callable[[], None] = lambda: None
        self._relay = relay
        self._pass_token = pass_token
        self._entropy = entropy
        self._dial = dial
        self._poll = poll
        self._surroundings = surroundings or Surroundings()
        self._is_alone = surroundings is None
        self._ways = ways_to(relay, polls=poll is not None)
        self._race = Race(
            lambda: self._surroundings.order(self._ways),
            budget=self._surroundings.budget,
            entropy=entropy,
        )
        self._open = False
        self._closing = asyncio.Event()
        self._flushing = False
        self._trips: dict[Runner, Trip] = {}
        self._dials: dict[Runner, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._trip: Trip | None = None
        self._progress = 0
        self._travelling: ClientSession | None = None
        self._happened: deque[values.Event] = deque()
        self._is_handling = False
        self._timer: asyncio.TimerHandle | None = None
        self._events: deque[LinkEvent] = deque()
        self._changed = asyncio.Event()
        self._roomy = asyncio.Event()
        self.session = self.renew()

    @property
    def is_open(self) -> bool:
        """Whether there is a session, with or without a carrier at present."""
        return self._open

    def send(self, message: bytes) -> bool:
        """Send a message in the present session; it survives the loss of carriers.

        Returns:
            Whether more may follow at once; if not, wait for ``room``.

        Raises:
            LocalError: no session is open, the message is too large, or the caller
                did not wait.
        """
        if not self._open:
            raise LocalError("No session is open yet; wait for Opened.")
        more = self.session.send(message)
        if not more:
            self._roomy.clear()
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)
        return more

    async def room(self) -> None:
        """Wait until ``send`` may be called again after it returned ``False``."""
        await self._roomy.wait()

    def expect(self, *, answers: bool) -> None:
        """Say whether an answer is awaited, so that silence is soon noticed."""
        self.session.silence.expects_since = self._now() if answers else float("inf")

    def hurry(self) -> None:
        """Try again at once: the person asks for it."""
        self._handle(values.Hurried())

    def move(self) -> None:
        """Begin anew: this machine is on another network."""
        self._handle(values.NetworkChanged())

    def learn(self, relay: RelayDescriptor) -> None:
        """Take other ways to the same relay from the next round on."""
        self._ways = ways_to(relay, polls=self._poll is not None)

    def abandon(self, reason: str = "The relay does not do as it must.") -> None:
        """Give up the present session; another is opened, after a while."""
        self.renew()
        if self._trip is not None:
            self._trip.abandon(reason)

    async def close(self) -> None:
        """End the session and stop; ``run`` and ``events`` return."""
        self._open = False
        self.session.end()
        carrier = self._trip.carrier if self._trip is not None else None
        if self._trip is not None:
            self._trip.close()
        self._closing.set()
        if carrier is not None:
            await carrier.finish()

    async def events(self) -> AsyncIterator[LinkEvent]:
        """What happens, in order, until the link is closed. For one reader."""
        while True:
            while self._events:
                event = self._events.popleft()
                if len(self._events) == MOST_UNREAD // 2 and self._trip is not None:
                    self._trip.resume()
                yield event
            if self._closing.is_set() and isinstance(self.status, Idle):
                return
            self._changed.clear()
            await self._changed.wait()

    async def run(self) -> None:
        """Keep the session alive until ``close``."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._handle(values.Began())
                await self._closing.wait()
                self._stop()
        finally:
            self._closing.set()
            self._stop()
            self._show(Idle())
            if self._is_alone:
                await self._surroundings.close()

    def renew(self) -> ClientSession:
        """Put a new session in the place of one that is lost."""
        self._open = False
        self.session = ClientSession(
            self._relay.key,
            entropy=self._entropy,
            pass_token=self._pass_token,
        )
        self._roomy.set()
        return self.session

    def welcomed(self, trip: Trip, standing: Standing) -> None:
        """The relay has answered a hello."""
        if standing is Standing.OPENED:
            self._open = True
            self._tell(Opened())
        self._report(trip, values.Answered)

    def worked(self, trip: Trip, standing: Standing) -> None:
        """Data has passed both ways."""
        resumed = standing is Standing.RESUMED
        self._report(trip, lambda runner: values.BytesCrossed(runner, resumed))

    def waits(self, trip: Trip, since: float) -> None:
        """What was sent awaits a sign of the relay."""
        moved = self.session.progress != self._progress
        self._report(trip, lambda runner: values.Waits(runner, since, moved))

    def confirmed(self, trip: Trip) -> None:
        """What was told to wait was confirmed."""
        self._report(trip, values.Confirmed)

    def ended(self, trip: Trip, ending: Ending) -> None:
        """A carrier is of no use any more."""
        # A road that is cut before it answers may still have let something through.
        is_same = trip is self._trip and self.session is self._travelling
        moved = is_same and self.session.progress != self._progress
        if trip is self._trip:
            self._trip = None
        self._report(
            trip,
            lambda runner: values.RoadLost(
                runner, ending.reason, moved, ending.faulty, ending.refusal
            ),
        )

    def delivered(self, messages: list[bytes]) -> None:
        """Messages have come."""
        self._events.extend(map(Received, messages))
        self._changed.set()
        if len(self._events) > MOST_UNREAD and self._trip is not None:
            self._trip.pause()

    def eased(self) -> None:
        """Enough was confirmed for whoever waits for room to go on."""
        self._roomy.set()

    def _report(self, trip: Trip, event: Callable[[Runner], values.Event]) -> None:
        for runner, one in self._trips.items():
            if one is trip:
                self._handle(event(runner))
                return

    def _handle(self, event: values.Event) -> None:
        """Let the race take an event, after those that come of what it wants done."""
        self._happened.append(event)
        if self._is_handling:
            return
        self._is_handling = True
        try:
            while self._happened and not self._closing.is_set():
                happened = self._happened.popleft()
                if isinstance(happened, values.RoadLost):
                    self._trips.pop(happened.runner, None)
                for effect in self._race.handle(happened, self._now()):
                    self._perform(effect)
        finally:
            self._is_handling = False
        self._arm()

    def _perform(self, effect: values.Effect) -> None:
        match effect:
            case values.Dial(runner, way):
                self._begin(runner, way)
            case values.Abort(runner):
                self._abort(runner)
            case values.Use(runner):
                self._use(self._trips[runner])
            case values.Remember(way, worked):
                self._surroundings.note(way, worked=worked)
            case values.Learn():
                self.wants_ways()
            case values.Tell(status):
                self._show(status)

    def _begin(self, runner: Runner, way: Way) -> None:
        if self._tasks is not None:
            trip = self._trips[runner] = Trip(self, self._now)
            task = self._tasks.create_task(self._open_road(runner, way, trip))
            self._dials[runner] = task

    async def _open_road(self, runner: Runner, way: Way, trip: Trip) -> None:
        polls = burst if way.bursts else self._poll
        dial = (polls or self._dial) if way.polls else self._dial
        try:
            with leaving_by(self._surroundings.egress):
                carrier = await dial(way.address, trip)
        except Unreachable as error:
            self._dials.pop(runner, None)
            self._handle(values.RoadLost(runner, str(error)))
            return
        self._dials.pop(runner, None)
        if self._trips.get(runner) is not trip or self._closing.is_set():
            carrier.abort()
            return
        trip.carrier = carrier
        self._handle(values.RoadOpened(runner))

    def _use(self, trip: Trip) -> None:
        is_heavy = trip.is_narrow and self.session.held > MOST_SENT_AGAIN
        if self._open and (is_heavy or not self.session.resumable):
            # Whoever asked asks anew; of a file that is as much as fits the road.
            self.renew()
        self._trip, self._travelling = trip, self.session
        self._progress = self.session.progress
        trip.greet()

    def _abort(self, runner: Runner) -> None:
        if task := self._dials.pop(runner, None):
            task.cancel()
        trip = self._trips.pop(runner, None)
        if trip is not None:
            trip.abort()
        if trip is self._trip:
            self._trip = None

    def _stop(self) -> None:
        for runner in list(self._trips):
            self._abort(runner)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        when = self._race.wake_at()
        if when != float("inf") and not self._closing.is_set():
            loop = asyncio.get_running_loop()
            # Timers of some loops fire a little early; do not spin until it is time.
            when = max(when, loop.time() + _SHORTEST_SLEEP)
            self._timer = loop.call_at(when, self._handle, values.Woken())

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _flush(self) -> None:
        self._flushing = False
        if self._trip is not None:
            self._trip.flush()

    def _show(self, status: Status) -> None:
        self.status = status
        self._tell(StatusChanged(status))

    def _tell(self, event: LinkEvent) -> None:
        self._events.append(event)
        self._changed.set()
