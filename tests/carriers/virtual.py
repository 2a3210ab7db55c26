"""Stories in virtual time, and carriers without sockets."""

import asyncio
import math
from collections.abc import Coroutine, Iterable
from typing import TypeVar, cast

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.doorway import Doorway
from linnet.carriers.listener import Listener
from linnet.carriers.visit import Visit
from linnet.lab.simulated.clock import VirtualLoop

T = TypeVar("T")


def run(story: Coroutine[None, None, T]) -> T:
    """Run a story in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(math.inf)) as runner:
        return runner.run(story)


class Wire:
    """Stands where a transport would: both ends of a carrier without a socket."""

    def __init__(self, near: "WireCarrier") -> None:
        self.near = near
        self.far: WireCarrier | None = None
        self.reading = True
        self.unread: list[bytes] = []

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        # What comes then was not in this machine yet.
        asyncio.get_running_loop().call_later(0.5, self._read_on)

    def _read_on(self) -> None:
        self.reading = True
        unread, self.unread = self.unread, []
        for message in unread:
            asyncio.get_running_loop().call_soon(self.near.take, message)

    def close(self) -> None:
        asyncio.get_running_loop().call_soon(self.near.hang_up)

    abort = close


class WireCarrier(Carrier):
    """A carrier that hands messages to its far end in the next turn of the loop."""

    def __init__(self, user: CarrierUser) -> None:
        super().__init__(user)
        self.wire = Wire(self)
        self.transport = cast("asyncio.Transport", self.wire)
        self.swallows = False
        self.said = 0
        self.held: list[bytes] | None = None

    def write(self, messages: Iterable[bytes]) -> None:
        for message in messages:
            self.said += 1
            asyncio.get_running_loop().call_soon(self._pass_on, message)

    def hang_up(self) -> None:
        far, self.wire.far = self.wire.far, None
        self.connection_lost(None)
        if far is not None:
            far.hang_up()

    def release(self) -> None:
        """Let pass what was held back."""
        held, self.held = self.held or [], None
        for message in held:
            self._pass_on(message)

    def _pass_on(self, message: bytes) -> None:
        far = self.wire.far
        if self.held is not None:
            self.held.append(message)
        elif far is not None and far.transport is not None and not self.swallows:
            far.take(message)

    def take(self, message: bytes) -> None:
        """Read a message, now or once reading goes on."""
        if not self.wire.reading:
            self.wire.unread.append(message)
        elif self.transport is not None:
            self.user.arrived(message)


def join(listener: Listener, user: CarrierUser) -> WireCarrier:
    """A carrier between a user and a listener."""
    visit = cast("Visit", listener.visitor())
    near, far = WireCarrier(user), WireCarrier(visit)
    near.wire.far, far.wire.far = far, near
    listener.turned(cast("Doorway", None), far)
    return near
