"""A token bucket: what polices a rate by dropping, and delays nothing."""


class Bucket:
    """Room for so many octets, filled again at a rate."""

    def __init__(self, bits: float, burst: int, now: float) -> None:
        """Begin full; `bits` is a second's, `burst` the octets that it holds."""
        self._octets, self._burst = bits / 8, burst
        self._left, self._at = float(burst), now

    def takes(self, octets: int, now: float) -> bool:
        """Whether so many octets still fit; if they do, they are taken."""
        fresh = (now - self._at) * self._octets
        self._left, self._at = min(self._left + fresh, self._burst), now
        if octets > self._left:
            return False
        self._left -= octets
        return True
