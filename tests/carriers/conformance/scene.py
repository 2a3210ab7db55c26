"""What a carrier of the suite is, and what surrounds it while a test lasts."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from linnet.carriers.egress import Egress
from linnet.carriers.listener import Listener
from linnet.carriers.openers import Dial, open_road
from linnet.wire.links import Address
from tests.carriers.conformance.line import Line


@dataclass
class Scene:
    """A carrier's surroundings, as long as a test takes.

    Attributes:
        address: where the relay is.
        line: what is to be cut; it stands before the relay.
        opens: how a carrier is opened.
        egress: through what connections leave.
    """

    address: Address
    line: Line
    opens: Dial = open_road
    egress: Egress = field(default_factory=Egress)


Stage = Callable[[Listener], AbstractAsyncContextManager[Scene]]


@dataclass(frozen=True)
class Subject:
    """A carrier that the suite is run on, and how much of it a test may take.

    Attributes:
        stage: how it is opened.
        messages: how many of different sizes it carries at once.
        largest: how many of the largest size.
        talk: how many of a kilobyte a session sends on it while it is cut.
    """

    stage: Stage
    messages: int = 40
    largest: int = 4
    talk: int = 60
