"""One carrier of a client's session, from hello to its end (spec/session.md §4).

Drives ``linnet.wire.client_session`` over a single carrier; the ``Link`` makes one
trip after another.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from linnet.carriers.carrier import Carrier
from linnet.errors import Malformed, Refused, RemoteError, Unreachable
from linnet.wire.client_session import ClientSession, Standing

_CUT: Final = "The connection was cut; something on the way may be cutting it."
_UNANSWERED: Final = (
    "The connection was closed before the relay had answered: something on the way "
    "cuts it, or what is there is not the relay that the link names."
)
WELCOME_SECONDS: Final = 20.0
"""How long a relay may take to answer a hello, and the first record."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a trip ended.

    Attributes:
        reason: a sentence for the person.
        worked: whether data had passed both ways.
        refusal: the relay's code when it opens no session, else 0.
        faulty: whether the relay itself was at fault; trying again at once would only
            bring the same again.
    """

    reason: str
    worked: bool
    refusal: int = 0
    faulty: bool = False


class Traveller(Protocol):
    """Who sends a trip on its way: the link."""

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


class Trip:
    """The user of one carrier on the client's side."""

    def __init__(self, traveller: Traveller, clock: Callable[[], float]) -> None:
        self._traveller = traveller
        self._now = clock
        self._carrier: Carrier | None = None
        self._standing: Standing | None = None
        self._worked = False
        self._reads_nothing = False
        self._deadline = clock() + WELCOME_SECONDS
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Future[Ending] = (
            asyncio.get_running_loop().create_future()
        )

    async def travel(self, carrier: Carrier) -> Ending:
        """Say hello and stay until the carrier is gone; how it ended."""
        self._carrier = carrier
        try:
            if carrier.is_open:
                self._greet()
            else:
                self.lost()
            return await self._ending
        finally:
            self._leave()

    def arrived(self, message: bytes) -> None:
        """Take a carrier message."""
        if self._carrier is None:
            self._end("The relay spoke before it was spoken to.")
        if self._ending.done():
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
        carrier = self._carrier
        if carrier is None or carrier.paused or self._standing is None:
            return
        if self._ending.done():
            return
        records = self._traveller.session.flush(self._now())
        if records:
            carrier.write(records)
        self._arm()

    def pause(self) -> None:
        """Read nothing for now."""
        if self._carrier is not None and not self._reads_nothing:
            self._reads_nothing = True
            self._carrier.hold()

    def resume(self) -> None:
        """Read on."""
        if self._carrier is not None and self._reads_nothing:
            self._reads_nothing = False
            self._carrier.go_on()

    def abandon(self, reason: str) -> None:
        """End: the session is given up, because the relay is at fault."""
        self._end(reason, faulty=True)

    def close(self) -> None:
        """Send what was written, then end."""
        self.flush()
        self._end("The connection was closed.")

    def _greet(self) -> None:
        if self._carrier is not None:
            hello = self._traveller.session.hello(self._now())
            self._carrier.write([hello])
            self._arm_at(self._deadline)

    def _take_answer(self, message: bytes, now: float) -> None:
        standing = self._traveller.session.welcome(message, now)
        if standing is Standing.FORGOTTEN:
            self._traveller.renew()
            self._greet()
            return
        self._standing = standing
        self._traveller.welcomed(self, standing)
        self.flush()

    def _take_record(self, message: bytes, now: float) -> None:
        messages = self._traveller.session.receive(message, now)
        if not self._worked and self._standing is not None:
            self._worked = True
            self._traveller.worked(self, self._standing)
        if messages:
            self._traveller.delivered(messages)
        if self._traveller.session.eased():
            self._traveller.eased()
        self.flush()
        if self._traveller.session.ended:
            self._traveller.renew()
            self._end("The relay ended the session; a new one follows.", faulty=True)

    def _tick(self) -> None:
        self._timer = None
        if self._ending.done():
            return
        now = self._now()
        if self._standing is None or (not self._worked and now >= self._deadline):
            self._end("The relay did not answer in time on this road.")
            return
        try:
            self._traveller.session.check_silence(now)
        except Unreachable as error:
            self._end(str(error))
        else:
            self.flush()

    def _arm(self) -> None:
        wake = self._traveller.session.wake_at()
        self._arm_at(wake if self._worked else min(wake, self._deadline))

    def _arm_at(self, when: float) -> None:
        timer = self._timer
        if timer is not None:
            # A timer that fires too early costs one look; moving it costs more.
            if timer.when() <= when:
                return
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(max(when, loop.time()), self._tick)

    def _end(self, reason: str, *, refusal: int = 0, faulty: bool = False) -> None:
        if not self._ending.done():
            self._ending.set_result(Ending(reason, self._worked, refusal, faulty))

    def _leave(self) -> None:
        self._traveller.session.detach()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.close()
