"""How suspicious a first packet is to who looks for Shadowsocks (IMC 2020)."""

from collections import Counter
from dataclasses import dataclass
from math import log2

_CLASSES = 16


@dataclass(frozen=True, slots=True)
class Favoured:
    """Lengths of which one remainder by 16 is probed most.

    Attributes:
        first: the shortest of them.
        last: the longest.
        remainder: the one that is favoured.
        share: the part of all probes in these lengths that went to it.
    """

    first: int
    last: int
    remainder: int
    share: float

    def weigh(self, length: int) -> float:
        """How much more often than on average such a length is probed."""
        if length % _CLASSES == self.remainder:
            return _CLASSES * self.share
        return _CLASSES * (1 - self.share) / (_CLASSES - 1)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What makes a first packet suspicious.

    Attributes:
        shortest: the shortest length that is probed.
        longest: the longest.
        favoured: lengths in which the remainder matters.
        low: an entropy in bits an octet.
        high: another, with which a packet is probed `ratio` times as often.
        ratio: see there; between the two the chance grows evenly.
        share: the part of all packets of those lengths and of high entropy that is
            probed. About 13 connections were enough to be probed; that this makes it
            one of 13 is assumed.
    """

    shortest: int = 160
    longest: int = 700
    favoured: tuple[Favoured, ...] = (
        Favoured(168, 263, 9, 0.72),
        Favoured(384, 687, 2, 0.96),
    )
    low: float = 3.0
    high: float = 7.2
    ratio: float = 4.0
    share: float = 1 / 13

    def weigh(self, payload: bytes) -> float:
        """Return the chance, from 0 to 1, that a packet is followed by probes."""
        length = len(payload)
        if not self.shortest <= length <= self.longest:
            return 0.0
        by_length = next(
            (
                one.weigh(length)
                for one in self.favoured
                if one.first <= length <= one.last
            ),
            1.0,
        )
        slope = (1 - 1 / self.ratio) / (self.high - self.low)
        by_entropy = 1 - slope * (self.high - entropy(payload))
        chance = self.share * by_length * min(max(by_entropy, 0.0), 1.0)
        return min(chance, 1.0)


def entropy(data: bytes) -> float:
    """Return the entropy of some octets in bits an octet, from 0 to 8."""
    parts = [count / len(data) for count in Counter(data).values()]
    return -sum(part * log2(part) for part in parts)
