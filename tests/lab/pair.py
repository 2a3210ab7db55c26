"""Two ends of a TCP connection with a road between them, and no event loop."""

import heapq
from collections.abc import Callable
from itertools import count

from linnet.lab.packets import Endpoint, Packet
from linnet.lab.simulated.tcp import (
    Arrived,
    Break,
    Deliver,
    Effect,
    End,
    Event,
    Forget,
    Open,
    Tcp,
    Transmit,
    Wish,
)

NEAR, FAR = Endpoint.at("10.0.0.2", 40_000), Endpoint.at("192.0.2.10", 443)
ONE_WAY = 0.03

Loses = Callable[[Packet], bool]


class End2End:
    """A connection; `loses` says of each packet whether it is lost."""

    def __init__(
        self, loses: Loses = lambda _: False, near_first: int = 2**32 - 3_000
    ) -> None:
        self.near, self.far = Tcp(NEAR, FAR, near_first), Tcp(FAR, NEAR, 7_000)
        self.now = 0.0
        self.sent: list[tuple[float, Packet]] = []
        self.told: dict[Tcp, list[Effect]] = {self.near: [], self.far: []}
        self._loses, self._count = loses, count()
        self._road: list[tuple[float, int, Packet]] = []

    def do(self, end: Tcp, *events: Event) -> None:
        """Let something happen at an end."""
        for event in events:
            for effect in end.handle(event, self.now):
                if isinstance(effect, Transmit):
                    self._send(effect.packet)
                else:
                    self.told[end].append(effect)

    def run(self, seconds: float) -> None:
        """Let time pass, until nothing more is due."""
        until = self.now + seconds
        while True:
            ends = [end for end in (self.near, self.far) if not end.is_over]
            dues = [(wake, end) for end in ends if (wake := end.wake_at()) is not None]
            times = [wake for wake, _ in dues] + [at for at, *_ in self._road[:1]]
            if not times or min(times) > until:
                self.now = until
                return
            self.now = max(self.now, min(times))
            while self._road and self._road[0][0] <= self.now:
                packet = heapq.heappop(self._road)[2]
                self.do(
                    self.near if packet.target == NEAR else self.far, Arrived(packet)
                )
            for wake, end in dues:
                if wake <= self.now:
                    self.do(end, Wish.WOKEN)

    def opens(self) -> None:
        """Shake hands, with readers at both ends."""
        self.do(self.near, Wish.OPENED, Wish.RELEASED)
        self.do(self.far, Wish.RELEASED)
        self.run(1)

    def heard(self, end: Tcp) -> bytes:
        """Everything an end was given."""
        return b"".join(one.data for one in self.told[end] if isinstance(one, Deliver))

    def news(self, end: Tcp) -> list[Effect]:
        """What else it was told, in order."""
        kinds = Open | End | Break | Forget
        return [one for one in self.told[end] if isinstance(one, kinds)]

    def _send(self, packet: Packet) -> None:
        self.sent.append((self.now, packet))
        if not self._loses(packet):
            item = (self.now + ONE_WAY, next(self._count), packet)
            heapq.heappush(self._road, item)
