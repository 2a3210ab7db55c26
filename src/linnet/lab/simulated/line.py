"""A line between some hosts and the world: delay, loss, a rate, and a censor on it.

The censor's box stands in the line: `near` seconds from the hosts, `far` seconds from
the world. Loss and rate belong to the near part, so that a box does not see what a
client's air swallowed, and what it lets through may still be lost on the way down.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from linnet.lab.censor import Censor, Effect, Forward, Ruled
from linnet.lab.packets import Packet
from linnet.lab.simulated.host import Host

MOST_QUEUED: Final = 64 * 1024
"""Octets that wait for a line with a rate; what comes on top is dropped."""

Watch = Callable[[Packet, float], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a line does to packets.

    Attributes:
        near: seconds from the hosts to the box, each way.
        far: seconds from the box to the world, each way.
        loss: which part of the packets is lost, each way.
        up: bits a second from the hosts; None for no limit.
        down: bits a second to them.
    """

    near: float = 0.005
    far: float = 0.025
    loss: float = 0.0
    up: float | None = None
    down: float | None = None


HOME: Final = Shape(loss=0.005)
"""S0: 60 ms there and back, half a percent lost."""

BACKBONE: Final = Shape(near=0.0, far=0.0)
"""What hosts of the world hang on, unless another line is named."""


class Line:
    """One line; everything but its dice may be replaced while a run goes on.

    Attributes:
        shape: what it does to packets.
        censor: what judges every packet; None lets all pass.
        prober: from which host the censor asks servers (S7); the network gives it one.
        verdicts: what the censor's rules said.
    """

    def __init__(
        self, shape: Shape, seed: str, *, censor: Censor | None = None
    ) -> None:
        self.shape, self.censor = shape, censor
        self.prober: Host | None = None
        self.verdicts: list[Ruled] = []
        self._up, self._down = _Lane(f"{seed} up"), _Lane(f"{seed} down")
        self._watches: list[Watch] = []

    def watch(self, watch: Watch) -> None:
        """Show every packet that a host of this line sends or gets, and when."""
        self._watches.append(watch)

    def show(self, packet: Packet, now: float) -> None:
        """A packet leaves a host, or reaches one."""
        for watch in self._watches:
            watch(packet, now)

    def ascend(self, packet: Packet, now: float) -> float | None:
        """Return when a packet of a host is at the box; None if it is lost."""
        shape = self.shape
        return self._up.cross(packet.size, now, shape, shape.up)

    def descend(self, packet: Packet, now: float) -> float | None:
        """Return when a packet at the box is at its host; None if it is lost."""
        shape = self.shape
        return self._down.cross(packet.size, now, shape, shape.down)

    def judge(self, packet: Packet, now: float) -> list[Effect]:
        """Ask the censor; what its rules said is kept."""
        if self.censor is None:
            return [Forward(packet)]
        effects = self.censor.handle(packet, now)
        self.verdicts += [effect for effect in effects if isinstance(effect, Ruled)]
        return effects


class _Lane:
    """One direction of the near part."""

    def __init__(self, seed: str) -> None:
        self._chances = Random(seed)  # noqa: S311  # a lab's dice
        self._free_at = 0.0

    def cross(
        self, size: int, now: float, shape: Shape, rate: float | None
    ) -> float | None:
        """Return when a packet is through; None if it is lost."""
        if shape.loss and self._chances.random() < shape.loss:
            return None
        if rate is None:
            return now + shape.near
        begins = max(now, self._free_at)
        if (begins - now) * rate > MOST_QUEUED * 8:
            return None
        self._free_at = begins + size * 8 / rate
        return self._free_at + shape.near
