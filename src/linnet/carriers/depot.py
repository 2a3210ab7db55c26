"""The relay's side of carriers by mail and by folder (spec/parcels.md §3).

Whoever can write into the drop can bring anything; so everything that is kept of
strangers is counted.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.correspondence import Pace
from linnet.carriers.dispatch import Dispatch
from linnet.carriers.drop import Drop, Found
from linnet.carriers.looks import Looks
from linnet.carriers.parcel_carrier import ParcelCarrier, chance
from linnet.carriers.parcel_road import MOST_AT_ONCE
from linnet.carriers.parcels import Parcel, Side, side_of
from linnet.errors import RemoteError, Unreachable

MOST_CARRIERS: Final = 256
MOST_STRANGERS: Final = 32
"""Of them without a session; another opening is deleted unread then."""

MOST_OPENINGS: Final = 240
"""In an hour, where an answer goes to whomever the opening names as its sender."""

MOST_ENDED: Final = 1_024
"""Carriers remembered that ended."""

MOST_FAREWELLS: Final = 60
"""In an hour; last parcels to clients whose carrier is not known."""

LEFTOVER_SECONDS: Final = 3_600.0
"""After which nobody comes any more for what lies in a folder."""


class Hall(Protocol):
    """What is around a depot."""

    def visitor(self, whose: bytes = b"", patience: float = 0.0) -> CarrierUser:
        """Someone to receive what a new carrier brings."""

    def entered(self, carrier: Carrier) -> None:
        """A carrier is there, and its user is a stranger yet."""

    def is_stranger(self, carrier: Carrier) -> bool:
        """Whether the carrier has no session."""


class _Hourly:
    """So many in an hour."""

    def __init__(self, most: int) -> None:
        self._times: deque[float] = deque(maxlen=most)

    def allows(self, now: float) -> bool:
        """Whether there may be one more now; it is counted."""
        times = self._times
        if len(times) == times.maxlen and times[0] > now - 3_600:
            return False
        times.append(now)
        return True


class Depot:
    """All carriers that come by one drop.

    Args:
        drop: where the clients put their parcels.
        hall: the relay's listener.
        pace: of the drop.
        is_alone: whether everything that comes is the relay's, to be deleted once it
            was looked at; else only what has a parcel's name.
        tell: told when the drop begins to answer, and when it ceases.
    """

    def __init__(
        self,
        drop: Drop,
        hall: Hall,
        pace: Pace,
        *,
        is_alone: bool,
        tell: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._drop, self._hall, self._pace = drop, hall, pace
        self._is_alone, self._tell = is_alone, tell
        self._answers: bool | None = None
        self._looks = Looks(pace, chance)
        self._stirred = asyncio.Event()
        self._dispatch = Dispatch(drop)
        self._carriers: dict[bytes, ParcelCarrier] = {}
        self._ended: dict[bytes, None] = {}
        self._farewells = _Hourly(MOST_FAREWELLS)
        self._openings = _Hourly(MOST_OPENINGS)
        self._seen: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._carriers)

    async def run(self) -> None:
        """Look into the drop until cancelled."""
        loop = asyncio.get_running_loop()
        putting = loop.create_task(self._dispatch.run())
        try:
            while True:
                await self._try_to_look()
        finally:
            putting.cancel()
            await asyncio.gather(putting, return_exceptions=True)
            self._drop.close()

    async def _try_to_look(self) -> None:
        answers = False
        with contextlib.suppress(OSError, RemoteError, Unreachable):
            await self._look()
            answers = True
        if answers is not self._answers:
            self._answers = answers
            self._tell(answers)
        pause = self._looks.pause()
        self._stirred.clear()
        try:
            await self._drop.rest(pause, self._stirred)
        except OSError:
            await asyncio.sleep(pause)

    async def _look(self) -> None:
        names = await self._drop.names("")
        gone = self._leftovers(names)
        mine = [one for one in names if self._is_for_me(one) and one not in gone]
        if len(mine) > MOST_AT_ONCE:
            self._looks.stir()
        for name in mine[:MOST_AT_ONCE]:
            try:
                found = await self._drop.get(name)
            except FileNotFoundError:
                continue
            if self._take(found):
                gone.append(name)
        if gone:
            await self._drop.delete(gone)

    def _is_for_me(self, name: str) -> bool:
        return self._is_alone or side_of(name) is Side.CLIENT

    def _leftovers(self, names: list[str]) -> list[str]:
        """What has been there for so long that nobody comes for it."""
        now = _now()
        known = [one for one in names if self._is_alone or side_of(one) is not None]
        self._seen = {one: self._seen.get(one, now) for one in known}
        late = [
            one for one, since in self._seen.items() if since <= now - LEFTOVER_SECONDS
        ]
        return late[:MOST_AT_ONCE]

    def _take(self, found: Found) -> bool:
        """Take what was found; whether it was looked at and may be deleted."""
        try:
            parcel = Parcel.read(found.data)
        except RemoteError:
            return True
        if parcel.side is not Side.CLIENT:
            return True
        self._looks.stir()
        carrier = self._carriers.get(parcel.carrier)
        if carrier is None:
            carrier = self._meet(parcel, found.sender)
        return carrier is None or carrier.take(parcel)

    def _meet(self, parcel: Parcel, sender: str) -> ParcelCarrier | None:
        """Begin a carrier, if the parcel does and there is room."""
        if parcel.carrier in self._ended or parcel.is_last:
            return None
        if parcel.number or not parcel.messages:
            self._say_farewell(parcel, sender)
            return None
        if not self._has_room() or (sender and not self._openings.allows(_now())):
            return None
        carrier = ParcelCarrier(
            self._hall.visitor(patience=self._pace.patience),
            parcel.carrier,
            Side.RELAY,
            self._pace,
            self._dispatch,
            sender,
        )
        carrier.stirs = self._looks.stir
        carrier.left = lambda: self._end(parcel.carrier)
        self._carriers[parcel.carrier] = carrier
        self._hall.entered(carrier)
        return carrier

    def _has_room(self) -> bool:
        carriers = self._carriers.values()
        strangers = sum(map(self._hall.is_stranger, carriers))
        return len(carriers) < MOST_CARRIERS and strangers < MOST_STRANGERS

    def _say_farewell(self, parcel: Parcel, sender: str) -> None:
        """Tell a client that its carrier is not known, so that it begins another."""
        if self._farewells.allows(_now()):
            unknown = Parcel(parcel.carrier, Side.RELAY, 0, 0, is_unknown=True)
            self._dispatch.add(unknown, sender)
            self._end(parcel.carrier)

    def _end(self, carrier: bytes) -> None:
        self._carriers.pop(carrier, None)
        self._ended[carrier] = None
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]


def _now() -> float:
    return asyncio.get_running_loop().time()
