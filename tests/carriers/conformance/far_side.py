"""A relay without sessions: whoever comes is there, and keeps what they are told."""

import asyncio
import os
from collections.abc import Callable

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.doorway import Front
from linnet.carriers.listener import Listener
from tests.carriers.people import RELAY_KEY, SECRET_PATH, SITE, Echo


class End:
    """One end of a carrier: its user, who writes down all that happens."""

    def __init__(self) -> None:
        self.carrier: Carrier | None = None
        self.heard: list[bytes] = []
        self.eases = 0
        self.losses = 0
        self._changed = asyncio.Event()

    def arrived(self, message: bytes) -> None:
        assert not self.losses, "something came after the end"
        self.heard.append(message)
        self._changed.set()

    def lost(self) -> None:
        self.losses += 1
        self._changed.set()

    def writable(self) -> None:
        self.eases += 1
        self._changed.set()

    async def hears(self, count: int) -> list[bytes]:
        """What came, once it is so much."""
        while len(self.heard) < count:
            assert not self.losses, f"lost after {len(self.heard)} of {count}"
            await self._change()
        return self.heard

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something has happened here."""
        while not happened():
            await self._change()

    async def is_lost(self) -> None:
        """Wait until nothing can come any more."""
        await self.until(lambda: bool(self.losses))

    async def is_eased(self) -> None:
        """Wait until more may be written."""
        while not self.eases:
            assert not self.losses
            await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class Guest(End):
    """The far end; what a listener wants of a visitor beside."""

    deadline = float("inf")

    def __init__(self, house: "House") -> None:
        super().__init__()
        self.session = self
        self._house = house

    def lost(self) -> None:
        super().lost()
        self._house.left(self)  # type: ignore[arg-type]

    def abort(self) -> None:
        if self.carrier is not None:
            self.carrier.abort()

    def expire(self, now: float) -> None:
        self.abort()


class House(Listener):
    """A listener whose visitors are guests."""

    def __init__(self) -> None:
        front = Front(SITE, (SECRET_PATH.encode(),), plain_tcp=True)
        super().__init__(RELAY_KEY, Echo(), front=front, entropy=os.urandom)
        self.guests_here: asyncio.Queue[Guest] = asyncio.Queue()

    def visitor(self, whose: bytes = b"", patience: float = 0.0) -> CarrierUser:
        return Guest(self)

    def entered(self, carrier: Carrier) -> None:
        super().entered(carrier)
        assert isinstance(carrier.user, Guest)
        self.guests_here.put_nowait(carrier.user)
