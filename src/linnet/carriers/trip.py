"""One carrier of a client's session, from its opening to its end (spec/session.md §4).

Drives ``linnet.wire.client_session`` over a single carrier. The ``Link`` opens as many
as the race wants, and lets one of them greet.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from linnet.carriers.carrier import Carrier
from linnet.carriers.race_bounds import DOUBT_SECONDS
from linnet.errors import Malformed, Refused, RemoteError, Unreachable
from linnet.wire.client_session import ClientSession, Standing

FULL_SECONDS: Final = 1.0
"""How often a road that takes no more is looked at, beside when it says it does."""

_CUT: Final = "The connection was cut; something on the way may be cutting it."
_UNANSWERED: Final = (
    "The connection was closed before the relay had answered: something on the way "
    "cuts it, or what is there is not the relay that the link names."
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a trip ended.

    Attributes:
        reason: a sentence for the person.
        refusal: the relay's code when it opens no session, else 0.
        faulty: whether the relay itself was at fault; trying again at once would only
            bring the same again.
    """

    reason: str
    refusal: int = 0
    faulty: bool = False


class Traveller(Protocol):
    """Whose session travels: the link."""

    session: ClientSession

    def renew(self) -> ClientSession:
        """Put a new session in the place of one that is lost."""

    def welcomed(self, trip: "Trip", standing: Standing) -> None:
        """The relay has answered; ``OPENED`` means that the session is new."""

    def worked(self, trip: "Trip", standing: Standing) -> None:
        """Data has passed both ways."""

    def delivered(self, messages: list[bytes]) -> None:
        """Messages have come, in order, each once."""

    def eased(self) -> None:
        """Enough was confirmed for whoever waits for room to go on."""

    def waits(self, trip: "Trip", since: float) -> None:
        """What was sent has awaited a sign for ``DOUBT_SECONDS``."""

    def confirmed(self, trip: "Trip") -> None:
        """What was told to wait was confirmed, or part of it."""

    def ended(self, trip: "Trip", ending: Ending) -> None:
        """The carrier is of no use any more; told once, unless it was aborted."""


class Trip:
    """The user of one carrier on the client's side.

    Attributes:
        carrier: the carrier, once it is open and until it is given up.
    """

    def __init__(self, traveller: Traveller, clock: Callable[[], float]) -> None:
        self.carrier: Carrier | None = None
        self._traveller = traveller
        self._now = clock
        self._greeted = False
        self._standing: Standing | None = None
        self._worked = False
        self._is_over = False
        self._reads_nothing = False
        self._reads_since = 0.0
        self._waits_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether the carrier takes no more than words."""
        return self.carrier is not None and self.carrier.is_narrow

    def greet(self) -> None:
        """Attach the session to this carrier: say hello."""
        if self._is_over or self.carrier is None:
            return
        self._greeted = True
        if self.carrier.is_open:
            self._greet()
        else:
            self.lost()

    def abort(self) -> None:
        """Give the carrier up at once and tell nobody."""
        self._leave()

    def arrived(self, message: bytes) -> None:
        """Take a carrier message."""
        if self._is_over:
            return
        if not self._greeted:
            self._end("The relay spoke before it was spoken to.")
            return
        now = self._now()
        try:
            if self._standing is None:
                self._take_answer(message, now)
            else:
                self._take_record(message, now)
        except Refused as error:
            self._end(str(error), refusal=error.code)
        except Malformed as error:
            # The session broke a rule of its own; resuming it would break it again.
            self._traveller.renew()
            self._end(str(error), faulty=True)
        except RemoteError as error:
            self._end(str(error))

    def lost(self) -> None:
        """The carrier is gone."""
        self._end(_CUT if self._standing is not None else _UNANSWERED)

    def writable(self) -> None:
        """The carrier takes more."""
        self.flush()

    def flush(self) -> None:
        """Send what the session has to say, unless the road is full."""
        carrier = self.carrier
        if carrier is None or carrier.paused or self._standing is None:
            return
        records = self._traveller.session.flush(self._now())
        if records:
            carrier.write(records)
        self._arm()

    def pause(self) -> None:
        """Read nothing for now."""
        if self.carrier is not None and not self._reads_nothing:
            self._reads_nothing = True
            self.carrier.hold()

    def resume(self) -> None:
        """Read on."""
        if self.carrier is not None and self._reads_nothing:
            self._reads_nothing = False
            self._reads_since = self._now()
            self.carrier.go_on()
            self._arm()

    def abandon(self, reason: str) -> None:
        """End: the session is given up, because the relay is at fault."""
        self._end(reason, faulty=True)

    def close(self) -> None:
        """Send what was written, then leave and tell nobody."""
        self.flush()
        self._leave(politely=True)

    def _greet(self) -> None:
        if self.carrier is not None:
            self.carrier.write([self._traveller.session.hello(self._now())])

    def _take_answer(self, message: bytes, now: float) -> None:
        standing = self._traveller.session.welcome(message, now)
        if standing is Standing.FORGOTTEN:
            self._traveller.renew()
            self._greet()
            return
        self._standing = standing
        if self.carrier is not None:
            self._traveller.session.silence.patience = self.carrier.patience
        self._traveller.welcomed(self, standing)
        self.flush()

    def _take_record(self, message: bytes, now: float) -> None:
        session = self._traveller.session
        messages = session.receive(message, now)
        if not self._worked and self._standing is not None:
            self._worked = True
            self._traveller.worked(self, self._standing)
        if self._waits_since is not None and self._awaits_since() > self._waits_since:
            self._waits_since = None
            self._traveller.confirmed(self)
        if messages:
            self._traveller.delivered(messages)
        if self._traveller.session.eased():
            self._traveller.eased()
        self.flush()
        if self._traveller.session.ended:
            self._traveller.renew()
            self._end("The relay ended the session; a new one follows.", faulty=True)

    def _awaits_since(self) -> float:
        """Since when a sign is awaited that could have come and been read."""
        excused = self.carrier.excused_until if self.carrier else self._reads_since
        return max(self._traveller.session.awaits_since, self._reads_since, excused)

    def _tick(self) -> None:
        self._timer = None
        now = self._now()
        try:
            self._traveller.session.check_silence(now)
        except Unreachable as error:
            self._end(str(error))
            return
        since = self._awaits_since()
        if now >= self._doubt_at():
            self._waits_since = since
            self._traveller.waits(self, since)
        self.flush()
        self._arm()

    def _doubt_at(self) -> float:
        if self._reads_nothing or not self._worked or self._waits_since is not None:
            return float("inf")
        return self._awaits_since() + DOUBT_SECONDS

    def _arm(self) -> None:
        if self.carrier is None or self._standing is None:
            return
        when = min(self._traveller.session.wake_at(), self._doubt_at())
        if when == float("inf"):
            return
        loop = asyncio.get_running_loop()
        if self.carrier.paused:
            # What is due cannot be said yet: to look at once again would be to spin.
            when = max(when, loop.time() + FULL_SECONDS)
        timer = self._timer
        if timer is not None:
            # A timer that fires too early costs one look; moving it costs more.
            if timer.when() <= when:
                return
            timer.cancel()
        self._timer = loop.call_at(max(when, loop.time()), self._tick)

    def _end(self, reason: str, *, refusal: int = 0, faulty: bool = False) -> None:
        if not self._is_over:
            self._leave(politely=bool(refusal))
            self._traveller.ended(self, Ending(reason, refusal, faulty))

    def _leave(self, *, politely: bool = False) -> None:
        self._is_over = True
        if self._greeted:
            self._greeted = False
            self._traveller.session.detach()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        carrier, self.carrier = self.carrier, None
        if carrier is not None and politely:
            carrier.close()
        elif carrier is not None:
            carrier.abort()  # a road that is cut would take what is unsent for ever
