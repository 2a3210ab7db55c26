"""CBOR: what is written is read back, and nothing else is."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.client.core.cbor import Tag, Value, decode, encode
from linnet.errors import Malformed

scalars = (
    st.integers(-(1 << 63), (1 << 64) - 1)
    | st.binary(max_size=300)
    | st.text(max_size=100)
    | st.booleans()
    | st.none()
)
values: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.integers(-300, 300) | st.text(max_size=5), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(values)
def test_what_was_written_is_read_back(value: Value) -> None:
    assert decode(encode(value)) == value


@given(values)
def test_another_implementation_reads_the_same(value: Value) -> None:
    assert cbor2.loads(encode(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_are_malformed(data: bytes) -> None:
    try:
        value = decode(data)
    except Malformed:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    "hexed",
    [
        "",
        "1817",  # 23 in two bytes
        "190001",  # 1 in three bytes
        "5f4100ff",  # indefinite
        "9f01ff",
        "a201000100",  # one key twice
        "a202000100",  # keys out of order
        "a1f400",  # a boolean as key
        "61ff",  # not UTF-8
        "fb3ff0000000000000",  # a float
        "f7",  # undefined
        "0000",  # two values
        "9bffffffffffffffff",  # more items than bytes
        "5bffffffffffffffff",
        "81" * 17 + "00",  # too deep
        "1c",
    ],
)
def test_another_form_is_malformed(hexed: str) -> None:
    with pytest.raises(Malformed):
        decode(bytes.fromhex(hexed))


def test_a_tag_is_kept() -> None:
    assert decode(encode(Tag(62, 7))) == Tag(62, 7)
