"""What a kernel keeps of a TCP connection: drives the machine, outlives its user."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from linnet.lab.packets import Endpoint, Packet
from linnet.lab.simulated.tcp import (
    Arrived,
    Break,
    Deliver,
    Effect,
    End,
    Event,
    Forget,
    Open,
    Reason,
    Tcp,
    Transmit,
    Wish,
)

News = Open | Deliver | End | Break


class User(Protocol):
    """Who has a socket open."""

    def hear(self, news: News) -> None:
        """Take in what came of the connection."""

    def settled(self) -> None:
        """Something happened; there may be more room to write than before."""

    def abort(self) -> None:
        """Let go of the connection at once."""


class Socket:
    """One end of a TCP connection on a host.

    Attributes:
        user: who is told of what comes; nobody is after it was closed.
        broken: why the connection broke, once it did.
    """

    def __init__(
        self,
        machine: Tcp,
        *,
        user: User | None,
        send: Callable[[Packet], None],
        forget: Callable[["Socket"], None],
    ) -> None:
        self.user = user
        self.broken: Reason | None = None
        self._machine, self._send, self._forget = machine, send, forget
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def local(self) -> Endpoint:
        """This end."""
        return self._machine.local

    @property
    def remote(self) -> Endpoint:
        """The other end."""
        return self._machine.remote

    @property
    def unacknowledged(self) -> int:
        """Octets that were written and are not known to have come."""
        return self._machine.unacknowledged

    def arrived(self, packet: Packet) -> None:
        """Take a packet that came for it."""
        self.feed(Arrived(packet))

    def feed(self, event: Event) -> None:
        """Let something happen to the connection."""
        for effect in self._machine.handle(event, self._loop.time()):
            self._perform(effect)
        self._arm()
        if self.user is not None:
            self.user.settled()

    def _perform(self, effect: Effect) -> None:
        if isinstance(effect, Transmit):
            self._send(effect.packet)
            return
        if isinstance(effect, Forget):
            self._forget(self)
            return
        if isinstance(effect, Break):
            self.broken = effect.reason
        if self.user is not None:
            self.user.hear(effect)

    def _arm(self) -> None:
        when = None if self._machine.is_over else self._machine.wake_at()
        timer = self._timer
        if timer is not None:
            # A timer that fires too early costs one look; moving it costs more.
            if when is not None and timer.when() <= when:
                return
            timer.cancel()
        self._timer = None if when is None else self._loop.call_at(when, self._wake)

    def _wake(self) -> None:
        self._timer = None
        when = self._machine.wake_at()
        if when is not None and when <= self._loop.time():
            self.feed(Wish.WOKEN)
        else:
            self._arm()
