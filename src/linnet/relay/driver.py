"""Performs what the relay's rules want: the store, the sessions and the clock.

One event loop, one writer thread. Messages that arrive together become one batch; once
it is on disk, everything it means for one session goes out in one write.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import count

from linnet.carriers.listener import Listener
from linnet.carriers.visit import flush_all
from linnet.errors import DiskFull, LocalError, StorageError
from linnet.relay.core.changes import Change
from linnet.relay.core.errands import Course
from linnet.relay.core.events import (
    Asked,
    CarryOut,
    Disconnect,
    Drained,
    Effect,
    Event,
    Failed,
    Filled,
    Joined,
    Left,
    Lost,
    ReadLog,
    Send,
    Stir,
    Tick,
    Written,
)
from linnet.relay.core.limits import Limits
from linnet.relay.core.machine import Relay
from linnet.relay.core.state import Guest
from linnet.relay.door import Door
from linnet.relay.errands import Errands
from linnet.relay.gathering import Gathering
from linnet.relay.logs import Log
from linnet.relay.lookup import look_up
from linnet.relay.metrics import Counters
from linnet.relay.pusher import Pusher
from linnet.relay.reader import Reader
from linnet.relay.stores.port import Store
from linnet.relay.waiting import Requests
from linnet.relay.writer import Done, Writer
from linnet.wire.codec import encode
from linnet.wire.events import Closing, ClosingReason
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.reception import Opening, RelaySession
from linnet.wire.refusals import Refusal
from linnet.wire.replies import NOT_A_REPLY
from linnet.wire.requests import APPEND

_APPEND = bytes((APPEND,))


class Driver:
    """The relay as the listener sees it, and as the disk sees it."""

    def __init__(
        self,
        store: Store,
        limits: Limits,
        *,
        log: Log,
        failed: Callable[[], None],
        clock: Callable[[], float] = time.time,
        writer: Callable[[Store, Done], Writer] = Writer,
    ) -> None:
        """Begin to serve a store; ``failed`` is called when it fails for good.

        ``failure`` then has the reason. ``clock`` tells the seconds since 1970, and
        ``writer`` makes what puts batches on the disk.
        """
        self.failure: StorageError | None = None
        self._failed = failed
        self.counters = Counters()
        self.relay = Relay(limits, store.numbers(), now_ms=store.latest_ms())
        self.listener: Listener | None = None
        self.pusher: Pusher | None = None
        self.errands: Errands | None = None
        self.guests: Iterator[int] = count(1)
        self._store = store
        self._log = log
        self._clock = clock
        self._door = Door(limits.mode, store)
        self._loop = asyncio.get_running_loop()
        self._gathering = Gathering(
            self.relay, store, stored=self._stored, writer=writer
        )
        self._reader = Reader(
            store, found=self.feed, paused=self._settle, failed=self._give_up
        )
        self._sessions: dict[int, RelaySession] = {}
        self._dirty: dict[RelaySession, None] = {}
        self._is_closing = False
        self.waiting = Requests()
        self._timer = self._loop.call_later(1.0, self._tick)

    # What the listener calls.

    def admits(self, opening: Opening) -> OpeningRefusal | None:
        """Whether a session may be opened."""
        try:
            refusal = self._door.admits(opening.pass_token, self._clock())
        except StorageError as failure:
            self._give_up(failure)
            refusal = OpeningRefusal.FULL
        if refusal is not None:
            self.counters.sessions_turned_away += 1
        return refusal

    def arrived(self, session: RelaySession) -> None:
        """A new session is open."""
        guest = Guest(next(self.guests))
        session.owner, guest.owner = guest, session
        self._sessions[guest.number] = session
        token, session.pass_token = session.pass_token, None
        hashed = None if token is None else sha256(token).digest()
        self.counters.sessions_opened += 1
        self.feed(Joined(guest, hashed))

    def received(
        self, session: RelaySession, messages: list[bytes], now: float
    ) -> None:
        """New messages of a session, in order, each once."""
        guest = session.owner
        if self._is_closing or self.failure or not isinstance(guest, Guest):
            return
        self.counters.messages_received += len(messages)
        relay, waiting = self.relay, self.waiting.queues
        now_ms = int(self._clock() * 1000)
        for message in messages:
            if guest.owner is None:
                break
            if guest.is_full or waiting:
                effects = self._ask(guest, message, now_ms)
            elif message[:1] == _APPEND:
                effects = relay.append(guest, message, now_ms)
            else:
                effects = relay.handle(Asked(guest, message), now_ms)
            if effects:
                self.perform(effects)
        self._settle()

    def eased(self, session: RelaySession) -> None:
        """A session has room again."""
        guest = session.owner
        if isinstance(guest, Guest):
            self.feed(Drained(guest))
            self._take_up(guest)
            self._settle()

    def departed(self, session: RelaySession) -> None:
        """A session is gone for good."""
        guest = session.owner
        if isinstance(guest, Guest):
            guest.owner = None
            self._sessions.pop(guest.number, None)
            self.forget(guest)

    def lost(self, event: Lost) -> None:
        """A push service says that an endpoint is gone."""
        self.feed(event)
        self._settle()

    # What this side does.

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    @property
    def is_busy(self) -> bool:
        """Whether something is on its way to or from the disk."""
        return self._gathering.is_busy or self._reader.is_busy

    async def stored(self) -> None:
        """Wait until all that was accepted is on disk, or known not to be."""
        await self._gathering.rest()

    async def close(self) -> None:
        """Store what was accepted, tell every session, and let go of the store."""
        self._timer.cancel()
        self._is_closing = True
        await self.stored()
        farewell = encode(NOT_A_REPLY, Closing(ClosingReason.STOPPING))
        for session in list(self._sessions.values()):
            with suppress(LocalError):
                session.send(farewell)
                self._dirty[session] = None
        self._flush()
        self._gathering.stop()

    def feed(self, event: Event) -> None:
        """Let the rules hear of something, and do what they want."""
        effects = self.relay.handle(event, int(self._clock() * 1000))
        if effects:
            self.perform(effects)

    def _settle(self) -> None:
        """Flush what is to be sent, and see that what is accepted gets stored."""
        if self._dirty:
            self._flush()
        self._gathering.store_soon()

    def _stored(
        self, changes: list[Change], failure: StorageError | None, milliseconds: float
    ) -> None:
        counters = self.counters
        counters.committed(milliseconds)
        if failure is None:
            counters.batches_stored += 1
            counters.changes_stored += len(changes)
            self.feed(Written(changes))
        else:
            counters.batches_failed += 1
            full = isinstance(failure, DiskFull)
            refusal = Refusal.DISK_FULL if full else Refusal.UNAVAILABLE
            self._log.write("batch failed", disk_full=full, changes=len(changes))
            if not full:
                self._give_up(failure)
            self.feed(Failed(changes, refusal))
        self._settle()

    def _give_up(self, failure: StorageError) -> None:
        """Stop: what a store says that fails once cannot be believed."""
        if self.failure is None:
            self.failure = failure
            self._reader.stop()
            self._failed()

    def perform(self, effects: list[Effect]) -> None:
        """Do what the rules want."""
        for effect in effects:
            if type(effect) is Send:
                guest, message = effect
                session = guest.owner
                if isinstance(session, RelaySession):
                    self._send(guest, session, message)
                elif isinstance(session, Course) and self.errands is not None:
                    self.errands.hear(session, message)
                continue
            try:
                self._do(effect)
            except StorageError as failure:
                self._give_up(failure)

    def _send(self, guest: Guest, session: RelaySession, message: bytes) -> None:
        self.counters.messages_sent += 1
        self._dirty[session] = None
        try:
            if not session.send(message) and not guest.is_full:
                self.counters.slow_readers += 1
                self.feed(Filled(guest))
        except LocalError:
            self._dismiss(guest, ClosingReason.NOT_READING)

    def _do(self, effect: Effect) -> None:
        match effect:
            case ReadLog():
                if not self._reader.add(effect):
                    self._dismiss(effect.door.guest, ClosingReason.NOT_READING)
            case Disconnect():
                self._dismiss(effect.guest, ClosingReason.UNREADABLE)
            case Stir():
                if self.pusher is not None:
                    self.pusher.stir(effect)
            case CarryOut():
                if self.errands is not None:
                    self.errands.begin(effect)
            case Send():
                self.perform([effect])
            case _:
                self.feed(look_up(self._store, effect))

    def _ask(self, guest: Guest, message: bytes, now_ms: int) -> list[Effect]:
        if not guest.is_full and guest.number not in self.waiting:
            return self.relay.handle(Asked(guest, message), now_ms)
        greedy = self.waiting.add(guest.number, message)
        if greedy is not None:
            owner = self._sessions[greedy].owner
            if isinstance(owner, Guest):
                self._dismiss(owner, ClosingReason.NOT_READING)
        return []

    def _take_up(self, guest: Guest) -> None:
        self._reader.resume(guest)
        while not guest.is_full and guest.owner is not None:
            message = self.waiting.take(guest.number)
            if message is None:
                break
            self.feed(Asked(guest, message))

    def _dismiss(self, guest: Guest, reason: ClosingReason) -> None:
        session = self._sessions.pop(guest.number, None)
        if session is None:
            return  # gone already, or an errand's, which ends when it is answered
        guest.owner = None
        self._dirty.pop(session, None)
        self.forget(guest)
        self._log.write("session dismissed", reason=int(reason))
        # Not within the call of the session that brought this about.
        self._loop.call_soon(self._show_out, session, reason)

    def forget(self, guest: Guest) -> None:
        """Drop what waits for a guest who is gone."""
        self.waiting.drop(guest.number)
        self._reader.drop(guest.number)
        self.feed(Left(guest))

    def _show_out(self, session: RelaySession, reason: ClosingReason) -> None:
        if self.listener is None:
            return
        with suppress(LocalError):
            session.send(encode(NOT_A_REPLY, Closing(reason)))
            self.listener.flush(session)
        self.listener.dismiss(session)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        if self.listener is not None:
            flush_all(dirty, self.listener.now())

    def _tick(self) -> None:
        self._timer = self._loop.call_later(0.25, self._tick)
        self.feed(Tick())
        self._settle()
        self._gathering.tidy()
