"""The field of a race: every try that is under way, and the places they hold.

Part of the machine in ``race`` (spec/carriers.md §2, §5).
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from linnet.carriers.budget import Budget
from linnet.carriers.race_bounds import ANSWER_SECONDS, NEVER
from linnet.carriers.race_values import Abort, Dial, Effect, Runner, Use
from linnet.carriers.status import Tried
from linnet.carriers.ways import Way

MOST_AT_A_NAME: Final = 2
"""Connections under one name in TLS at once."""


class Stage(Enum):
    """How far a try has come."""

    DIALLING = auto()
    OPEN = auto()
    GREETED = auto()
    WON = auto()


@dataclass(slots=True)
class Try:
    """One try of a way.

    Attributes:
        runner: its name.
        way: what is tried.
        since: when it came to its stage.
        stage: how far it has come.
        waits_since: since when something sent on it awaits a sign; ``inf``: nothing.
        moved: whether messages were received or confirmed on it before that.
        resumed: whether it went on with an open session.
    """

    runner: Runner
    way: Way
    since: float
    stage: Stage = Stage.DIALLING
    waits_since: float = float("inf")
    moved: bool = False
    resumed: bool = False

    def reach(self, stage: Stage, now: float) -> None:
        """Come to a stage."""
        self.stage, self.since = stage, now

    def tried(self, reason: str) -> Tried:
        """What the person is told when it is given up."""
        return Tried(self.way.address, self.way.polls, reason)


class Field:
    """The tries under way.

    Attributes:
        used: the one that the session is attached to.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._tries: dict[Runner, Try] = {}
        self._count = 0
        self.used: Try | None = None

    def __len__(self) -> int:
        return len(self._tries)

    def __iter__(self) -> Iterator[Try]:
        return iter(list(self._tries.values()))

    def get(self, runner: Runner) -> Try | None:
        """A try that is under way."""
        return self._tries.get(runner)

    def start(self, way: Way, now: float) -> Dial:
        """Let a way be tried."""
        self._count += 1
        self._budget.spend(way, now)
        one = Try(Runner(self._count), way, now)
        self._tries[one.runner] = one
        return Dial(one.runner, way)

    def greet(self, one: Try, now: float) -> list[Effect]:
        """Let the session go over to a road that is open."""
        left = [self.abort(self.used)] if self.used is not None else []
        self.used = one
        one.reach(Stage.GREETED, now)
        return [*left, Use(one.runner)]

    def drop(self, one: Try) -> None:
        """Take a try out that has ended by itself."""
        del self._tries[one.runner]
        if self.used is one:
            self.used = None

    def abort(self, one: Try) -> Abort:
        """Take a try out and have it ended."""
        self.drop(one)
        return Abort(one.runner)

    def keep(self, those: Container[Try | None]) -> list[Effect]:
        """Have all others ended."""
        return [self.abort(one) for one in self if one not in those]

    @property
    def proven(self) -> Try | None:
        """The one in use, if it has won: it may be in doubt, but it is kept."""
        one = self.used
        return one if one is not None and one.stage is Stage.WON else None

    @property
    def is_running(self) -> bool:
        """Whether any try may still win."""
        return any(one.stage is not Stage.WON for one in self)

    @property
    def slow(self) -> list[Try]:
        """The tries of ways that are slow by nature."""
        return [one for one in self if one.way.patience]

    @property
    def is_waited_for(self) -> bool:
        """Whether any try may still win soon."""
        return any(not (one.stage is Stage.WON or one.way.patience) for one in self)

    def quicker(self, ways: Iterable[Way]) -> list[Way]:
        """Those that are quicker by nature than the one in use."""
        bound = self.used.way.patience if self.used is not None else 0.0
        return [way for way in ways if way.patience < bound]

    def overdue(self, now: float) -> list[Way]:
        """The quick ways that have been dialled for longer than an answer may take."""
        return [
            one.way
            for one in self
            if one.stage is Stage.DIALLING
            and not one.way.patience
            and now >= one.since + ANSWER_SECONDS
        ]

    def may_take_over(self, one: Try) -> bool:
        """Whether an open road may have the session now.

        Two greetings never compete, but a slow one gives way to what is quicker.
        """
        used = self.used
        is_greeting = used is not None and self.proven is None
        return not (used and is_greeting and _slowness(used) <= _slowness(one))

    def first_open(self) -> Try | None:
        """The one that has been open for longest with nothing said on it."""
        waiting = [one for one in self if one.stage is Stage.OPEN]
        return min(waiting, key=lambda one: one.since, default=None)

    def standby(self, used: Way) -> Try | None:
        """The one to keep open beside a road, so that the session can go over to it."""
        one = self.first_open()
        return one if one is not None and _may_stand_by(one.way, used) else None

    def another(self, used: Way, ways: Iterable[Way], now: float) -> Way | None:
        """The first of these that may be tried now to stand by a road in doubt."""
        return self.first_free((one for one in ways if _may_stand_by(one, used)), now)

    def first_free(self, ways: Iterable[Way], now: float) -> Way | None:
        """The first of these that may be tried now."""
        return next((way for way in ways if self.is_free(way, now)), None)

    def crowding(self, ways: Iterable[Way]) -> list[Try]:
        """The tries that hold a place which one of these ways waits for."""
        names = {way.name for way in ways if not self.has_room(way)}
        return [one for one in self if one.way.name in names]

    def paced_until(self, ways: Iterable[Way], now: float) -> float:
        """When the budget allows one of these that has a place; ``inf`` for never."""
        free = [self.allowed_at(way, now) for way in ways if self.has_room(way)]
        return min(free, default=NEVER)

    def allowed_at(self, way: Way, now: float) -> float:
        """When the budget allows a way, whether or not it has a place then."""
        return self._budget.free_at(way, now)

    def has_room(self, way: Way) -> bool:
        """Whether a way's name has a place left."""
        if not way.name or way.is_local:
            return True
        held = sum(one.way.connections for one in self if one.way.name == way.name)
        return held + way.connections <= MOST_AT_A_NAME

    def is_free(self, way: Way, now: float) -> bool:
        """Whether a way may be tried now."""
        return self.has_room(way) and self.allowed_at(way, now) <= now


def _slowness(one: Try) -> tuple[float, bool]:
    return one.way.patience, one.way.bursts


def _may_stand_by(way: Way, used: Way) -> bool:
    """Whether a way is worth keeping open beside another."""
    return not (way.likeness(used) or way.is_local or used.is_local)
