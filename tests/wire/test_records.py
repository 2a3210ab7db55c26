"""Records: numbers and messages, padded, there and back (spec/session.md §5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Malformed
from linnet.wire.records import (
    LARGEST_MESSAGE,
    LARGEST_RECORD,
    MOST_MESSAGES,
    SMALLEST_RECORD,
    build,
    padded_length,
    parse,
)

numbers = st.integers(0, 2**64 - 1)


@pytest.mark.fuzz
@given(numbers, numbers, st.integers(0, 3), st.lists(st.binary(max_size=300)))
def test_a_record_is_read_as_it_was_written(
    first: int, received: int, flags: int, messages: list[bytes]
) -> None:
    plain = build(first, received, flags, messages)

    assert parse(plain) == (first, received, flags, messages)


@pytest.mark.fuzz
@given(st.binary(max_size=600))
def test_any_plaintext_is_a_record_or_malformed(plain: bytes) -> None:
    try:
        first, received, flags, messages = parse(plain)
    except Malformed:
        return

    assert build(first, received, flags, messages).startswith(plain.rstrip(b"\0"))


@pytest.mark.parametrize("size", [0, 90, 91, 2_025, 2_026, 2_027, LARGEST_MESSAGE])
def test_every_length_of_message_fits_and_is_padded(size: int) -> None:
    plain = build(0, 0, 0, [bytes(size)])

    assert len(plain) + 16 == padded_length(20 + 2 + size + 16)
    assert parse(plain)[3] == [bytes(size)]


def test_the_largest_message_fits_the_largest_record() -> None:
    assert len(build(0, 0, 0, [bytes(LARGEST_MESSAGE)])) + 16 <= LARGEST_RECORD


def test_a_record_holds_as_many_messages_as_it_may() -> None:
    messages = [b"x"] * MOST_MESSAGES

    assert parse(build(0, 0, 0, messages))[3] == messages


@given(st.integers(0, LARGEST_RECORD))
def test_size_classes_are_few_and_cost_little(length: int) -> None:
    padded = padded_length(length)

    assert max(length, SMALLEST_RECORD) <= padded <= LARGEST_RECORD
    assert padded <= max(SMALLEST_RECORD, length * 1.12)
    assert padded_length(padded) == padded


def test_there_are_few_size_classes() -> None:
    assert len({padded_length(length) for length in range(LARGEST_RECORD + 1)}) < 140
