"""Two carriers joined into one road: a person's, and one to the relay behind it.

Carrier messages pass whole, in order and unread (spec/carriers.md §9.3). Where one
side takes no more, the other is not read; where one ends, so does the other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final, Protocol

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.errors import Unreachable
from linnet.wire.links import Address, RelayDescriptor

Dial = Callable[[Address, CarrierUser], Awaitable[Carrier]]

GREETING_SECONDS: Final = 20.0
"""How long a carrier may take to its first message."""

STUCK_SECONDS: Final = 75.0
"""How long a side may take nothing; a session gives such a road up itself by then."""

CLOSE_SECONDS: Final = 10.0
MOST_WAITING: Final = 1_048_576
"""Bytes for a side that takes no more, past which whoever sends them breaks rules."""


class Hall(Protocol):
    """What is around a joint."""

    def now(self) -> float:
        """The time by which deadlines are kept."""

    def run(self, task: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        """Run something in the background."""

    def passed(self, joint: "Joint", count: int) -> None:
        """So many bytes were handed on."""

    def left(self, joint: "Joint") -> None:
        """Nothing is left of a joint."""


class Joint:
    """A person's carrier, and the relay's once there is something to pass on.

    Attributes:
        whose: who made the carrier, and where it leads.
        near: the person's side.
        far: the relay's side.
    """

    def __init__(
        self, hall: Hall, whose: bytes, relay: RelayDescriptor, dial: Dial
    ) -> None:
        self.whose = whose
        self.near = Side(self)
        self.far = Side(self)
        self.near.other, self.far.other = self.far, self.near
        self._hall = hall
        self._relay = relay
        self._dial = dial
        self._dialling: asyncio.Task[None] | None = None
        self._deadline = hall.now() + GREETING_SECONDS
        self.is_over = False

    def now(self) -> float:
        """The time by which deadlines are kept."""
        return self._hall.now()

    def passes(self, count: int) -> None:
        """Count what is handed on; the first of it opens the way to the relay."""
        if self._dialling is None and not self.is_over:
            self._deadline = float("inf")
            self._dialling = self._hall.run(self._reach())
        self._hall.passed(self, count)

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        stuck = min(self.near.stuck_since, self.far.stuck_since)
        if now >= self._deadline or now >= stuck + STUCK_SECONDS:
            self.abort()

    def close(self) -> None:
        """Send what was written to both sides, then end."""
        if self.is_over:
            return
        self.is_over = True
        self._deadline = self._hall.now() + CLOSE_SECONDS
        if self._dialling is not None:
            self._dialling.cancel()
        for side in (self.near, self.far):
            if side.carrier is not None:
                side.carrier.close()
        self._leave()

    def abort(self) -> None:
        """End at once."""
        self.close()
        for side in (self.near, self.far):
            if side.carrier is not None:
                side.carrier.abort()

    def ended(self, side: "Side") -> None:
        """The carrier of a side is gone."""
        side.carrier = None
        self.close()
        self._leave()

    def _leave(self) -> None:
        if self.near.carrier is None and self.far.carrier is None:
            self._hall.left(self)

    async def _reach(self) -> None:
        """Open a carrier to the relay; its addresses are tried one after another."""
        for address in self._relay.addresses:
            try:
                carrier = await self._dial(address, self.far)
            except Unreachable:
                continue
            if self.is_over:
                carrier.abort()
            else:
                self.far.opened(carrier)
            return
        self.close()


class Side:
    """The user of one carrier of a joint.

    Attributes:
        carrier: ``None`` before it is open and after it is gone.
        other: the other side.
        stuck_since: since when this side takes no more; infinity while it does.
    """

    __slots__ = ("_joint", "_size", "_waiting", "carrier", "other", "stuck_since")

    other: "Side"

    def __init__(self, joint: Joint) -> None:
        self.carrier: Carrier | None = None
        self.stuck_since = float("inf")
        self._joint = joint
        self._waiting: list[bytes] = []
        self._size = 0

    def join(self, carrier: Carrier) -> None:
        """Take the carrier of a person, unless there is no place for it."""
        self.carrier = carrier
        if self._joint.is_over:
            carrier.close()

    def opened(self, carrier: Carrier) -> None:
        """Take the carrier to the relay, and send what waits for it."""
        self.carrier = carrier
        waiting, self._waiting = self._waiting, []
        if waiting:
            carrier.write(waiting)
        if not carrier.paused:
            self.writable()

    def arrived(self, message: bytes) -> None:
        """Hand a message on."""
        if not self._joint.is_over:
            self._joint.passes(len(message))
            self.other.take(message)

    def take(self, message: bytes) -> None:
        """Send a message; where there is no room for more, let no more come."""
        carrier = self.carrier
        if carrier is None:
            self._waiting.append(message)
        else:
            carrier.write([message])
        if carrier is None or carrier.paused:
            self.stuck_since = min(self.stuck_since, self._joint.now())
            self._size += len(message)
            if self._size > MOST_WAITING:
                self._joint.abort()
            elif self.other.carrier is not None:
                self.other.carrier.hold()

    def writable(self) -> None:
        """This side takes more again."""
        self.stuck_since, self._size = float("inf"), 0
        if self.other.carrier is not None:
            self.other.carrier.go_on()

    def lost(self) -> None:
        """The carrier of this side is gone."""
        self._joint.ended(self)
