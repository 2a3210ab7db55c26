"""Parcels as bytes, and their names (spec/parcels.md §1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.parcels import LARGEST_PARCEL, Parcel, Side, name, side_of, tag
from linnet.errors import RemoteError

CARRIER = bytes(range(16))
numbers = st.integers(0, 2**32 - 1)
parcels = st.builds(
    Parcel,
    carrier=st.binary(min_size=16, max_size=16),
    side=st.sampled_from(Side),
    number=numbers,
    received=numbers,
    messages=st.lists(st.binary(max_size=60), max_size=5).map(tuple),
    is_last=st.booleans(),
)


@pytest.mark.fuzz
@given(parcels)
def test_what_is_packed_is_read(parcel: Parcel) -> None:
    assert Parcel.read(parcel.pack()) == parcel


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_any_bytes_are_a_parcel_or_malformed(data: bytes) -> None:
    try:
        parcel = Parcel.read(data)
    except RemoteError:
        return
    assert parcel.pack() == data


def test_what_is_longer_than_any_parcel_is_refused() -> None:
    head = Parcel(CARRIER, Side.CLIENT, 0, 0).pack()
    with pytest.raises(RemoteError):
        Parcel.read(head + bytes(LARGEST_PARCEL))


def test_who_does_not_know_the_carrier_says_so_with_nothing_else() -> None:
    unknown = Parcel(CARRIER, Side.RELAY, 0, 0, is_unknown=True)

    assert Parcel.read(unknown.pack()) == unknown
    with pytest.raises(RemoteError):
        Parcel.read(unknown.pack() + b"\0\0")


@given(st.binary(min_size=16, max_size=16), st.sampled_from(Side), numbers)
def test_a_name_tells_whose_parcel_it_is(carrier: bytes, side: Side, n: int) -> None:
    assert side_of(name(tag(carrier, side), n)) is side


@pytest.mark.parametrize("other", ["", "x" * 32, "A" * 32, "0" * 31, "0" * 33])
def test_other_names_are_no_parcels(other: str) -> None:
    assert side_of(other) is None


def test_names_are_those_of_the_specification() -> None:
    # printf '%s\1' 'linnet parcels v1' | openssl mac -digest sha256
    #   -macopt hexkey:000102030405060708090a0b0c0d0e0f HMAC | cut -c1-24
    assert tag(CARRIER, Side.CLIENT) == "465395e953fd2ffd2901d572"
    assert tag(CARRIER, Side.RELAY) == "b3b59a8397f34c70c135be98"
