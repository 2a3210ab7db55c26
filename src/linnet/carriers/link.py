"""A client's link to one relay: keeps a session alive over whatever road works.

Tries the relay's addresses one after another, opens or resumes, sends again what was
lost, and waits longer after each round that failed. ``run`` does the work; ``events``
tells, in order, what came of it. After an ``Opened`` the relay knows nothing of what
was said before: whatever still awaits an answer must be asked again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from os import urandom
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dial import dial
from linnet.carriers.poller import poll
from linnet.carriers.status import (
    Connected,
    Connecting,
    Idle,
    Status,
    TurnedAway,
    Waiting,
)
from linnet.carriers.trip import Ending, Trip
from linnet.errors import LocalError, Unreachable
from linnet.wire.client_session import ClientSession, Standing
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import Entropy
from linnet.wire.session import Limits

Dial = Callable[[Address, CarrierUser], Awaitable[Carrier]]

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 60.0
MOST_UNREAD: Final = 1_024
_DEFAULT_LIMITS: Final = Limits()


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
        limits: of the session.
        dial: how an address becomes a carrier.
        poll: how it does where WebSocket is cut; ``None`` leaves that way out.

    Attributes:
        status: what the link is doing now.
        session: the session at present; replaced when the relay has forgotten it.
    """

    def __init__(
        self,
        relay: RelayDescriptor,
        *,
        pass_token: bytes | None = None,
        entropy: Entropy = urandom,
        limits: Limits = _DEFAULT_LIMITS,
        dial: Dial = dial,
        poll: Dial | None = poll,
    ) -> None:
        self.status: Status = Idle()
        self._relay = relay
        self._pass_token = pass_token
        self._entropy = entropy
        self._limits = limits
        self._dial = dial
        self._poll = poll
        self._open = False
        self._closing = False
        self._flushing = False
        self._trip: Trip | None = None
        self._dialling: asyncio.Task[Carrier] | None = None
        self._events: deque[LinkEvent] = deque()
        self._changed = asyncio.Event()
        self._hurried = asyncio.Event()
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

    def hurry(self) -> None:
        """Try again at once: the network has changed, or the person asks for it."""
        self._hurried.set()

    def abandon(self, reason: str = "The relay does not do as it must.") -> None:
        """Give up the present session; another is opened, after a while."""
        self.renew()
        if self._trip is not None:
            self._trip.abandon(reason)

    async def close(self) -> None:
        """End the session and stop; ``run`` and ``events`` return."""
        self._closing = True
        self._open = False
        self.session.end()
        if self._trip is not None:
            self._trip.close()
        if self._dialling is not None:
            self._dialling.cancel()
        self._hurried.set()

    async def events(self) -> AsyncIterator[LinkEvent]:
        """What happens, in order, until the link is closed. For one reader."""
        while True:
            while self._events:
                event = self._events.popleft()
                if len(self._events) == MOST_UNREAD // 2 and self._trip is not None:
                    self._trip.resume()
                yield event
            if self._closing and isinstance(self.status, Idle):
                return
            self._changed.clear()
            await self._changed.wait()

    async def run(self) -> None:
        """Keep the session alive until ``close``."""
        wait, attempt = 0.0, 0
        roads = _Roads(self._relay.addresses, polls=self._poll is not None)
        try:
            while not self._closing:
                attempt += 1
                session, before = self.session, self.session.progress
                ending = await self._try_roads(roads, attempt)
                # A road that is cut before it answers may still have let something
                # through; then there is no reason to wait.
                moved = self.session is session and session.progress != before
                if (ending.worked or moved) and not ending.faulty:
                    wait, attempt = 0.0, 0
                else:
                    wait = min(max(2 * wait, FIRST_WAIT), LONGEST_WAIT)
                    await self._wait(ending, wait, attempt)
        finally:
            self._closing = True
            self._show(Idle())

    def renew(self) -> ClientSession:
        """Put a new session in the place of one that is lost."""
        self._open = False
        self.session = ClientSession(
            self._relay.key,
            entropy=self._entropy,
            pass_token=self._pass_token,
            limits=self._limits,
        )
        self._roomy.set()
        return self.session

    def welcomed(self, trip: Trip, standing: Standing) -> None:
        """The relay has answered a hello."""
        if standing is Standing.OPENED:
            self._open = True
            self._tell(Opened())

    def worked(self, trip: Trip, standing: Standing) -> None:
        """Data has passed both ways."""
        connecting = self.status
        if isinstance(connecting, Connecting):
            resumed = standing is Standing.RESUMED
            self._show(Connected(connecting.address, resumed, connecting.polls))

    def delivered(self, messages: list[bytes]) -> None:
        """Messages have come."""
        self._events.extend(map(Received, messages))
        self._changed.set()
        if len(self._events) > MOST_UNREAD and self._trip is not None:
            self._trip.pause()

    def eased(self) -> None:
        """Enough was confirmed for whoever waits for room to go on."""
        self._roomy.set()

    async def _try_roads(self, roads: "_Roads", attempt: int) -> Ending:
        """Try each road once, until one has worked and ended; how the last ended."""
        ending = Ending("The relay has no address.", worked=False)
        for way in roads:
            if not self.session.resumable and self._open:
                self.renew()
            address, polls = way
            self._show(Connecting(address, attempt, polls))
            session, before = self.session, self.session.progress
            ending = await self._travel(address, polls=polls)
            if ending.worked:
                roads.prefer(way)
            # A road that is cut before it answers may still have let something
            # through; then it is as good as any.
            moved = self.session is session and session.progress != before
            if ending.worked or moved or ending.refusal or self._closing:
                break
        return ending

    async def _travel(self, address: Address, *, polls: bool) -> Ending:
        loop = asyncio.get_running_loop()
        trip = Trip(self, loop.time)
        dial = (self._poll or self._dial) if polls else self._dial
        self._dialling = loop.create_task(_connect(dial, address, trip))
        try:
            carrier = await self._dialling
        except Unreachable as error:
            return Ending(str(error), worked=False)
        except asyncio.CancelledError:
            if not self._closing:
                raise
            return Ending("The connection was closed.", worked=False)
        finally:
            self._dialling.cancel()
            self._dialling = None
        if self._closing:
            carrier.abort()
            return Ending("The connection was closed.", worked=False)
        self._trip = trip
        try:
            return await trip.travel(carrier)
        finally:
            self._trip = None

    async def _wait(self, ending: Ending, wait: float, attempt: int) -> None:
        """Rest before the next round; for ever when only the person can help."""
        if self._closing:
            return
        self._hurried.clear()
        if ending.refusal and ending.refusal != OpeningRefusal.FULL:
            self._show(TurnedAway(ending.reason, ending.refusal))
            await self._hurried.wait()
            return
        # Not all clients of a relay that went away may come back at one moment.
        wait *= 0.5 + self._entropy(1)[0] / 256
        until = asyncio.get_running_loop().time() + wait
        self._show(Waiting(ending.reason, until, attempt))
        try:
            async with asyncio.timeout_at(until):
                await self._hurried.wait()
        except TimeoutError:
            return

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


async def _connect(dial: Dial, address: Address, trip: Trip) -> Carrier:
    return await dial(address, trip)


class _Roads:
    """The addresses of a relay, the way that worked last first.

    Each of the web is there twice: requests come last, because a network that cuts
    WebSocket cuts it everywhere.
    """

    def __init__(self, addresses: tuple[Address, ...], *, polls: bool) -> None:
        self._ways = [(address, False) for address in addresses]
        if polls:
            web = [one for one in addresses if one.road is not Road.TCP]
            self._ways += [(address, True) for address in web]

    def __iter__(self) -> Iterator[tuple[Address, bool]]:
        return iter(list(self._ways))

    def prefer(self, way: tuple[Address, bool]) -> None:
        self._ways.remove(way)
        self._ways.insert(0, way)
