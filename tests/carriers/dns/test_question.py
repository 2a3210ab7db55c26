"""What stands in names and TXT records: written, read back, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns.message import split, write_name
from linnet.carriers.dns.question import (
    NAME_BYTES,
    NONCE_BYTES,
    Answer,
    Ask,
    Greeting,
    answer_room,
    data_room,
    read_question,
    read_text,
    write_text,
)
from linnet.errors import Malformed

pytestmark = pytest.mark.fuzz

ZONE = split("t.example.org")
shorts, longs = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
asks = st.builds(
    Ask,
    st.binary(min_size=NAME_BYTES, max_size=NAME_BYTES),
    shorts,
    longs,
    st.binary(max_size=data_room(ZONE)),
    longs,
    shorts,
    shorts,
)
greetings = st.builds(Greeting, st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES))
answers = st.builds(Answer, longs, longs, st.binary(max_size=1_000), st.booleans())


@given(asks | greetings, st.booleans())
def test_a_question_is_read_from_its_name_in_any_case(
    question: Ask | Greeting, shouts: bool
) -> None:
    labels = question.labels(ZONE)
    if shouts:
        labels = tuple(label.upper() for label in labels)

    assert read_question(labels, ZONE) == question


@given(asks)
def test_every_question_is_a_name(ask: Ask) -> None:
    labels = ask.labels(ZONE)

    assert len(write_name(labels)) <= 255
    assert all(1 <= len(label) <= 63 for label in labels)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=63), min_size=1, max_size=4))
def test_a_question_that_is_full_fills_the_name_whatever_the_zone(
    parts: list[str],
) -> None:
    zone = tuple(part.encode() for part in parts)
    room = data_room(zone) if len(write_name(zone)) < 200 else 0
    if room:
        full = Ask(bytes(8), 1, data=bytes(room)).labels(zone)
        more = Ask(bytes(8), 1, data=bytes(room + 1)).labels(zone)
        assert len(write_name(full)) <= 255 < len(write_name(more))


@given(answers)
def test_an_answer_is_read_from_its_strings(answer: Answer) -> None:
    assert Answer.read(read_text(write_text(answer.pack()))) == answer


@given(st.lists(st.binary(min_size=1, max_size=63), max_size=5).map(tuple))
def test_any_name_is_a_question_or_malformed(labels: tuple[bytes, ...]) -> None:
    for name in (labels, (*labels, *ZONE)):
        try:
            read_question(name, ZONE)
        except Malformed:
            continue


@given(st.binary(max_size=300))
def test_any_text_is_an_answer_or_malformed(record: bytes) -> None:
    try:
        Answer.read(read_text(record))
    except Malformed:
        return


def test_as_much_fits_as_the_page_says() -> None:
    assert data_room(ZONE) == 125
    assert (answer_room(1_232, 255), answer_room(512, 255)) == (925, 208)
