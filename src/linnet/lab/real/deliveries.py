"""The second table: whether messages come through, of Linnet's and of other clients.

Each row is two conversations past one scenario: in one the censor is there from the
start, in the other it begins in the middle. All were acquainted before. Of Linnet it is
demanded that messages come in time, and that none is lost; of others nothing.
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Semaphore
from typing import Final

from linnet.errors import LinnetError, LocalError
from linnet.lab.goals import (
    LISTS_ONLY,
    NAMES_ONLY,
    NAMES_SECONDS,
    RECOVERY_SECONDS,
    START_SECONDS,
    is_met,
)
from linnet.lab.places import ZONE
from linnet.lab.real.box import Passed
from linnet.lab.real.clients import LISTED, Client
from linnet.lab.real.network import Network
from linnet.lab.real.talks import Lane, Pace, p95, slowest, talk
from linnet.lab.scenarios import ELSEWHERE, SCENARIOS

BRIEF: Final = Pace(messages=10, apart=0.5, patience=11.0)
"""What is said past a censor; what has not come after so long came too late."""
FIRST: Final = Pace(messages=1, apart=0.5, patience=3.5)
"""What is said before, from the start, while a program of Linnet's has its turn."""
BEFORE: Final = Pace(messages=3, apart=0.5, patience=60.0)
"""What is said before one that begins in the middle."""
LIFTED: Final = Pace(messages=0, apart=0.0, patience=120.0)
"""How long is waited, once the censor is gone, for what has not come."""
LONG_APART: Final = 5.0
"""Seconds between messages where it is talked for minutes."""
ABOUT: Final = 40.0
"""Seconds that a row takes, beside what is talked for longer."""

IN_BRIEF: Final = (
    *("Linnet", "Linnet in Chromium", "plain WebSocket"),
    *("TLS within TLS", "self-signed HAProxy", "obfs4"),
)
"""Who is tried unless others are asked for; the rest would take too long."""
BESIDES: Final = {
    "Linnet, address inside": LISTS_ONLY,
    "Linnet, by names": LISTS_ONLY | NAMES_ONLY,
}
"""Who is tried too where little else passes."""

_COLUMNS: Final = (
    *("scenario    ", "client                ", "came ", "first s", "  p95"),
    *("recovers s", "  p95", " octets", "conn.", "lost", "verdicts", " goal"),
)
TITLE: Final = " ".join(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Part:
    """What came of one of a row's conversations.

    Attributes:
        first: seconds to the first message there, in the slower direction; None if
            none came in time, or nobody was asked.
        took: seconds that each took which was said past the censor.
        passed: what that took of the client's line.
        lost: what did not come even when the censor was gone, or came again.
        acts: how often a rule acted.
    """

    first: float | None = None
    took: tuple[float | None, ...] = ()
    passed: Passed = field(default_factory=Passed)
    lost: int = 0
    acts: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        scenario: under which rules.
        client: of what kind.
        addresses: the relay's, of Linnet.
        start: with the censor from the start.
        middle: with one that begins in the middle.
        is_absent: whether this machine does not have it.
        says: why it could not be tried.
    """

    scenario: str
    client: str
    addresses: tuple[str, ...] = ()
    start: Part = field(default_factory=Part)
    middle: Part = field(default_factory=Part)
    is_absent: bool = False
    says: str = ""

    @property
    def lost(self) -> int:
        """Messages of both that did not come, or came again."""
        return self.start.lost + self.middle.lost

    @property
    def has_road(self) -> bool:
        """Whether the relay has an address that the rules let through."""
        if self.scenario in LISTS_ONLY:
            return any("inside" in name for name in self.addresses) or self.is_slow
        return self.is_slow or not (
            self.scenario in NAMES_ONLY or self.addresses == LISTED
        )

    @property
    def is_slow(self) -> bool:
        """Whether messages can only go as names."""
        is_hard = self.scenario in LISTS_ONLY | NAMES_ONLY
        return is_hard and ZONE in self.addresses

    @property
    def is_in_time(self) -> bool:
        """Whether the first message came in time, from the start and in the middle."""
        goals = (START_SECONDS, RECOVERY_SECONDS)
        start, middle = (NAMES_SECONDS, NAMES_SECONDS) if self.is_slow else goals
        return is_met(self.start.first, start) and is_met(self.middle.first, middle)

    @property
    def holds(self) -> bool | None:
        """Whether what is demanded was seen; None where nothing is."""
        if not self.addresses or self.is_absent:
            return None
        if self.says or self.lost:
            return False
        # Without a road nothing can come, and nothing may be lost.
        return self.is_in_time or not self.has_road

    def __str__(self) -> str:
        """Write it."""
        took = (*self.start.took, *self.middle.took)
        said = max(1, len(took))
        came = 100 * sum(each is not None for each in took) // said
        passed = self.start.passed + self.middle.passed
        goal = {True: "held", False: "FAILED", None: "-"}[self.holds]
        cells = (
            *(self.scenario, self.client, f"{came} %"),
            *(_shown(self.start.first), _shown(p95(self.start.took))),
            *(_shown(self.middle.first), _shown(p95(self.middle.took))),
            *(f"{passed.octets / said:,.0f}", f"{passed.connections / said:.2f}"),
            *(str(self.lost), str(self.start.acts + self.middle.acts), goal),
        )
        aligned = " ".join(
            cell.ljust(len(head)) if at < 2 else cell.rjust(len(head))
            for at, (cell, head) in enumerate(zip(cells, _COLUMNS, strict=True))
        )
        return f"{aligned}  {self.says}".rstrip()


def rows(kinds: Mapping[str, Client], asked: Sequence[str] = ()) -> Iterator[Row]:
    """All that is tried, in order; `asked` names clients, none are those in brief."""
    for scenario in SCENARIOS:
        for name, kind in kinds.items():
            in_brief = name in IN_BRIEF or scenario in BESIDES.get(name, ())
            if name in asked or (not asked and in_brief):
                yield Row(scenario, name, kind.addresses)


@dataclass(frozen=True, slots=True)
class Trials:
    """How rows are filled.

    Attributes:
        kinds: of clients, by name.
        seed: of loss and of the rules' chances.
        minutes: how long is talked from the start; 0 for ten messages.
        patience: seconds in which the last message must come.
        turns: to start Linnet, which takes a processor for a second or two: where
            more start at once than there are, all are late.
    """

    kinds: Mapping[str, Client]
    seed: int = 1
    minutes: float = 0.0
    patience: float = BRIEF.patience
    turns: Semaphore = field(default_factory=lambda: Semaphore(os.cpu_count() or 1))

    def pace(self, row: Row, *, in_the_middle: bool) -> Pace:
        """How is talked past the censor of a row."""
        pace = replace(BRIEF, patience=NAMES_SECONDS if row.is_slow else self.patience)
        if self.minutes and not in_the_middle:
            count = round(self.minutes * 60 / LONG_APART)
            return replace(pace, messages=count, apart=LONG_APART)
        return pace

    @property
    def seconds(self) -> float:
        """About how long a row takes."""
        return ABOUT + self.minutes * 60

    def fill(self, row: Row, lab: Network) -> Row:
        """Talk past censors that know of nothing before."""
        needs = self.kinds[row.client].needs
        absent = [
            each for each in needs if not (shutil.which(each) or Path(each).exists())
        ]
        if absent:
            why = f"{absent[0]} is not on this machine"
            return replace(row, is_absent=True, says=why)
        try:
            start = self._converse(row, lab, in_the_middle=False)
            middle = self._converse(row, lab, in_the_middle=True)
        except LinnetError as error:
            return replace(row, says=str(error).splitlines()[0])
        return replace(row, start=start, middle=middle)

    def _converse(self, row: Row, lab: Network, *, in_the_middle: bool) -> Part:
        lab.set_censor(seed=self.seed, cuts=True)
        with lab.trial():
            lanes, part = self._talk(row, lab, in_the_middle=in_the_middle)
            # The censor goes, and then what has still not come is lost.
            lab.set_censor(seed=self.seed)
            talk(lanes, LIFTED)
        return replace(part, lost=sum(lane.lost for lane in lanes))

    def _talk(
        self, row: Row, lab: Network, *, in_the_middle: bool
    ) -> tuple[Sequence[Lane], Part]:
        """Talk past the censor, and read off what came."""
        censor = partial(lab.set_censor, row.scenario, seed=self.seed)
        before = partial(lab.set_censor, ELSEWHERE, seed=self.seed)
        begin = self.kinds[row.client].begins
        with self.turns if row.addresses else nullcontext():
            lanes = begin(lab, before if in_the_middle else censor)
            began, logged = lanes[0].told.began, len(lab.verdicts())
            lab.passed()
            talked = talk(lanes, BEFORE if in_the_middle else FIRST)
        if in_the_middle:
            if not talked:
                raise LocalError("They do not begin to talk.")
            began, logged = time.monotonic(), len(lab.verdicts())
            lab.passed()
            censor()
        talk(lanes, self.pace(row, in_the_middle=in_the_middle))
        first = slowest([lane.first(began) for lane in lanes])
        took = tuple(each for lane in lanes for each in lane.took(began))
        acts = len(lab.verdicts()) - logged
        return lanes, Part(first, took, lab.passed(), acts=acts)


def _shown(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f}"
