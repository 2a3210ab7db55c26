"""What every carrier is: a byte road that keeps the borders of messages.

A carrier moves whole carrier messages of a session (spec/session.md §8) and says when
to stop writing. It knows nothing of what they mean.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol, cast


class CarrierUser(Protocol):
    """Who is told what a carrier brings."""

    def arrived(self, message: bytes) -> None:
        """A whole carrier message has come."""

    def lost(self) -> None:
        """The carrier is gone; called once, and nothing comes after it."""

    def writable(self) -> None:
        """``paused`` has become false again."""


class Carrier(asyncio.Protocol):
    """One connection as a carrier.

    Attributes:
        paused: the road takes no more for now; whoever writes must wait for
            ``writable``, or memory fills with what a slow reader does not fetch.
        excused_until: by the loop's clock; before it, that no sign comes says nothing,
            because the carrier itself holds back what it was given.
        patience: seconds more than on other roads until an answer may be here.
        is_narrow: it carries a kilobyte a second.
    """

    is_narrow: ClassVar[bool] = False

    __slots__ = ("excused_until", "patience", "paused", "transport", "user")

    def __init__(self, user: CarrierUser) -> None:
        self.user = user
        self.paused = False
        self.excused_until = float("-inf")
        self.patience = 0.0
        self.transport: asyncio.Transport | None = None

    @abstractmethod
    def write(self, messages: Sequence[bytes]) -> None:
        """Send carrier messages, in one write."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return self.transport is not None

    def hold(self) -> None:
        """Bring nothing for now."""
        if self.transport is not None:
            self.transport.pause_reading()

    def go_on(self) -> None:
        """Bring again what comes."""
        if self.transport is not None:
            self.transport.resume_reading()

    def note_sign(self) -> None:
        """Count silence from now on: part of a message has come."""
        self.excused_until = max(self.excused_until, asyncio.get_running_loop().time())

    def close(self) -> None:
        """Send what was written, then close."""
        if self.transport is not None:
            self.transport.close()

    async def finish(self) -> None:
        """After ``close``: wait a little where the last words take their time."""

    def abort(self) -> None:
        """Close at once and forget what was not sent."""
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the open connection."""
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the user, once."""
        if self.transport is not None:
            self.transport = None
            self.user.lost()

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self.paused = True

    def resume_writing(self) -> None:
        """The transport's buffer is empty enough."""
        self.paused = False
        self.user.writable()
