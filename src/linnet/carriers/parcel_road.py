"""The client's side of a carrier by mail or by folder (spec/parcels.md)."""

import asyncio
import contextlib
from os import urandom
from typing import Final

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.correspondence import Pace
from linnet.carriers.dispatch import Dispatch
from linnet.carriers.drop import Drop
from linnet.carriers.looks import Looks
from linnet.carriers.parcel_carrier import ParcelCarrier, chance
from linnet.carriers.parcels import CARRIER_BYTES, Parcel, Side, tag
from linnet.errors import RemoteError, Unreachable

MOST_FAILURES: Final = 5
"""Looks in a row that may fail."""

MOST_AT_ONCE: Final = 32
"""Parcels taken in one look."""

MOST_STRANGE: Final = 4_096
"""Names remembered of what is not for this carrier."""

LAST_WORDS_SECONDS: Final = 30.0
"""How long the last parcel may take to be put."""


async def begin(drop: Drop, user: CarrierUser, pace: Pace, to: str = "") -> Carrier:
    """Open a carrier over a drop; nothing is put yet.

    Raises:
        OSError: nobody answers there, or not as a drop does.
        Unopened: the drop does not let this client in.
    """
    try:
        await drop.open()
    except BaseException:
        drop.close()
        raise
    road = _Road(drop, user, pace, to)
    road.start()
    return road.carrier


class _Road:
    """A carrier, and the two tasks that put its parcels and look for those that come.

    They outlive the carrier by as long as its last parcel takes.
    """

    def __init__(self, drop: Drop, user: CarrierUser, pace: Pace, to: str) -> None:
        self._drop = drop
        self._looks = Looks(pace, chance)
        self._stirred, self._over = asyncio.Event(), asyncio.Event()
        self._dispatch = Dispatch(drop, self._fail)
        name = urandom(CARRIER_BYTES)
        self._tag = tag(name, Side.RELAY)
        self._strange: dict[str, None] = {}
        self.carrier = ParcelCarrier(user, name, Side.CLIENT, pace, self._dispatch, to)
        self.carrier.stirs = self._stir
        self.carrier.left = self._over.set

    def start(self) -> None:
        """Begin to put and to look."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._dispatch.run()), loop.create_task(self._look())]
        try:
            await self._over.wait()
            tasks[1].cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_SECONDS):
                    await self._dispatch.finish()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._drop.close()

    def _stir(self) -> None:
        self._looks.stir()
        self._stirred.set()

    def _fail(self) -> None:
        self.carrier.lose()

    async def _look(self) -> None:
        failures = 0
        while True:
            try:
                await self._rest()
                if await self._collect():
                    self._looks.stir()
                failures = 0
            except (OSError, RemoteError, Unreachable):
                failures += 1
                if failures >= MOST_FAILURES:
                    self._fail()
                await asyncio.sleep(self._looks.pause())

    async def _rest(self) -> None:
        self._stirred.clear()
        await self._drop.rest(self._looks.pause(), self._stirred)
        if self._stirred.is_set():
            # What was put is not answered at once.
            self._stirred.clear()
            await self._drop.rest(self._looks.pause(), self._stirred)

    async def _collect(self) -> bool:
        """Take what has come; whether there was anything."""
        taken = []
        names = await self._drop.names(self._tag)
        for name in [one for one in names if one not in self._strange][:MOST_AT_ONCE]:
            with contextlib.suppress(FileNotFoundError):
                found = await self._drop.get(name)
                if self._take(name, found.data):
                    taken.append(name)
        if taken:
            await self._drop.delete(taken)
        return bool(taken)

    def _take(self, name: str, data: bytes) -> bool:
        """Take a parcel, if it is one of this carrier's that is wanted now."""
        try:
            parcel = Parcel.read(data)
        except RemoteError:
            parcel = None
        if parcel is None or parcel.carrier != self.carrier.name:
            # Another's, or no parcel at all: it is left, and not looked at again.
            self._strange[name] = None
            if len(self._strange) > MOST_STRANGE:
                del self._strange[next(iter(self._strange))]
            return False
        return self.carrier.take(parcel)
