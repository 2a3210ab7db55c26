"""A round of a race: one try of each way, with pauses between (spec/carriers.md §2).

Part of the machine in ``race``. It dials; what becomes of a road is the race's.
"""

from collections.abc import Iterable

from linnet.carriers import race_bounds as bounds
from linnet.carriers.field import Field, Stage, Try
from linnet.carriers.race_values import Effect, Remember, Tell
from linnet.carriers.status import Connecting, Tried, Waiting
from linnet.carriers.ways import Way
from linnet.wire.noise import Entropy


class Round:
    """The round that is under way, or the last that was.

    Attributes:
        left: the ways still to be tried, the next first.
        tried: what came of those that were, for the person.
        trusted: the way that won last on this network, if one did.
        has_opened: whether any has opened in this round.
        next_dial: when the pause after the last dial is over.
        look_at: when ``dial`` has something to do if nothing happens before; ``inf``
            for never.
    """

    def __init__(self, field: Field, entropy: Entropy) -> None:
        self.left: list[Way] = []
        self.tried: list[Tried] = []
        self.trusted: Way | None = None
        self.has_opened = False
        self._is_trusted_shut = self._is_again = False
        self.next_dial = 0.0
        self.look_at = bounds.NEVER
        self._field = field
        self._entropy = entropy
        self._stagger = bounds.STAGGER_SECONDS
        self._told_until = bounds.NEVER

    def begin(self, ways: Iterable[Way], now: float, tried: Tried | None) -> None:
        """Begin anew.

        Args:
            ways: what is to be tried, best first.
            now: the time.
            tried: the road that was left for this round.
        """
        self.left = list(ways)
        self.tried = [tried] if tried else []
        is_trusted = self.left[:1] == [self.trusted]
        self._stagger = (
            bounds.TRUSTED_STAGGER_SECONDS if is_trusted else bounds.STAGGER_SECONDS
        )
        self._told_until = bounds.NEVER
        self.has_opened = False
        self._is_trusted_shut = self._is_again = False
        self.next_dial = now

    def end(self) -> None:
        """Try nothing more: a road serves."""
        self.left, self.tried = [], []

    def note(self, one: Try, reason: str, now: float) -> None:
        """A try failed: the next begins at once."""
        self.tried.append(one.tried(reason))
        if one.way == self.trusted and one.stage is Stage.DIALLING:
            self._is_trusted_shut = True
        self.next_dial = now

    def begin_again(self, bursts: Way, now: float) -> bool:
        """Try the way that won last once more before bursts that opened, if it did not.

        Where nothing opened and now these do, a block may be over; they take seconds
        for what that way does at once.
        """
        first = self.trusted
        if first is None or self._is_again or not self._is_trusted_shut:
            return False
        if self._field.allowed_at(first, now) > now:
            return False
        self.left = [first, bursts, *self.left]
        self._is_again = True
        self.next_dial = now
        return True

    def keep_bursts(self) -> bool:
        """Try bursts alone, if there are any; whether there are."""
        bursts = [way for way in self.left if way.bursts]
        self.left = bursts or self.left
        return bool(bursts)

    def prefer_others(self, used: Way) -> None:
        """Try first what is least like a road that stalled (spec/carriers.md §3).

        A new connection to the same place may do, but another road is likelier.
        """
        self.left.sort(key=lambda way: (way.polls > used.polls, way.likeness(used)))
        self._stagger = bounds.STAGGER_SECONDS

    def dial(self, now: float, *, attempt: int, is_told: bool) -> list[Effect]:
        """Dial the next way, or make room for it; nothing if it is not time.

        Args:
            now: the time.
            attempt: how many rounds this makes with those that failed before it.
            is_told: whether the person is told of each dial.
        """
        self.look_at = self.next_dial if self.left else bounds.NEVER
        if now < self.look_at:
            return []
        way = self._field.first_free(self.left, now)
        if way is None:
            return self._make_room(now) or self._pace(now, attempt)
        self.left.remove(way)
        dial = self._field.start(way, now)
        self.next_dial = now + self._stagger * (0.75 + self._entropy(1)[0] / 512)
        self._stagger = min(2 * self._stagger, bounds.LONGEST_STAGGER_SECONDS)
        shown = Connecting(way.address, attempt, way.polls, tuple(self.tried))
        return [dial, Tell(shown)] if is_told else [dial]

    def waiting(self, otherwise: str, until: float, attempt: int) -> Waiting:
        """What the person is told of the round; ``otherwise`` if nothing was tried."""
        reason = self.tried[-1].reason if self.tried else otherwise
        return Waiting(reason, until, attempt, tuple(self.tried))

    def _make_room(self, now: float) -> list[Effect]:
        """Let go of what holds a place that another way of its name waits for."""
        self.look_at = bounds.NEVER
        for one in self._field.crowding(self.left):
            if one.stage is Stage.WON and not self._field.is_waited_for:
                return [self._field.abort(one)]
            if one.stage is Stage.DIALLING:
                until = one.since + bounds.ANSWER_SECONDS
                if now >= until:
                    self.note(one, bounds.NOT_IN_TIME, now)
                    return [self._field.abort(one), Remember(one.way, worked=False)]
                self.look_at = min(self.look_at, until)
        return []

    def _pace(self, now: float, attempt: int) -> list[Effect]:
        """Wait for the budget, and say so when nothing else is under way."""
        until = self._field.paced_until(self.left, now)
        self.look_at = min(self.look_at, until)
        if until in {bounds.NEVER, self._told_until} or self._field.is_running:
            return []
        self._told_until = until
        return [Tell(self.waiting(bounds.PACED, until, attempt))]
