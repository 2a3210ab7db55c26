"""Who is at a port and not let in yet, within bounds of number and time.

A connection is a stranger until it has a session or a joint; one in which a request of
somebody who has waits is none meanwhile: many strangers must not push it out.
"""

from collections.abc import Iterator
from typing import Final, Protocol

MOST_STRANGERS: Final = 1_024
"""Past this the one that has waited longest goes."""


class Stranger(Protocol):
    """A connection of somebody unknown."""

    deadline: float

    def expire(self, now: float) -> None:
        """The deadline has passed: close, and at the next one abort."""

    def abort(self) -> None:
        """Close at once."""


class Strangers:
    """The strangers at one port, oldest first, and the requests that wait there."""

    def __init__(self) -> None:
        self._strangers: dict[Stranger, None] = {}
        self._waiting: dict[Stranger, None] = {}

    def __len__(self) -> int:
        return len(self._strangers)

    def __iter__(self) -> Iterator[Stranger]:
        return iter(list(self._strangers))

    @property
    def are_gone(self) -> bool:
        """Whether there are none, and no request waits."""
        return not (self._strangers or self._waiting)

    def welcome(self, one: Stranger) -> None:
        """Take one in; the oldest goes where they are too many."""
        self._strangers[one] = None
        if len(self._strangers) > MOST_STRANGERS:
            # Out of the list at once: many may come before the first is gone.
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.abort()

    def drop(self, one: Stranger) -> None:
        """Let one go who is known now, or gone."""
        self._strangers.pop(one, None)
        self._waiting.pop(one, None)

    def wait(self, one: Stranger) -> None:
        """A request of somebody who is known waits in this connection."""
        if one in self._strangers:
            del self._strangers[one]
            self._waiting[one] = None

    def wait_no_more(self, one: Stranger) -> None:
        """It waits no more; whoever comes by the connection next is a stranger."""
        if one in self._waiting:
            del self._waiting[one]
            self._strangers[one] = None

    def tend(self, now: float) -> None:
        """Do what time demands; called every second or so."""
        for one in [*self._strangers, *self._waiting]:
            if now >= one.deadline:
                one.expire(now)

    def abort(self) -> None:
        """Close all of them at once."""
        for one in [*self._strangers, *self._waiting]:
            one.abort()
