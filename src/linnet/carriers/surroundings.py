"""What the links of a client share: where it is, what worked there, how often it dials.

The driver's side of ``memory`` and ``budget`` (spec/carriers.md §4, §5).
"""

from collections.abc import Callable
from time import time

from linnet.carriers.budget import Budget
from linnet.carriers.egress import Egress
from linnet.carriers.memory import NOWHERE, Memory
from linnet.carriers.ways import Way


class Surroundings:
    """The network around a client.

    Args:
        memory: what earlier runs found out.
        keep: told a memory that is worth keeping.
        unix_time: the time that memories tell, in seconds since 1970.
        egress: how connections leave this machine; straight unless said.

    Attributes:
        budget: shared by all links.
        memory: what worked and what failed.
        network: the id of the network this machine is on, 16 bytes.
        egress: how connections leave this machine, with the plug-ins that run.
    """

    def __init__(
        self,
        memory: Memory = Memory(),  # noqa: B008 - frozen
        *,
        keep: Callable[[Memory], None] = lambda _: None,
        unix_time: Callable[[], float] = time,
        egress: Egress | None = None,
    ) -> None:
        self.budget = Budget()
        self.memory = memory
        self.network = NOWHERE
        self.egress = egress or Egress()
        self._keep = keep
        self._unix_time = unix_time

    def order(self, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        """Ways, best first as this network is remembered."""
        return self.memory.order(self.network, ways, self._now())

    def note(self, way: Way, *, worked: bool) -> None:
        """Remember what a way did here."""
        before = self.memory
        self.memory = before.noted(self.network, way, worked=worked, now=self._now())
        if self.memory is not before:
            self._keep(self.memory)

    async def close(self) -> None:
        """End what runs for the links; none may be in use any more."""
        await self.egress.close()

    def _now(self) -> int:
        return max(0, int(self._unix_time()))
