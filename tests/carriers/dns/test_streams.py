"""Streams whose pieces come in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns.streams import Pieces, first_gap

spans = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda pair: (min(pair), max(pair))
)


@pytest.mark.fuzz
@given(st.binary(min_size=1, max_size=60), st.data())
def test_pieces_in_any_order_and_number_make_the_stream_once(
    stream: bytes, data: st.DataObject
) -> None:
    pieces, found = Pieces(64), bytearray()
    cuts = data.draw(st.lists(spans, max_size=20))
    whole = [(at, at + 7) for at in range(0, len(stream), 7)]
    for start, stop in [*cuts, *data.draw(st.permutations(whole))]:
        found += pieces.put(start, stream[start:stop]) or b""

    assert bytes(found) == stream
    assert pieces.place == len(stream)
    assert pieces.spans() == []


def test_what_lies_beyond_the_window_is_not_taken() -> None:
    pieces = Pieces(10)

    assert pieces.put(5, b"abcdef") is None
    assert pieces.put(5, b"abcde") == b""
    assert pieces.put(0, b"01234") == b"01234abcde"


def test_few_pieces_are_held_however_small_they_are() -> None:
    pieces = Pieces(1_000)

    held = [pieces.put(at, b"x") for at in range(2, 900, 2)]

    assert held.count(b"") == 128


@given(spans, st.lists(spans, max_size=6))
def test_the_first_gap_is_the_first_that_nothing_covers(
    span: tuple[int, int], covered: list[tuple[int, int]]
) -> None:
    free = [
        at
        for at in range(*span)
        if not any(start <= at < stop for start, stop in covered)
    ]

    gap = first_gap(*span, covered)

    assert (gap is not None) == bool(free)
    if gap is not None:
        assert gap[0] == free[0]
        assert set(range(*gap)) <= set(free)
