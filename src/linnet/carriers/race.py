"""The race of roads: which ways are tried, when, and which of them carries the session.

A machine (spec/carriers.md). It knows ways, times and what came of each try; it knows
no socket and no session. What it forbids itself is as much its purpose as what it does:
a client that dials wildly can be told by that alone.
"""

from collections.abc import Callable, Container
from enum import Enum, auto

from linnet.carriers import race_bounds as bounds
from linnet.carriers.budget import Budget
from linnet.carriers.field import Field, Stage, Try
from linnet.carriers.patience import Patience, Search
from linnet.carriers.race_round import Round
from linnet.carriers.race_values import (
    Answered,
    Began,
    BytesCrossed,
    Confirmed,
    Effect,
    Event,
    Hurried,
    Learn,
    NetworkChanged,
    Remember,
    RoadLost,
    RoadOpened,
    RunnerEvent,
    Tell,
    Waits,
    Woken,
)
from linnet.carriers.status import Connected, Tried, TurnedAway
from linnet.carriers.ways import Way
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.noise import Entropy


class _Phase(Enum):
    IDLE = auto()
    RACING = auto()
    SETTLED = auto()
    RESTING = auto()
    TURNED_AWAY = auto()


class Race:
    """The race for one relay.

    Args:
        order: the ways, best first, as this network is remembered now.
        budget: shared by all races of a client.
        entropy: for what must not be regular.
    """

    def __init__(
        self, order: Callable[[], tuple[Way, ...]], *, budget: Budget, entropy: Entropy
    ) -> None:
        self._order = order
        self._entropy = entropy
        self._phase = _Phase.IDLE
        self._field = Field(budget)
        self._round = Round(self._field, entropy)
        self._patience = Patience()
        self._search = Search()
        self._until = bounds.NEVER
        self._effects: list[Effect] = []

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take what happened; what is to be done, in this order."""
        match event:
            case Began() if self._phase is _Phase.IDLE:
                self._begin_round(now)
            case NetworkChanged():
                self._move(now)
            case Hurried():
                self._hurry(now)
            case Began() | Woken():
                pass
            case _:
                self._take(event, self._field.get(event.runner), now)
        while self._advance(now):
            pass
        effects, self._effects = self._effects, []
        return effects

    def wake_at(self) -> float:
        """When ``Woken`` must come if nothing happens before; ``inf`` for never."""
        times = [self._deadline(one) for one in self._field]
        if self._phase is _Phase.RESTING:
            times.append(self._until)
        if self._phase is _Phase.RACING:
            times.append(self._round.look_at)
        if self._phase is _Phase.SETTLED:
            times.append(self._search.at)
        return min(times, default=bounds.NEVER)

    # What happened

    def _take(self, event: RunnerEvent, one: Try | None, now: float) -> None:
        """Take what a runner did, unless it was given up before."""
        if one is None:
            return
        is_used = one is self._field.used
        match event:
            case RoadLost():
                self._lost(one, event, now)
            case RoadOpened() if one.stage is Stage.DIALLING:
                self._opened(one, now)
            case Answered() if one.stage is Stage.GREETED:
                one.since = now
            case BytesCrossed(resumed=resumed) if one.stage is Stage.GREETED:
                self._win(one, now, resumed=resumed)
            case Waits(since=since) if is_used and one.stage is Stage.WON:
                one.moved = event.moved
                self._doubt(one, since, now)
            case Confirmed() if is_used and one.stage is Stage.WON:
                one.waits_since = bounds.NEVER
                if self._phase is not _Phase.SETTLED and not self._search.is_on:
                    self._patience.lengthen()
                    self._settle(one, now)
            case _:
                pass

    def _opened(self, one: Try, now: float) -> None:
        one.reach(Stage.OPEN, now)
        is_racing = self._phase is _Phase.RACING
        self._round.has_opened = True
        if is_racing and one.way.bursts and self._round.begin_again(one.way, now):
            self._abort(one)

    def _win(self, one: Try, now: float, *, resumed: bool) -> None:
        one.reach(Stage.WON, now)
        one.resumed = resumed
        self._patience.see_light()
        if not (one.way.bursts or one.way.patience):
            # What is quicker is tried each time before what is slow.
            self._round.trusted = one.way
            self._effects.append(Remember(one.way, worked=True))
        self._settle(one, now)

    def _doubt(self, one: Try, since: float, now: float) -> None:
        """Open another road while there is time, to go over to it at once."""
        one.waits_since = since
        if since - one.since >= bounds.CALM_SECONDS:
            self._patience.calm()
        if self._phase is not _Phase.SETTLED or len(self._field) > 1:
            return
        spare = self._field.another(one.way, self._order(), now)
        if spare is not None:
            self._effects.append(self._field.start(spare, now))

    def _lost(self, one: Try, lost: RoadLost, now: float) -> None:
        self._field.drop(one)
        has_won = one.stage is Stage.WON
        lasted = has_won and now - one.since >= bounds.PROVEN_SECONDS
        has_proven = lost.moved or lasted
        if has_proven:
            self._patience.failures = 0
        if lost.refusal:
            self._turn_away(one, lost, now)
        elif not has_won and not lost.moved:
            self._note_failure(one, lost.reason, now)
        elif has_won and lost.faulty:
            self._rest(now, one.tried(lost.reason))
        elif has_won and self._phase is not _Phase.SETTLED:
            self._round.next_dial = now  # it was in doubt: others are sought already
        elif has_proven or self._field.first_open():
            self._begin_round(now, one.tried(lost.reason))
        else:
            self._rest(now, one.tried(lost.reason))

    def _turn_away(self, one: Try, lost: RoadLost, now: float) -> None:
        if lost.refusal == OpeningRefusal.FULL:
            self._rest(now, one.tried(lost.reason))
            return
        self._clear()
        self._phase = _Phase.TURNED_AWAY
        self._effects.append(Tell(TurnedAway(lost.reason, lost.refusal)))

    def _move(self, now: float) -> None:
        if self._phase in {_Phase.IDLE, _Phase.TURNED_AWAY}:
            return
        self._patience.begin_anew()
        self._search.forget()
        self._round.trusted = None
        proven = self._field.proven
        self._clear(but=(proven,))
        self._begin_round(now, proven.tried(bounds.NEW_NETWORK) if proven else None)

    def _hurry(self, now: float) -> None:
        if self._phase in {_Phase.RESTING, _Phase.TURNED_AWAY}:
            self._begin_round(now)
        elif self._phase is _Phase.RACING:
            self._round.next_dial = now

    # What time and the rest of the field demand, one thing at a time

    def _advance(self, now: float) -> bool:
        """Do one thing that is due; whether there was one."""
        if self._expire(now):
            return True
        if self._phase is _Phase.RESTING and now >= self._until:
            self._begin_round(now)
            return True
        if self._phase is _Phase.SETTLED and now >= self._search.at:
            self._seek(now)
        if self._phase is _Phase.RESTING:
            return self._choose(now)
        if self._phase is not _Phase.RACING:
            return False
        return self._choose(now) or self._dial(now) or self._finish(now)

    def _deadline(self, one: Try) -> float:
        if one.stage is Stage.WON and self._phase is not _Phase.SETTLED:
            return bounds.NEVER
        is_last = len(self._field) == 1 and not self._round.left
        return self._patience.deadline(one, is_last=is_last)

    def _expire(self, now: float) -> bool:
        for one in self._field:
            if now < self._deadline(one):
                continue
            match one.stage:
                case Stage.WON:
                    self._suspect(one, now)
                case Stage.OPEN:
                    self._abort(one)
                case Stage.DIALLING:
                    self._give_up(one, bounds.NOT_IN_TIME, now)
                case Stage.GREETED:
                    self._give_up(one, bounds.SILENT, now)
            return True
        return False

    def _suspect(self, one: Try, now: float) -> None:
        if one.moved:
            self._patience.frozen += 1
        else:
            self._patience.lengthen()
        self._begin_round(now, one.tried(bounds.STALLED))
        is_frozen = self._patience.frozen > bounds.FROZEN_BEFORE_BURSTS
        if is_frozen and self._round.keep_bursts():
            # Who freezes one road after another may count what each has carried.
            self._abort(one)
        self._round.prefer_others(one.way)

    def _choose(self, now: float) -> bool:
        """Give the session to the road that opened first, if it is to be had."""
        best = self._field.first_open()
        if best is None or not self._field.may_take_over(best):
            return False
        self._effects += self._field.greet(best, now)
        if not best.way.patience:
            held = now + bounds.GREETING_SECONDS
            self._round.next_dial = max(self._round.next_dial, held)
        return True

    def _dial(self, now: float) -> bool:
        attempt, is_told = self._patience.failures + 1, not self._search.is_on
        effects = self._round.dial(now, attempt=attempt, is_told=is_told)
        self._effects += effects
        return bool(effects)

    def _finish(self, now: float) -> bool:
        if self._round.left or self._field.is_waited_for:
            return False
        proven = self._field.proven
        if self._search.is_on and proven is not None:
            self._phase = _Phase.SETTLED
            self._search.settle(proven.way, now)
            self._effects.append(Learn())
        else:
            self._rest(now, is_dark=not self._round.has_opened)
        return True

    # Parts of these

    def _seek(self, now: float) -> None:
        """Try what is quicker than the slow road in use, and leave that alone."""
        self._begin_round(now)
        self._round.left = self._field.quicker(self._round.left)
        self._search.is_on = True

    def _begin_round(self, now: float, tried: Tried | None = None) -> None:
        self._phase = _Phase.RACING
        self._search.is_on = False
        busy = {one.way for one in self._field if one is not self._field.proven}
        ways = [way for way in self._order() if way not in busy]
        self._round.begin(ways, now, tried)

    def _settle(self, one: Try, now: float) -> None:
        """Be content with a road; keep one of the others that are open, for a while."""
        self._phase = _Phase.SETTLED
        self._search.settle(one.way, now)
        self._round.end()
        if one.way.patience:
            # It was the last resort: what did not open meanwhile has failed.
            late = self._field.overdue(now)
            self._effects += [Remember(way, worked=False) for way in late]
            self._effects.append(Learn())
        self._effects += self._field.keep((one, self._field.standby(one.way)))
        way = one.way
        self._effects.append(Tell(Connected(way.address, one.resumed, way.polls)))

    def _rest(
        self, now: float, tried: Tried | None = None, *, is_dark: bool = False
    ) -> None:
        if tried is not None:
            self._round.tried = [tried]
        self._clear(but=[*self._field.slow, self._field.proven])
        self._phase = _Phase.RESTING
        # Not all clients of a relay that went away may come back at one moment.
        rest = self._patience.rest(now, is_dark=is_dark)
        self._until = now + rest * (0.5 + self._chance())
        why = bounds.SLOW_UNDER_WAY if self._field.slow else bounds.NO_ADDRESS
        waiting = self._round.waiting(why, self._until, self._patience.failures)
        self._effects.append(Tell(waiting))

    def _note_failure(self, one: Try, reason: str, now: float) -> None:
        if one.stage is not Stage.OPEN:
            self._effects.append(Remember(one.way, worked=False))
        if self._phase is _Phase.RACING:
            self._round.note(one, reason, now)

    def _give_up(self, one: Try, reason: str, now: float) -> None:
        self._abort(one)
        self._note_failure(one, reason, now)

    def _abort(self, one: Try) -> None:
        self._effects.append(self._field.abort(one))

    def _clear(self, but: Container[Try | None] = ()) -> None:
        self._effects += self._field.keep(but)
        self._round.left = []

    def _chance(self) -> float:
        return self._entropy(1)[0] / 256
