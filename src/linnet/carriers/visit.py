"""One carrier at a relay, from its first message to its end (spec/session.md §4).

Knows the reception, one carrier and at most one session; knows nothing of sockets.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from linnet.carriers.carrier import Carrier
from linnet.errors import Malformed, RemoteError, Unreachable
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.reception import Forgotten, Opening, Pending, Reception, RelaySession

HANDSHAKE_SECONDS: Final = 20.0
"""How long a carrier may take until its session is confirmed."""

CLOSE_SECONDS: Final = 10.0

MOST_GREETINGS: Final = 8
"""First messages that one carrier may bring; a client needs two."""


class Guests(Protocol):
    """What a relay does with its sessions; the listener calls it."""

    def admits(self, opening: Opening) -> OpeningRefusal | None:
        """Whether a session may be opened: ``None``, or why not."""

    def arrived(self, session: RelaySession) -> None:
        """A new session is open; ``session.owner`` is free for use."""

    def received(
        self, session: RelaySession, messages: list[bytes], now: float
    ) -> None:
        """New messages, in order, each once."""

    def eased(self, session: RelaySession) -> None:
        """A session whose ``send`` said to wait has room again."""

    def departed(self, session: RelaySession) -> None:
        """The session is gone for good."""


class Hall(Protocol):
    """What is around a visit."""

    guests: Guests
    reception: Reception

    def now(self) -> float:
        """The time of the machines."""

    def unix_time(self) -> float:
        """The time told to clients."""

    def has_room(self) -> bool:
        """Whether another session may be opened."""

    def settled(self, visit: "Visit") -> None:
        """A visit has a session now."""

    def left(self, visit: "Visit") -> None:
        """The carrier of a visit is gone."""


def flush_all(sessions: Iterable[RelaySession], now: float) -> None:
    """Send what sessions have been given to say, those that have a carrier."""
    for session in sessions:
        visit = session.carrier
        if isinstance(visit, Visit):
            visit.flush(now)


class Visit:
    """The user of one carrier.

    Args:
        hall: what is around it.
        whose: whose path the carrier came by; empty for everybody's.

    Attributes:
        deadline: when ``expire`` must be called if there is no session by then.
        session: the session, once it is confirmed.
    """

    __slots__ = (
        "_closing",
        "_greetings",
        "_hall",
        "_pending",
        "carrier",
        "deadline",
        "session",
        "whose",
    )

    def __init__(self, hall: Hall, whose: bytes = b"") -> None:
        self._hall = hall
        self.whose = whose
        self._pending: Pending | None = None
        self._closing = False
        self._greetings = 0
        self.carrier: Carrier | None = None
        self.session: RelaySession | None = None
        self.deadline = hall.now() + HANDSHAKE_SECONDS

    def arrived(self, message: bytes) -> None:
        """Take a carrier message."""
        session = self.session
        if session is None:
            if not self._closing:
                self._meet(message)
            return
        hall = self._hall
        now = hall.now()
        try:
            messages = session.receive(message, now)
        except RemoteError as error:
            self._condemn(session, error)
            return
        if messages:
            hall.guests.received(session, messages, now)
        else:
            self.flush(now)
        if session.waiting and session.eased():
            hall.guests.eased(session)
        if session.ended:
            self._dismiss(session)

    def lost(self) -> None:
        """The carrier is gone: keep the session for a while."""
        session, self.session, self._pending = self.session, None, None
        if session is not None:
            self._hall.reception.detach(session, self._hall.now())
        self.carrier = None
        self._hall.left(self)

    def writable(self) -> None:
        """The carrier takes more."""
        self.flush(self._hall.now())

    def flush(self, now: float) -> None:
        """Send what the session has to say, unless the road is full."""
        carrier, session = self.carrier, self.session
        if session is not None and carrier is not None and not carrier.paused:
            records = session.flush(now)
            if records:
                carrier.write(records)

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        session, carrier = self.session, self.carrier
        if session is None or carrier is None:
            if now >= self.deadline:
                self.expire(now)
        elif now >= session.wake_at():
            try:
                session.check_silence(now)
            except Unreachable:
                carrier.abort()
            else:
                self.flush(now)

    def expire(self, now: float) -> None:
        """Close; at the next deadline abort."""
        if self.carrier is not None:
            if self._closing:
                self.carrier.abort()
            else:
                self.close(now)

    def abort(self) -> None:
        """Close at once."""
        if self.carrier is not None:
            self.carrier.abort()

    def close(self, now: float) -> None:
        """Send what was written, then close."""
        self._closing = True
        self.deadline = now + CLOSE_SECONDS
        session, self.session, self._pending = self.session, None, None
        if session is not None:
            self._hall.reception.detach(session, now)
        if self.carrier is not None:
            self.carrier.close()

    def replace(self) -> None:
        """A later carrier of the session has come: this one is of no use."""
        self.session = None
        if self.carrier is not None:
            self.carrier.abort()

    def _meet(self, message: bytes) -> None:
        try:
            if self._pending is not None:
                self._confirm(self._pending, message)
            else:
                self._greet(message)
        except RemoteError:
            # A prober learns only that the connection closes, whatever was wrong.
            self.close(self._hall.now())

    def _greet(self, message: bytes) -> None:
        hall, carrier = self._hall, self.carrier
        if carrier is None:
            return
        greeting = hall.reception.greet(message, hall.now())
        if isinstance(greeting, Opening):
            self._open(greeting, carrier)
        elif isinstance(greeting, Forgotten):
            carrier.write([greeting.answer])
            self._greetings += 1
            if self._greetings >= MOST_GREETINGS:
                self.close(hall.now())
        else:
            self._pending = greeting
            carrier.write([greeting.answer])
            if isinstance(greeting.replaced, Visit):
                greeting.replaced.replace()

    def _open(self, opening: Opening, carrier: Carrier) -> None:
        hall = self._hall
        refusal = opening.refusal or hall.guests.admits(opening)
        if refusal is None and not hall.has_room():
            refusal = OpeningRefusal.FULL
        if refusal is not None:
            carrier.write([hall.reception.refuse(opening, refusal)])
            self.close(hall.now())
            return
        pending = hall.reception.accept(opening, unix_time=int(hall.unix_time()))
        self._pending = pending
        carrier.write([pending.answer])

    def _confirm(self, pending: Pending, record: bytes) -> None:
        hall = self._hall
        now, session, self._pending = hall.now(), pending.session, None
        is_new = pending.opens
        try:
            messages = hall.reception.confirm(pending, record, now)
        except Malformed as error:
            self._condemn(session, error)
            return
        self.session, session.carrier = session, self
        session.silence.patience = self.carrier.patience if self.carrier else 0.0
        hall.settled(self)
        if is_new:
            hall.guests.arrived(session)
        if messages:
            hall.guests.received(session, messages, now)
        self.flush(now)
        if session.ended:
            self._dismiss(session)

    def _condemn(self, session: RelaySession, error: RemoteError) -> None:
        """A tampered carrier is dropped; a client that breaks rules is forgotten."""
        if isinstance(error, Malformed):
            self._dismiss(session)
        elif self.carrier is not None:
            self.carrier.abort()

    def _dismiss(self, session: RelaySession) -> None:
        hall = self._hall
        known = session in hall.reception
        hall.reception.forget(session)
        self.session = None
        if known:
            hall.guests.departed(session)
        self.close(hall.now())
