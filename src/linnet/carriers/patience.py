"""How long a race bears that nothing comes (spec/carriers.md §2, §3, §11); pure."""

from typing import Final

from linnet.carriers import race_bounds as bounds
from linnet.carriers.field import Stage, Try
from linnet.carriers.ways import Way

_MOST: Final = bounds.LONGEST_STALL_SECONDS


class Search:
    """When what is quicker is sought while a slow road serves.

    Attributes:
        at: when it begins; ``inf`` for never.
        is_on: whether it is under way.
    """

    def __init__(self) -> None:
        self.at = bounds.NEVER
        self.is_on = False
        self._count = 0

    def settle(self, way: Way, now: float) -> None:
        """A road serves: seek again in a while if it is slow, and each time later."""
        self.is_on = False
        if not way.patience:
            self.forget()
            return
        wait = bounds.FIRST_SEARCH_SECONDS * (1 << self._count)
        self.at = now + min(wait, bounds.LONGEST_SEARCH_SECONDS)
        self._count = min(self._count + 1, bounds.DOUBLINGS)

    def forget(self) -> None:
        """Nothing is to be sought, or all is different now."""
        self.at, self.is_on, self._count = bounds.NEVER, False, 0


class Patience:
    """What stalls and failures of late have taught a race.

    Attributes:
        failures: rounds in a row that failed.
        frozen: roads in a row that let something through and stalled then.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.frozen = 0
        self._stalls = 0
        self._dark_since = bounds.NEVER

    def lengthen(self) -> None:
        """Bear stalls for longer: the last patience was too short to be of use."""
        self._stalls = min(self._stalls + 1, bounds.DOUBLINGS)

    def calm(self) -> None:
        """Forget stalls: a road has served for long."""
        self._stalls = self.frozen = 0

    def begin_anew(self) -> None:
        """Forget everything: the network is another one."""
        self.failures = 0
        self.see_light()
        self.calm()

    def see_light(self) -> None:
        """A road has won: an outage that comes now is another one."""
        self._dark_since = bounds.NEVER

    def rest(self, now: float, *, is_dark: bool) -> float:
        """Note that a round failed; seconds until the next, before chance has a say.

        Args:
            now: the time.
            is_dark: whether nothing opened: then a block may be lifted any time, and
                who waits is to notice, and no relay asked for peace.
        """
        doublings = min(self.failures, bounds.DOUBLINGS)
        self.failures += 1
        wait = min(bounds.FIRST_WAIT * (1 << doublings), bounds.LONGEST_WAIT)
        if not is_dark:
            self._dark_since = bounds.NEVER
            return wait
        self._dark_since = min(self._dark_since, now)
        share = (now - self._dark_since) / bounds.OUTAGE_SHARE
        return min(wait, max(share, bounds.OUTAGE_WAIT))

    def deadline(self, one: Try, *, is_last: bool) -> float:
        """When a try has taken too long for its stage.

        Args:
            one: the try.
            is_last: whether nothing else waits for its place.
        """
        slow = one.way.patience
        match one.stage:
            case Stage.DIALLING:
                return one.since + bounds.DIAL_SECONDS + slow
            case Stage.OPEN:
                return one.since + bounds.STANDBY_SECONDS
            case Stage.GREETED:
                return one.since + self._for_an_answer(is_last=is_last) + slow
            case Stage.WON:
                stall = bounds.STALL_SECONDS * (1 << self._stalls)
                return one.waits_since + min(stall, _MOST) + slow

    def _for_an_answer(self, *, is_last: bool) -> float:
        if is_last:
            return bounds.LONGEST_ANSWER_SECONDS
        patience = bounds.ANSWER_SECONDS * (1 << min(self.failures, bounds.DOUBLINGS))
        return min(patience, bounds.LONGEST_ANSWER_SECONDS)
