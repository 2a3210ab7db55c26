"""What a race is told and what it wants done (spec/carriers.md §2)."""

from dataclasses import dataclass
from typing import NewType

from linnet.carriers.status import Status
from linnet.carriers.ways import Way

Runner = NewType("Runner", int)
"""One try of one way; never used again for another."""


@dataclass(frozen=True, slots=True)
class Began:
    """The relay is to be reached from now on."""


@dataclass(frozen=True, slots=True)
class RoadOpened:
    """A carrier is open, and nothing was said on it."""

    runner: Runner


@dataclass(frozen=True, slots=True)
class Answered:
    """The relay's own answer to a hello has come."""

    runner: Runner


@dataclass(frozen=True, slots=True)
class BytesCrossed:
    """Data of the session has passed both ways.

    Attributes:
        runner: on which road.
        resumed: whether it goes on with a session that was open before.
    """

    runner: Runner
    resumed: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """Something that was sent awaits a sign of the other side for ``DOUBT_SECONDS``.

    Attributes:
        runner: on which road.
        since: since when.
        moved: whether messages were received or confirmed on it before.
    """

    runner: Runner
    since: float
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was told to wait was confirmed, or part of it."""

    runner: Runner


@dataclass(frozen=True, slots=True)
class RoadLost:
    """A dial failed, or a carrier has ended.

    Attributes:
        runner: of which.
        reason: a sentence for the person.
        moved: whether messages were received or confirmed on it.
        faulty: whether the relay itself was at fault.
        refusal: the relay's code when it opens no session, else 0.
    """

    runner: Runner
    reason: str
    moved: bool = False
    faulty: bool = False
    refusal: int = 0


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """This machine is on another network now."""


@dataclass(frozen=True, slots=True)
class Hurried:
    """The person, or something that knows more, asks not to wait."""


@dataclass(frozen=True, slots=True)
class Woken:
    """The time of ``wake_at`` has come."""


RunnerEvent = RoadOpened | Answered | BytesCrossed | Waits | Confirmed | RoadLost
Event = Began | NetworkChanged | Hurried | Woken | RunnerEvent


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a carrier; say nothing on it."""

    runner: Runner
    way: Way


@dataclass(frozen=True, slots=True)
class Abort:
    """Give a dial or a carrier up; nothing of it is told any more."""

    runner: Runner


@dataclass(frozen=True, slots=True)
class Use:
    """Say hello on a carrier: the session is attached to it and to no other."""

    runner: Runner


@dataclass(frozen=True, slots=True)
class Remember:
    """Note what a way did on this network."""

    way: Way
    worked: bool


@dataclass(frozen=True, slots=True)
class Learn:
    """Ask which ways are known now: no quick one of those there are does."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Show the person what is going on."""

    status: Status


Effect = Dial | Abort | Use | Remember | Learn | Tell
