"""A conversation of real programs, and the times that are read off it."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from linnet.lab.real.programs import Running

POLL_SECONDS: Final = 0.05


@dataclass(slots=True)
class Lane:
    """One direction: what one program is told, another should say.

    Attributes:
        mark: how its messages begin, which no other lane's do.
        said: when each message was said, in order.
        came: when each of those that came was there.
        again: how many came once more.
    """

    told: Running
    heard: Running
    mark: str
    said: list[float] = field(default_factory=list)
    came: dict[int, float] = field(default_factory=dict)
    again: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all that was said has come."""
        return len(self.came) == len(self.said)

    @property
    def lost(self) -> int:
        """Messages that did not come, or came again."""
        return len(self.said) - len(self.came) + self.again

    def say(self, now: float) -> None:
        """Say the next message."""
        self.told.tell(f"{self.mark} {len(self.said)}.")
        self.said.append(now)

    def listen(self, now: float) -> None:
        """Note what has come since this was last asked."""
        counts = Counter(
            map(int, re.findall(rf"\b{self.mark} (\d+)\.", self.heard.said))
        )
        for number in counts:
            self.came.setdefault(number, now)
        self.again = sum(counts.values()) - len(counts)

    def first(self, since: float) -> float | None:
        """Seconds from `since` to the first message there that was said after it."""
        came = [at for number, at in self.came.items() if self.said[number] >= since]
        return min(came) - since if came else None

    def took(self, since: float) -> list[float | None]:
        """Seconds that each message took which was said after `since`."""
        return [
            self.came[number] - said if number in self.came else None
            for number, said in enumerate(self.said)
            if said >= since
        ]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is talked.

    Attributes:
        messages: how many are said in every direction.
        apart: seconds between two of them.
        patience: seconds in which the last one must come.
    """

    messages: int
    apart: float
    patience: float

    @property
    def seconds(self) -> float:
        """How long it lasts at most."""
        return self.messages * self.apart + self.patience


def talk(lanes: Sequence[Lane], pace: Pace) -> bool:
    """Say messages in every direction; whether all that was ever said has come."""
    began, said = time.monotonic(), 0
    while (now := time.monotonic()) < began + pace.seconds:
        if said < pace.messages and now >= began + said * pace.apart:
            said += 1
            for lane in lanes:
                lane.say(now)
        for lane in lanes:
            lane.listen(now)
        if said == pace.messages and all(lane.is_whole for lane in lanes):
            return True
        time.sleep(POLL_SECONDS)
    return False


def slowest(firsts: Sequence[float | None]) -> float | None:
    """The last of some times; None where one never came."""
    there = [each for each in firsts if each is not None]
    return max(there) if there and len(there) == len(firsts) else None


def p95(took: Sequence[float | None]) -> float | None:
    """Seconds within which 95 of 100 messages came; None where fewer ever did."""
    late = sorted(float("inf") if each is None else each for each in took)
    at = late[ceil(len(late) * 0.95) - 1] if late else float("inf")
    return at if at < float("inf") else None
