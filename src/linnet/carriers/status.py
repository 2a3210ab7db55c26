"""What a link to a relay is doing, as values a face can show.

Each says which road and why: never only "connecting".
"""

from dataclasses import dataclass, field
from typing import Final

from linnet.wire.links import Address, Road

_ROADS: Final = {
    Road.TCP: "plain TCP",
    Road.WS: "WebSocket",
    Road.WSS: "WebSocket over TLS",
    Road.DNS: "DNS",
    Road.MAIL: "mail",
    Road.FOLDER: "a shared folder",
    Road.PLUGIN: "a plug-in",
}


_REQUESTS: Final = _ROADS | {
    Road.WS: "HTTP requests",
    Road.WSS: "HTTPS requests",
}


def road_name(address: Address, *, polls: bool = False) -> str:
    """The kind of road an address is reached by, in words."""
    return (_REQUESTS if polls else _ROADS)[address.road]


@dataclass(frozen=True, slots=True)
class Tried:
    """A road that was tried in this round, and why it is not in use."""

    address: Address = field(repr=False)
    polls: bool
    reason: str

    @property
    def sentence(self) -> str:
        """Which road, and why."""
        return f"By {road_name(self.address, polls=self.polls)}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Connecting:
    """A road is being tried."""

    address: Address = field(repr=False)
    attempt: int
    polls: bool = False
    tried: tuple[Tried, ...] = ()

    @property
    def sentence(self) -> str:
        """What is happening."""
        road = road_name(self.address, polls=self.polls)
        return f"Trying to reach the relay by {road}."


@dataclass(frozen=True, slots=True)
class Connected:
    """Data has passed both ways over a road."""

    address: Address = field(repr=False)
    resumed: bool
    polls: bool = False

    @property
    def sentence(self) -> str:
        """What is happening."""
        road = road_name(self.address, polls=self.polls)
        return f"Connected to the relay by {road}."


@dataclass(frozen=True, slots=True)
class Waiting:
    """No road works now; they are tried again at ``until``, by the loop's clock.

    Attributes:
        reason: what stopped the last of them.
        tried: what stopped each.
    """

    reason: str
    until: float
    attempt: int
    tried: tuple[Tried, ...] = ()

    @property
    def sentence(self) -> str:
        """What is happening and why, road by road."""
        roads = dict.fromkeys(one.sentence for one in self.tried)
        why = " ".join(roads) if len(self.tried) > 1 else self.reason
        return f"{why} Linnet keeps trying; what waits to be sent is kept."


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The relay opens no session; it is asked again only after ``Link.hurry``."""

    reason: str
    code: int

    @property
    def sentence(self) -> str:
        """What is happening and why."""
        return self.reason


@dataclass(frozen=True, slots=True)
class Idle:
    """The link is not running."""

    @property
    def sentence(self) -> str:
        """What is happening."""
        return "The connection to the relay is closed."


Status = Connecting | Connected | Waiting | TurnedAway | Idle
