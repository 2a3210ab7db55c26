"""What the TXT records of a name say, and who may say it (spec/manifest.md §7)."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns import texts
from linnet.carriers.dns.lines import LARGEST_ANSWER, Heard, Line, TcpLine, UdpLine
from linnet.carriers.dns.message import Code, Kind, Message, Record
from linnet.carriers.dns.question import write_text
from linnet.carriers.dns.texts import texts_in, texts_of
from tests.carriers import virtual
from tests.carriers.dns.resolvers import server_of_text

NAME, HERE = "roads.example", "127.0.0.1"
LONG = ["linnet-manifest:" + "a" * 239, *(letter * 255 for letter in "bcdefgh")]
QUERY = Message.asking(NAME, Kind.TXT, 7)


def record(text: bytes) -> Record:
    return Record(QUERY.questions[0].labels, Kind.TXT, 60, write_text(text))


def said(what: bytes) -> bytes:
    return b"linnet-manifest:" + what


class Spoken(Line):
    """A line on which answers come that a test has thought of, each number right."""

    def __init__(self, *said: Message) -> None:
        self.said, self.asked, self.is_closed = said, 0, False
        self._heard: Heard | None = None

    async def open(self, heard: Heard) -> None:
        self._heard = heard

    def send(self, message: bytes) -> None:
        self.asked += 1
        number = message[:2]
        for one in self.said:
            assert self._heard is not None
            self._heard(number + one.pack()[2:])

    def close(self) -> None:
        self.is_closed = True


async def heard_of(lines: Sequence[Line]) -> list[bytes]:
    found: list[bytes] = []
    async with aclosing(texts_of(NAME, lines)) as every:
        async for one in every:
            found += one
    return found


def test_a_forgery_that_comes_first_does_not_hide_what_comes_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "TEXT_SECONDS", 0.2)
    forged = QUERY.answered(Code.NO_SUCH_NAME)
    false = QUERY.answered(answers=(record(said(b"false")),))
    true = QUERY.answered(answers=(record(b"v=spf1"), record(b'"' + said(b"true"))))
    line = Spoken(forged, false, true, true)

    assert asyncio.run(heard_of([line])) == [said(b"false"), b'"' + said(b"true")]
    assert line.is_closed


def test_one_message_of_many_texts_silences_no_other_answer() -> None:
    many = QUERY.answered(answers=tuple(record(said(b"%d" % n)) for n in range(40)))
    true = QUERY.answered(answers=(record(said(b"true")),))
    found = virtual.run(heard_of([Spoken(many, true)]))

    assert found == [said(b"0"), said(b"1"), said(b"2"), said(b"3"), said(b"true")]


def test_whoever_speaks_for_one_resolver_silences_no_other() -> None:
    false = [QUERY.answered(answers=(record(said(b"%d" % n)),)) for n in range(500)]
    true = QUERY.answered(answers=(record(said(b"true")),))
    found = virtual.run(heard_of([Spoken(*false), Spoken(true)]))

    assert found[texts.MOST_TEXTS :] == [said(b"true")]


def test_an_answer_that_is_larger_than_any_that_is_read_says_nothing() -> None:
    small, large = (
        QUERY.answered(answers=(record(said(b"x" * size)),)).pack()
        for size in (7_900, LARGEST_ANSWER)
    )

    assert len(texts_in(small, QUERY)) == 1
    assert texts_in(large, QUERY) == []


def test_whoever_answers_with_ever_more_texts_is_heard_out_only_so_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "TEXT_SECONDS", 0.2)
    every = [QUERY.answered(answers=(record(said(b"%d" % n)),)) for n in range(500)]

    assert len(asyncio.run(heard_of([Spoken(*every)]))) == texts.MOST_TEXTS


@pytest.mark.parametrize(
    "answer",
    [
        QUERY,
        QUERY.answered(answers=(record(said(b"x")),)).cut(),
        Message.asking("other.example", Kind.TXT, 7).answered(
            answers=(record(said(b"x")),)
        ),
        Message.asking(NAME, Kind.A, 7).answered(answers=(record(said(b"x")),)),
        Message.asking(NAME, Kind.TXT, 8).answered(answers=(record(said(b"x")),)),
        QUERY.answered(answers=(Record((), Kind.TXT, 1, b"\xffshort"),)),
        QUERY.answered(answers=(Record((), Kind.A, 1, write_text(said(b"x"))),)),
    ],
)
def test_what_answers_another_question_says_nothing(answer: Message) -> None:
    assert texts_in(answer.pack(), QUERY) == []


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_any_bytes_from_a_resolver_are_texts_or_nothing(data: bytes) -> None:
    answer = QUERY.answered(answers=(record(said(b"x")),)).pack()
    for message in (data, answer[:2] + data, answer + data, answer[:40] + data):
        texts_in(message, QUERY)


@pytest.mark.slow
@pytest.mark.interop
def test_a_real_server_s_record_of_many_strings_comes_by_tcp_where_it_is_cut() -> None:
    async def story() -> bytes:
        async with server_of_text(NAME, "".join(LONG)) as port:
            lines: list[Line] = [UdpLine(HERE, port), TcpLine(HERE, port)]
            async with aclosing(texts_of(NAME, lines)) as every:
                (text,) = await anext(every)
                return text

    assert asyncio.run(story()) == "".join(LONG).encode()
