"""Messages about names, as RFC 1035 writes them."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linnet.carriers.dns.message import (
    MOST_RECORDS,
    Code,
    Kind,
    Message,
    Question,
    Record,
    address_record,
)
from linnet.errors import LocalError, Malformed

HEAD = bytes.fromhex("1234 8180 0001 0001 0000 0000")
QUESTION = b"\3www\7example\3org\0" + bytes.fromhex("0001 0001")
ANSWER = bytes.fromhex("c00c 0001 0001 0000003c 0004 c0000201")
"""What a resolver answers: its name points at the question's."""

labels = st.lists(st.binary(min_size=1, max_size=63), max_size=3).map(tuple)
words = st.integers(0, 0xFFFF)
questions = st.builds(Question, labels, words, words)
records = st.builds(
    Record, labels, words, st.integers(0, 2**32 - 1), st.binary(max_size=40), words
)
sections = st.lists(records, max_size=3).map(tuple)


def test_an_answer_whose_name_points_back_is_read() -> None:
    message = Message.read(HEAD + QUESTION + ANSWER)

    (question,), (answer,) = message.questions, message.answers
    assert message.is_answer
    assert message.code == Code.FINE
    assert (question.name, question.kind) == ("www.example.org", Kind.A)
    assert answer.labels == question.labels
    assert (answer.seconds, answer.address) == (60, IPv4Address("192.0.2.1"))


def test_a_question_is_written_as_resolvers_read_it() -> None:
    query = Message.asking("www.example.org", Kind.A, 0x1234)

    head = bytes.fromhex("1234 0100 0001 0000 0000 0000")
    assert query.pack() == head + QUESTION
    assert not query.is_answer


def test_an_answer_keeps_the_number_and_the_question() -> None:
    query = Message.asking("wWw.example.org", Kind.AAAA, 7)
    (question,) = query.questions
    record = address_record(question.labels, IPv6Address("2001:db8::1"), 60)

    answer = Message.read(query.answered(Code.FINE, (record,)).pack())

    assert answer.is_answer
    assert (answer.number, answer.questions) == (7, query.questions)
    assert answer.answers[0].address == IPv6Address("2001:db8::1")
    assert query.answered(Code.NO_SUCH_NAME).code == 3


@given(st.builds(Message, words, words, st.tuples(questions), *[sections] * 3))
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    assert Message.read(message.pack()) == message


@given(st.binary(max_size=200))
@example(HEAD + b"\xc0\x0c")
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    for message in (data, HEAD + data, HEAD + QUESTION + data):
        try:
            Message.read(message).pack()
        except Malformed:
            continue


@pytest.mark.parametrize(
    "name",
    [
        b"\xc0\x0c",  # at itself
        b"\1a\xc0\x0c",  # at the label before it, for ever
        b"\xc0\x0e\1a\xc0\x0c",  # forward, and back
        b"\xc0\x20",  # forward
        b"\x40\0",  # a form of label that is none
        b"\x3f" + b"a" * 63 + b"\xc0\x0c",
    ],
)
def test_a_name_that_does_not_point_back_is_malformed(name: bytes) -> None:
    with pytest.raises(Malformed):
        Message.read(HEAD + name + bytes(64))


def test_names_and_messages_are_bounded() -> None:
    long = b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + b"\0"
    with pytest.raises(Malformed):
        Message.read(HEAD + long + bytes(64))
    many = bytes.fromhex("1234 8180") + (MOST_RECORDS + 1).to_bytes(2) + bytes(6)
    with pytest.raises(Malformed):
        Message.read(many + bytes(5) * (MOST_RECORDS + 1))


@pytest.mark.parametrize(("steps", "is_read"), [(126, True), (127, False)])
def test_a_name_has_no_more_parts_than_labels(steps: int, is_read: bool) -> None:
    begins = len(HEAD) + 5 + 11  # behind a question and a record's head
    places = [begins, *range(begins + 1, begins + 2 * steps, 2)]
    chain = b"\0" + b"".join((0xC000 | at).to_bytes(2) for at in places[:-1])
    record = b"\0" + bytes(8) + len(chain).to_bytes(2) + chain
    last = (0xC000 | places[-1]).to_bytes(2) + bytes(10)
    counts = bytes.fromhex("1234 8180 0001 0002 0000 0000")

    try:
        Message.read(counts + bytes(5) + record + last)
    except Malformed:
        assert not is_read
    else:
        assert is_read


@pytest.mark.parametrize("name", ["a..b", "a" * 64, "ä.example", ".", "a." * 127 + "b"])
def test_what_is_no_name_is_not_asked_for(name: str) -> None:
    with pytest.raises(LocalError):
        Message.asking(name, Kind.A, 1)
