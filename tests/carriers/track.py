"""A race in virtual time, against roads that do what the test says."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from linnet.carriers.budget import Budget
from linnet.carriers.race import Race
from linnet.carriers.race_values import (
    Abort,
    Answered,
    Began,
    BytesCrossed,
    Dial,
    Effect,
    Event,
    Learn,
    Remember,
    RoadLost,
    RoadOpened,
    Runner,
    Tell,
    Use,
    Woken,
)
from linnet.carriers.status import Status
from linnet.carriers.ways import Way
from linnet.wire.links import Address, Road


def way(
    name: str, road: Road = Road.WSS, *, polls: bool = False, bursts: bool = False
) -> Way:
    """A way to a relay that has this name."""
    return Way(Address(road, f"{name}.example", 443, "/x"), polls or bursts, bursts)


@dataclass(frozen=True)
class Path:
    """What a way does: seconds to open and to answer; ``None`` for never."""

    opens: float | None = 0.1
    answers: float | None = 0.1
    refuses: str = ""
    cut_after: float | None = None
    moved: bool = False


DEAD = Path(opens=None)
MUTE = Path(answers=None)
CLOSED = Path(refuses="The machine there refuses connections.")


def middling(size: int) -> bytes:
    return b"\x80" * size


class Track:
    """A race, its time, and what it did."""

    def __init__(
        self,
        paths: dict[Way, Path],
        *,
        order: Callable[[], tuple[Way, ...]] | None = None,
        entropy: Callable[[int], bytes] = middling,
    ) -> None:
        self.paths = paths
        self.race = Race(
            order or (lambda: tuple(paths)), budget=Budget(), entropy=entropy
        )
        self.now = 0.0
        self.log: list[tuple[float, Effect]] = []
        self.history: list[tuple[float, Event | Effect]] = []
        self.ways: dict[Runner, Way] = {}
        self.live: dict[Runner, Way] = {}
        self.opened: set[Runner] = set()
        self.used: Runner | None = None
        self._coming: list[tuple[float, int, Event]] = []
        self._order = count()
        self.happen(Began())

    def happen(self, event: Event) -> None:
        """Let something happen now."""
        self.history.append((self.now, event))
        if isinstance(event, RoadLost):
            self.live.pop(event.runner, None)
        for effect in self.race.handle(event, self.now):
            self.log.append((self.now, effect))
            self.history.append((self.now, effect))
            self._perform(effect)

    def run(self, until: float) -> None:
        """Let time pass."""
        for _ in range(100_000):
            coming = self._coming[0][0] if self._coming else float("inf")
            when = min(coming, self.race.wake_at())
            if when > until:
                self.now = until
                return
            assert when >= self.now, "the race looks back"
            self.now = when
            if coming <= when:
                self._arrive(heapq.heappop(self._coming)[2])
            else:
                self.happen(Woken())
                assert self.race.wake_at() > self.now, "the race spins"
        raise AssertionError("the race never rests")

    def dials(self) -> list[tuple[float, Way]]:
        return [
            (round(when, 3), effect.way)
            for when, effect in self.log
            if isinstance(effect, Dial)
        ]

    def uses(self) -> list[tuple[float, Way]]:
        return [
            (round(when, 3), self.ways[effect.runner])
            for when, effect in self.log
            if isinstance(effect, Use)
        ]

    def statuses(self) -> list[Status]:
        return [effect.status for _, effect in self.log if isinstance(effect, Tell)]

    def notes(self) -> list[Remember]:
        return [effect for _, effect in self.log if isinstance(effect, Remember)]

    def _later(self, seconds: float | None, event: Event) -> None:
        if seconds is not None:
            heapq.heappush(self._coming, (self.now + seconds, next(self._order), event))

    def _arrive(self, event: Event) -> None:
        runner = getattr(event, "runner", None)
        if runner is not None and runner not in self.live:
            return  # of a road that was given up
        if isinstance(event, RoadOpened):
            self.opened.add(event.runner)
        if isinstance(event, BytesCrossed):
            path = self.paths[self.ways[event.runner]]
            lost = RoadLost(event.runner, "The connection was cut.", moved=path.moved)
            self._later(path.cut_after, lost)
        self.happen(event)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Dial(runner, what):
                assert runner not in self.ways, "a runner is never another's name"
                self.ways[runner] = self.live[runner] = what
                path = self.paths[what]
                if path.refuses:
                    self._later(0.05, RoadLost(runner, path.refuses))
                else:
                    self._later(path.opens, RoadOpened(runner))
            case Abort(runner):
                del self.live[runner]
                self.used = None if self.used == runner else self.used
            case Use(runner):
                assert runner in self.live, "a road that is gone is not used"
                assert runner in self.opened, "a road is used once it is open"
                assert self.used not in self.live, "a session has one carrier at a time"
                self.used = runner
                answers = self.paths[self.live[runner]].answers
                self._later(answers, Answered(runner))
                if answers is not None:
                    self._later(2 * answers, BytesCrossed(runner, resumed=False))
            case Remember() | Learn() | Tell():
                pass
