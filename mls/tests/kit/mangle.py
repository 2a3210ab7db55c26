"""Real bytes made wrong: flipped, cut, doubled, spliced, and with lengths that lie."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

HUGE = (b"\x7f\xff", b"\xbf\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\x00\x40\x00")


@dataclass(frozen=True)
class Mangle:
    """One change of some bytes, at a place that is a fraction of their length."""

    kind: str
    at: float
    size: int
    value: bytes

    def __call__(self, data: bytes, others: Sequence[bytes]) -> bytes:
        start = int(self.at * len(data))
        end = min(len(data), start + self.size)
        before, chosen, after = data[:start], data[start:end], data[end:]
        if self.kind == "flip" and chosen:
            flipped = bytes((chosen[0] ^ (1 << self.size % 8),))
            return before + flipped + data[start + 1 :]
        if self.kind == "huge":
            prefix = HUGE[self.size % len(HUGE)]
            return before + prefix + data[start + len(prefix) :]
        if self.kind == "splice":
            other = others[self.size % len(others)]
            return before + other[int(self.at * len(other)) :]
        return {
            "cut": before + after,
            "truncate": before,
            "double": before + chosen + chosen + after,
            "overwrite": before + self.value + data[start + len(self.value) :],
            "insert": before + self.value + data[start:],
        }.get(self.kind, data)


KINDS = (
    "flip", "overwrite", "huge", "cut", "truncate", "double", "splice", "insert",
)  # fmt: skip
mangles = st.lists(
    st.builds(
        Mangle,
        kind=st.sampled_from(KINDS),
        at=st.floats(0, 1, exclude_max=True),
        size=st.integers(1, 64),
        value=st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


def mangled(
    data: bytes, changes: Sequence[Mangle], others: Sequence[bytes] = ()
) -> bytes:
    """Apply some changes, one after the other."""
    for change in changes:
        data = change(data, others or (data,))
    return data
