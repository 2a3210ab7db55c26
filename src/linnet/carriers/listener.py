"""The relay's listener: connections in, sessions and their messages out.

Drives ``linnet.wire.reception`` over carriers. The relay gives it ``Guests`` and is
told what arrives; it answers with ``session.send`` and then calls ``Listener.flush``
once for each session it sent to, so that all it has to say at one moment shares a
record. What waits for time alone (acknowledgements, silence, deadlines) is looked
after once a second, for all sessions together.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Container
from os import urandom
from typing import Final, cast

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.doorway import Doorway, Front
from linnet.carriers.hatch import Hatch
from linnet.carriers.hatches import Hatches
from linnet.carriers.strangers import Strangers
from linnet.carriers.tcp import TcpCarrier
from linnet.carriers.visit import Guests, Visit
from linnet.wire.noise import Entropy
from linnet.wire.reception import Reception, RelaySession
from linnet.wire.session_limits import Limits

TEND_SECONDS: Final = 1.0
CLOSE_SECONDS: Final = 3.0
"""How long the last words to slow readers may take when the relay stops."""

MOST_SESSIONS: Final = 100_000
_DEFAULT_LIMITS: Final = Limits()


class Listener:
    """Everything that listens for one relay; see this file.

    Args:
        relay_key: the relay's private X25519 key.
        guests: the relay.
        front: the website, the secret paths, and whether plain TCP is let in.
        entropy: ``os.urandom`` in life.
        limits: of each session.
        most_sessions: beyond these an opening is refused as ``FULL``.

    Attributes:
        reception: all sessions, with and without a carrier.
        now: the clock of the machines; the running loop's, unless a test sets its own.
    """

    def __init__(
        self,
        relay_key: bytes,
        guests: Guests,
        *,
        front: Front,
        entropy: Entropy = urandom,
        limits: Limits = _DEFAULT_LIMITS,
        most_sessions: int = MOST_SESSIONS,
    ) -> None:
        self.guests = guests
        self.front = front
        self.reception = Reception(relay_key, entropy=entropy, limits=limits)
        self.hatches = Hatches(self)
        self.now: Callable[[], float] = time.monotonic
        self._most_sessions = most_sessions
        self._strangers = Strangers()
        self._residents: dict[Visit, None] = {}
        self._servers: list[asyncio.Server] = []
        self._timer: asyncio.TimerHandle | None = None
        self._left = asyncio.Event()
        self._is_closing = False

    async def listen(
        self, host: str, port: int, *, tls: ssl.SSLContext | None = None
    ) -> int:
        """Listen at an address; the port, if 0 was asked for.

        Raises:
            OSError: the address cannot be listened at.
        """
        loop = asyncio.get_running_loop()
        self.now = loop.time
        server = await loop.create_server(
            self._enter, host, port, ssl=tls, backlog=1024, reuse_address=True
        )
        self._servers.append(server)
        if self._timer is None:
            self._timer = loop.call_later(TEND_SECONDS, self._tick)
        return int(server.sockets[0].getsockname()[1])

    async def listen_behind(self, host: str, port: int) -> int:
        """Let carriers of plain TCP in at an address of this machine; its port.

        For what stands before the relay and passes on what it took out of its own
        disguise. There is no website: nobody else comes there.

        Raises:
            OSError: the address cannot be listened at.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._enter_behind, host, port)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def flush(self, session: RelaySession) -> None:
        """Send what the session has been given to say, if it has a carrier."""
        visit = session.carrier
        if visit is not None:
            cast("Visit", visit).flush(self.now())

    def dismiss(self, session: RelaySession) -> None:
        """Close and forget a session; ``departed`` is not called."""
        visit = session.carrier
        self.reception.forget(session)
        if isinstance(visit, Visit):
            visit.close(self.now())

    def tend(self, now: float) -> None:
        """Do what time demands; called once a second."""
        self.hatches.tend(now)
        self._strangers.tend(now)
        for visit in list(self._residents):
            visit.tend(now)
        for session in self.reception.sweep(now):
            if isinstance(session.carrier, Visit):
                session.carrier.close(now)
            self.guests.departed(session)

    async def close(self) -> None:
        """Stop listening and close every connection; what was written is sent."""
        self._is_closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for server in self._servers:
            server.close()
        now = self.now()
        for visit in list(self._residents):
            visit.flush(now)
            visit.close(now)
        self.hatches.close()
        self._strangers.abort()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._wait_until_empty()
        except TimeoutError:
            for visit in list(self._residents):
                visit.abort()
            await self._wait_until_empty()
        self._servers.clear()

    @property
    def carriers(self) -> int:
        """How many connections carry a session now."""
        return len(self._residents)

    def unix_time(self) -> float:
        """The time told to clients and visitors."""
        return time.time()

    def has_room(self) -> bool:
        """Whether another session may be opened; those without a carrier make room."""
        return self.reception.attached < self._most_sessions

    def shut_out(self, revoked: Container[bytes]) -> None:
        """End what came by the paths of people who are let in no more."""
        for one in [*self._strangers, *self._residents]:
            if isinstance(one, Visit) and one.whose in revoked:
                one.abort()

    def hatch_of(self, whose: bytes) -> Hatch:
        """Where requests on a path go."""
        return self.hatches.of(whose)

    def visitor(self, whose: bytes = b"", patience: float = 0.0) -> CarrierUser:
        """A visit for a new carrier, with so much more time until it has a session."""
        visit = Visit(self, whose)
        visit.deadline += patience
        return visit

    def is_stranger(self, carrier: Carrier) -> bool:
        """Whether a carrier has no session."""
        return cast("Visit", carrier.user).session is None

    def turned(self, doorway: Doorway, carrier: Carrier | None) -> None:
        """A connection became a carrier, or went away without."""
        self._strangers.drop(doorway)
        self._left.set()
        if carrier is not None:
            self.entered(carrier)

    def entered(self, carrier: Carrier) -> None:
        """A carrier is there, and its user is a stranger yet."""
        visit = cast("Visit", carrier.user)
        visit.carrier = carrier
        self._strangers.welcome(visit)
        if self._is_closing:
            # What is no connection may still come, and nobody ends it by time now.
            carrier.abort()

    def waits(self, doorway: Doorway, carrier: Carrier | None) -> None:
        """A request of a carrier waits in a doorway, or waits no more."""
        if carrier is None:
            self._strangers.wait_no_more(doorway)
        elif not self.is_stranger(carrier):
            self._strangers.wait(doorway)

    def settled(self, visit: Visit) -> None:
        """A visit has a session now."""
        self._strangers.drop(visit)
        self._residents[visit] = None
        if len(self.reception) > self._most_sessions:
            absent = self.reception.longest_detached()
            if absent is not None:
                self.reception.forget(absent)
                self.guests.departed(absent)

    def left(self, visit: Visit) -> None:
        """The carrier of a visit is gone."""
        self._strangers.drop(visit)
        self._residents.pop(visit, None)
        self._left.set()

    async def _wait_until_empty(self) -> None:
        while self._residents or not self._strangers.are_gone:
            self._left.clear()
            await self._left.wait()

    def _enter(self) -> Doorway:
        doorway = Doorway(self)
        if self._is_closing:
            # Asyncio may drop who comes now without a word, so nobody waits for it.
            doorway.abort()
        else:
            self._strangers.welcome(doorway)
        return doorway

    def _enter_behind(self) -> asyncio.Protocol:
        if self._is_closing:
            return self._enter()
        carrier = TcpCarrier(self.visitor())
        self.entered(carrier)
        return carrier

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TEND_SECONDS, self._tick)
        self.tend(self.now())
