"""Following a manifest, whoever brings what in which order (spec/manifest.md §4)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Forged, Malformed, RemoteError, Replayed
from linnet.wire.following import (
    MAX_SERIES,
    MOST_ROTATIONS,
    Following,
    Series,
    parse_series,
    read_series,
    series_text,
    write_series,
)
from linnet.wire.manifests import Edition
from vectors.manifests import AFTER, CHANGE, FIRST, ONE, TWO, signed, signers

LATER = signed(replace(AFTER.edition, number=9, relays=()), "c", "d")
UNSIGNED = signed(replace(AFTER.edition, number=12), "c")
SERIES: list[Series] = [
    (ONE,),
    (TWO,),
    (CHANGE, AFTER),
    (AFTER,),
    (CHANGE, LATER),
    (LATER,),
    (UNSIGNED,),
    (CHANGE, UNSIGNED),
]


@given(st.lists(st.sampled_from(SERIES), max_size=10))
def test_whoever_brings_what_the_number_never_falls_and_all_of_it_is_signed(
    brought: list[Series],
) -> None:
    known = Following.begin((ONE,))
    for series in brought:
        before = known
        try:
            known = known.take(series)
        except RemoteError:
            assert known is before
        assert known.number >= before.number
        assert Following.begin(parse_series(series_text(known.series))) == known

    assert known.number != 12


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_any_bytes_are_a_series_or_malformed(data: bytes) -> None:
    for whole in (data, write_series((ONE,)) + data):
        try:
            series = read_series(whole)
        except Malformed:
            continue
        assert write_series(series) == whole


@pytest.mark.fuzz
@given(st.text(max_size=200) | st.text('AZaz09-_"= \n', max_size=200))
def test_any_text_is_a_manifest_or_malformed(text: str) -> None:
    for whole in (text, "linnet-manifest:" + text):
        with pytest.raises(Malformed):
            parse_series(whole)


def test_what_is_refused_says_why_and_keeps_what_was() -> None:
    known = Following.begin((CHANGE, AFTER))

    with pytest.raises(Replayed, match="edition 2 of the manifest, older than 6"):
        known.take((TWO,))
    fork = signed(replace(AFTER.edition, relays=()), "c", "d")
    with pytest.raises(Forged, match="misused"):
        known.take((fork,))
    assert known.take((CHANGE, AFTER)) is known
    assert known.number == 6


def test_keys_change_seven_times_and_the_series_still_fits() -> None:
    keys = [signers(16, *(f"{n}-{at}" for n in range(16))) for at in range(9)]
    labels = [[f"{n}-{at}" for n in range(16)] for at in range(9)]

    def changes(count: int) -> Series:
        made = [
            signed(
                Edition(keys[0].id, at + 1, keys[at], keys[at + 1]),
                *labels[at],
                *labels[at + 1],
            )
            for at in range(count)
        ]
        last = Edition(keys[0].id, count + 1, keys[count], None, FIRST.relays)
        return (*made, signed(last, *labels[count]))

    most = changes(MOST_ROTATIONS)
    assert len(write_series(most)) <= MAX_SERIES
    known = Following.begin(parse_series(series_text(most)))
    assert known.number == MOST_ROTATIONS + 1
    with pytest.raises(Malformed):
        parse_series(series_text(changes(MOST_ROTATIONS + 1)))
    eighth, last = changes(MOST_ROTATIONS + 1)[MOST_ROTATIONS:]
    later = signed(replace(eighth.edition, number=20), *labels[7], *labels[8])
    end = signed(replace(last.edition, number=21), *labels[8])
    with pytest.raises(Forged, match="more often"):
        known.take((later, end))
