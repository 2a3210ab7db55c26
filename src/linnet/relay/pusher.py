"""Posts what the relay's rules want pushed, in their pace (spec/wire.md §9).

Knows the clock, tasks and who is on a carrier; when a push is due says ``Pushes``.
"""

import asyncio
import time
from collections.abc import Callable
from math import isfinite

from linnet.ids import StreamId
from linnet.relay.core.events import Lost, Stir
from linnet.relay.core.pushes import Look, Outcome, Post, Pushes
from linnet.relay.metrics import Counters
from linnet.relay.posting import Poster
from linnet.relay.vapid import Vapid
from linnet.wire.reception import RelaySession

Tell = Callable[[Lost], None]


class Pusher:
    """Carries pushes out; at most as many at once as ``Pushes`` lets fly."""

    def __init__(
        self, vapid: Vapid, poster: Poster, counters: Counters, *, tell: Tell
    ) -> None:
        """Begin.

        Args:
            vapid: who signs.
            poster: what posts.
            counters: where it is counted how posts went.
            tell: called with what the rules must know.
        """
        self._vapid = vapid
        self._poster = poster
        self._pushes = Pushes()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._flights: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._tell = tell
        self._counters = counters

    def stir(self, stir: Stir) -> None:
        """Take that something was stored for an endpoint."""
        sessions = [guest.owner for guest in stir.followers]
        present = [
            one for one in sessions if isinstance(one, RelaySession) and one.attached
        ]
        now = self._loop.time()
        self._pushes.stir(stir.stream, stir.endpoint, present=present, now=now)
        self._go_on()

    async def close(self) -> None:
        """Begin no more, and let go of what is on its way."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        flights = list(self._flights)
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _go_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_closed:
            return
        wanted = self._pushes.due(self._loop.time())
        while wanted:
            for one in wanted:
                self._do(one)
            wanted = self._pushes.due(self._loop.time())
        at = self._pushes.wake_at()
        if isfinite(at):
            self._timer = self._loop.call_at(at, self._go_on)

    def _do(self, wanted: Post | Look) -> None:
        if isinstance(wanted, Look):
            taken = any(_has_taken(one) for one in wanted.sessions)
            self._pushes.looked(wanted, is_taken=taken, now=self._loop.time())
            return
        flight = self._loop.create_task(self._fly(wanted))
        self._flights.add(flight)
        flight.add_done_callback(self._flights.discard)

    async def _fly(self, post: Post) -> None:
        host = post.endpoint.host
        authorization = self._vapid.authorization(host, int(time.time()))
        outcome = await self._poster.post(post.endpoint, authorization)
        if outcome is Outcome.TAKEN:
            self._counters.pushes_taken += 1
        else:
            self._counters.pushes_not_taken += 1
        gone: tuple[StreamId, ...]
        gone = self._pushes.done(post, outcome, self._loop.time())
        if gone:
            self._tell(Lost(post.url, gone))
        self._go_on()


def _has_taken(session: object) -> bool:
    """Whether a session is there, or had everything when it went."""
    return isinstance(session, RelaySession) and (session.attached or session.held == 0)
