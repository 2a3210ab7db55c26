"""What trying a road has shown, in plain sentences (spec/carriers.md §10); pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from linnet.carriers.status import road_name
from linnet.carriers.ways import Way
from linnet.errors import Unreachable
from linnet.wire.links import Road


class Came(StrEnum):
    """What came of trying a way, from the best to the least."""

    WORKS = "works"
    SLOW = "slow"
    TURNED_AWAY = "turned away"
    CUT = "cut"
    FROZEN = "frozen"
    UNANSWERED = "unanswered"
    NO_DOOR = "no door"
    NO_TLS = "no tls"
    RESET = "reset"
    SILENT = "silent"
    REFUSED = "refused"
    NOBODY = "nobody"
    NO_NAME = "no name"
    NO_TUNNEL = "no tunnel"
    NO_WAY = "no way"

    @property
    def is_passage(self) -> bool:
        """Whether the road is of use: the relay itself answered, and went on to."""
        return self in {Came.WORKS, Came.SLOW, Came.TURNED_AWAY}

    @property
    def is_nowhere(self) -> bool:
        """Whether no connection began, so that another use of the address will not."""
        return self in {
            Came.REFUSED,
            Came.NOBODY,
            Came.NO_NAME,
            Came.NO_TUNNEL,
            Came.NO_WAY,
        }


class Unopened(Unreachable):
    """A road did not open.

    Attributes:
        came: what came of it.
    """

    def __init__(self, came: Came, sentence: str) -> None:
        super().__init__(sentence)
        self.came = came


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way, tried.

    Attributes:
        way: which.
        came: what came of it.
        octets: bytes of messages that crossed, both directions together.
        seconds: how long it took.
    """

    way: Way
    came: Came
    octets: int = 0
    seconds: float = 0.0

    @property
    def road(self) -> str:
        """The kind of road, in words."""
        address = self.way.address
        name = road_name(address, polls=self.way.polls)
        return f"{name} in short bursts" if self.way.bursts else name

    @property
    def sentence(self) -> str:
        """What came of it, and what that means."""
        if self.came is Came.SILENT and self.way.address.road is Road.WSS:
            return _TLS_SILENT
        size = f"{self.octets / 1_000:.1f} KB"
        return _SENTENCES[self.came].format(size=size, seconds=f"{self.seconds:.0f}")


_TLS_SILENT: Final = (
    "A connection begins, but TLS is never answered: the name that it shows, or the "
    "way it begins, is blocked here."
)
_SENTENCES: Final = {
    Came.WORKS: "Works: {size} crossed, there and back.",
    Came.SLOW: "Works, but slowly: {size} crossed in {seconds} seconds.",
    Came.TURNED_AWAY: "Works: the relay itself answers, but opens no session now.",
    Came.CUT: "Opens, and is cut after {size}: something on the way ends it.",
    Came.FROZEN: (
        "Opens, and falls silent after {size}: connections are frozen here once they "
        "have carried a little."
    ),
    Came.UNANSWERED: (
        "Opens, but the relay is not heard: what is said is stopped on the way, or "
        "somebody else answers there."
    ),
    Came.NO_DOOR: (
        "A website or something else answered there that is no door for Linnet; the "
        "link may be old."
    ),
    Came.NO_TLS: "A connection begins, but TLS fails: something answers in its place.",
    Came.RESET: "A connection begins and is reset: something on the way cuts it.",
    Came.SILENT: "A connection begins, but nothing is answered on it: it is blocked.",
    Came.REFUSED: (
        "Refused: the relay is down there, or something on the way refuses for it."
    ),
    Came.NOBODY: (
        "Nobody takes the connection: the address is blocked here, or the machine is "
        "down."
    ),
    Came.NO_NAME: (
        "The name of the address leads nowhere: it is blocked here, or no more."
    ),
    Came.NO_TUNNEL: (
        "The proxy or plug-in that it goes through did not lead there: it does not "
        "run, or refuses."
    ),
    Came.NO_WAY: "There is no way to the address; is this machine online?",
}


def comparisons(attempts: Sequence[Attempt]) -> list[str]:
    """What two ways tell that differ in one thing only; each sentence once."""
    works = [one.way for one in attempts if one.came.is_passage]
    found: list[str] = []
    for one in attempts:
        if not one.came.is_passage:
            found += [said for other in works if (said := _told_by(one, other))]
    return list(dict.fromkeys(found))


def _told_by(failed: Attempt, works: Way) -> str:
    way = failed.way
    same_place = way.address.host == works.address.host
    if way.address == works.address and works.bursts and failed.came is Came.FROZEN:
        return "Short connections pass where long ones are frozen."
    if way.address == works.address and works.polls and not way.polls:
        return "Requests pass where one lasting connection does not."
    if way.polls != works.polls or way.bursts != works.bursts:
        return ""
    if same_place and way.name != works.name and failed.came in _BY_NAME:
        return "The same address answers under another name: a name is blocked here."
    if not same_place and way.name == works.name and failed.came is Came.NOBODY:
        return "The same name passes at another address: the address is blocked."
    return ""


_BY_NAME: Final = {Came.SILENT, Came.RESET, Came.UNANSWERED, Came.FROZEN}

ADVICE: Final = (
    "Ask a contact, or whoever runs the relay, for a road through a proxy, and add it: "
    "linnet road add LINK"
)


def conclusion(attempts: Iterable[Attempt]) -> str:
    """What works to one relay, what does not, and what to do."""
    tried = list(attempts)
    good = [one for one in tried if one.came.is_passage]
    if not good:
        return f"No road works here. {_why_none(tried)}{ADVICE}"
    if len(good) == len(tried):
        return "Every road that was tried works; nothing is blocked here."
    bad = [one.road for one in tried if not one.came.is_passage]
    said = f"What works: {_listed(one.road for one in good)}. "
    said += f"What does not ({len(bad)} of {len(tried)} tries): {_listed(bad)}. "
    if all(one.way.bursts or one.way.is_narrow for one in good):
        return said + f"Messages get through, but files will be slow. {ADVICE}"
    return said + "Linnet takes what works by itself; there is nothing to do."


def _why_none(tried: list[Attempt]) -> str:
    if not tried or all(one.came is Came.NO_WAY for one in tried):
        return "This machine seems to be offline. "
    if all(one.came is Came.NO_TUNNEL for one in tried):
        return "The proxy or plug-in on the way does not run, or refuses. "
    if all(one.came.is_nowhere for one in tried):
        return "The relay is down, all its addresses are blocked, or you are offline. "
    return "The relay's addresses can be reached, but what is said there is blocked. "


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))
