"""What worked and what failed, network by network (spec/carriers.md §4).

A value: the client keeps it in its sealed store. It names neither networks nor
addresses, and holds a bounded number of each.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from linnet.carriers.ways import WAY_BYTES, Way
from linnet.errors import Malformed
from linnet.wire.fields import Fields, u8, u64

NETWORK_BYTES: Final = 16
MOST_NETWORKS: Final = 16
MOST_WAYS: Final = 32
BELIEVED_SECONDS: Final = 1_800
"""How long a way that failed comes after those that were not tried."""

COARSE_SECONDS: Final = 60
"""The same again within so long is not worth a write."""

NOWHERE: Final = bytes(NETWORK_BYTES)
"""The network of whoever cannot see which one it is."""

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """What one way did on one network; seconds since 1970, 0 for never.

    Attributes:
        worked_at: when it last won.
        failed_at: when it last failed, if that was later.
    """

    worked_at: int = 0
    failed_at: int = 0


Network = tuple[tuple[bytes, Trace], ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Networks and their ways, what was noted last first.

    Attributes:
        networks: by id, each with the ways by theirs.
    """

    networks: tuple[tuple[bytes, Network], ...] = ()

    def order(self, network: bytes, ways: Iterable[Way], now: int) -> tuple[Way, ...]:
        """Ways, best first: what worked last, what is untried, what failed of late."""
        traces = dict(self._ways(network))
        places = {way: place for place, way in enumerate(traces)}

        def rank(way: Way) -> tuple[bool, int, int]:
            trace = traces.get(way.id, Trace())
            failed = trace.failed_at and 0 <= now - trace.failed_at < BELIEVED_SECONDS
            # Of two that worked in one second the later was noted later.
            place = places[way.id] if trace.worked_at else MOST_WAYS
            return bool(failed), -trace.worked_at, place

        return tuple(sorted(ways, key=rank))

    def noted(self, network: bytes, way: Way, *, worked: bool, now: int) -> "Memory":
        """The memory with one thing more; the oldest goes when there is no room."""
        ways = dict(self._ways(network))
        trace = ways.pop(way.id, Trace())
        is_first = self._ways(network)[:1] == ((way.id, trace),)
        same = not trace.failed_at and is_first if worked else bool(trace.failed_at)
        told_at = trace.worked_at if worked else trace.failed_at
        if same and 0 <= now - told_at < COARSE_SECONDS:
            return self
        fresh = Trace(now) if worked else replace(trace, failed_at=now)
        kept = ((way.id, fresh), *ways.items())[:MOST_WAYS]
        others = tuple(one for one in self.networks if one[0] != network)
        return Memory(((network, kept), *others)[:MOST_NETWORKS])

    def worked_at(self, way: Way) -> int:
        """When a way last worked on any network; 0: never, as far as is known."""
        traces = [dict(ways).get(way.id, Trace()) for _, ways in self.networks]
        return max((one.worked_at for one in traces), default=0)

    def _ways(self, network: bytes) -> Network:
        return dict(self.networks).get(network, ())

    def pack(self) -> bytes:
        """Write the memory."""
        packed = [u8(_VERSION), u8(len(self.networks))]
        for network, ways in self.networks:
            packed += [network, u8(len(ways))]
            for way, trace in ways:
                packed += [way, u64(trace.worked_at), u64(trace.failed_at)]
        return b"".join(packed)

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read a memory.

        Raises:
            Malformed: it is none, or larger than one can be.
        """
        fields = Fields(data)
        if fields.number(1) != _VERSION:
            raise Malformed("The memory of roads is of another version.")
        networks = tuple(
            (fields.take(NETWORK_BYTES), _read_ways(fields))
            for _ in range(_count(fields, MOST_NETWORKS))
        )
        fields.finish()
        if len(dict(networks)) != len(networks):
            raise Malformed("The memory of roads names a network twice.")
        return cls(networks)


def _read_ways(fields: Fields) -> Network:
    ways = tuple(
        (fields.take(WAY_BYTES), Trace(fields.number(8), fields.number(8)))
        for _ in range(_count(fields, MOST_WAYS))
    )
    if len(dict(ways)) != len(ways):
        raise Malformed("The memory of roads names a road twice.")
    return ways


def _count(fields: Fields, most: int) -> int:
    count = fields.number(1)
    if count > most:
        raise Malformed("The memory of roads is larger than it can be.")
    return count
