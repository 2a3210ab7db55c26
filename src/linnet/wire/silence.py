"""Silence: when one side asks whether a carrier still lives, and when it gives it up.

Part of the machine in ``session`` (spec/session.md §7); knows times and no records.
"""

from typing import Final

from linnet.errors import Unreachable
from linnet.wire.session_limits import Limits

EXPECTANT: Final = 1 / 12
"""The part of ``ping_after`` that silence is borne while an answer is awaited."""


class Silence:
    """What one side has heard and asked, and bears.

    Attributes:
        limits: the client's change with each carrier, by chance and as the relay says.
        asks: whether this side is the one that asks: a client does, a relay does not.
        heard_at: when the last genuine record arrived.
        asked_at: when the other side was last asked for any answer.
        expects_since: since when the session's user awaits an answer; ``inf`` for none.
        patience: seconds more than elsewhere until an answer may be here; the times of
            the limits stretch with it (spec/parcels.md §2).
    """

    __slots__ = ("asked_at", "asks", "expects_since", "heard_at", "limits", "patience")

    def __init__(self, limits: Limits, *, asks: bool) -> None:
        self.limits = limits
        self.asks = asks
        self.heard_at = 0.0
        self.asked_at = 0.0
        self.expects_since = float("inf")
        self.patience = 0.0

    @property
    def unanswered_since(self) -> float:
        """Since when nothing has come after the other side was asked; else ``inf``."""
        return self.asked_at if self.asked_at > self.heard_at else float("inf")

    def is_due(self, now: float) -> bool:
        """Whether it has been silent long enough to ask, once for each silence."""
        return self._may_ask and now >= self._asks_at

    def check(self, now: float) -> None:
        """See whether the carrier is still alive.

        Raises:
            Unreachable: it has been silent for too long.
        """
        if now >= self._ends_at:
            raise Unreachable("Nothing has come over this road for too long.")

    def wake_at(self) -> float:
        """When there is something to ask, or to give up, if nothing comes before."""
        return min(self._asks_at, self._ends_at) if self._may_ask else self._ends_at

    @property
    def _may_ask(self) -> bool:
        return self.asks and self.asked_at <= self.heard_at

    @property
    def _asks_at(self) -> float:
        after, slow = self.limits.ping_after, 8 * self.patience
        expects = max(self.heard_at, self.expects_since) + after * EXPECTANT
        return min(self.heard_at + after, expects) + slow

    @property
    def _ends_at(self) -> float:
        return self.heard_at + self.limits.silent_after + 16 * self.patience
