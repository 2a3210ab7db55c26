"""Which questions are asked, and when: the machine alone, over any course of events."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns.exchange import (
    AT_ONCE,
    LARGE,
    LAST_POLL,
    PAUSE,
    SMALL,
    WINDOW,
    Exchange,
)
from linnet.carriers.dns.question import Answer, Ask
from linnet.carriers.dns.streams import Pieces
from linnet.errors import Malformed

ROOM = 100


class Far:
    """The relay's side, as small as can be."""

    def __init__(self, says: bytes) -> None:
        self.says, self.pieces, self.heard = says, Pieces(2 * WINDOW), bytearray()

    def answer(self, ask: Ask) -> Answer:
        """Take a question."""
        self.heard += self.pieces.put(ask.place, ask.data) or b""
        begins = ask.received + ask.beyond
        data = self.says[begins : begins + ask.most]
        return Answer(self.pieces.place, len(self.says), data)


def exchange(now: float = 0.0) -> Exchange:
    return Exchange(b"c" * 8, ROOM, 7, chance=lambda: 0.5, now=now)


def ask_all(one: Exchange, now: float, seconds: float) -> list[tuple[float, Ask]]:
    """What it asks in a time in which nothing is answered."""
    asked, until = [], now + seconds
    while now < until:
        while ask := one.next(now):
            asked.append((now, ask))
        now = max(one.due(now), now + 0.001)
    return asked


@pytest.mark.fuzz
@given(
    st.binary(max_size=3_000),
    st.binary(max_size=6_000),
    st.integers(0, 2**32),
    st.floats(0, 0.7),
)
def test_both_streams_arrive_whole_whatever_is_lost_doubled_or_late(
    up: bytes, down: bytes, seed: int, loss: float
) -> None:
    dice, near, far = Random(seed), exchange(), Far(down)
    near.write(up, 0.0)
    found, now = bytearray(), 0.0
    answers: list[tuple[float, Ask, Answer]] = []
    while (near.unsent or len(found) < len(down)) and now < 10_000:
        while ask := near.next(now):
            for _ in range(dice.randint(1, 2)):
                if dice.random() >= loss:
                    answer = far.answer(ask)
                    answers.append((now + dice.uniform(0.05, 3), ask, answer))
        answers.sort(key=lambda one: one[0])
        now = max(now + 0.001, min([near.due(now), *[one[0] for one in answers[:1]]]))
        while answers and answers[0][0] <= now:
            _, ask, answer = answers.pop(0)
            found += near.answered(ask, answer, now)

    assert bytes(far.heard) == up
    assert bytes(found) == down


@given(st.integers(0, 30_000), st.integers(1, 60))
def test_never_more_than_eight_are_under_way_nor_ten_in_a_second(
    size: int, seconds: int
) -> None:
    near = exchange()
    near.write(bytes(size), 0.0)

    asked = ask_all(near, 0.0, seconds)

    times = [at for at, _ in asked]
    # Until the first counts as lost.
    assert len([at for at in times if at < 1.5]) <= AT_ONCE
    assert all(later - at > PAUSE - 1e-6 for at, later in pairwise(times))
    assert max(Counter(int(at + 1e-6) for at in times).values()) <= 10


def test_who_hears_nothing_asks_once_a_second() -> None:
    near = exchange()
    near.write(bytes(5_000), 0.0)

    asked = ask_all(near, 0.0, 60.0)

    assert 45 < len([at for at, _ in asked if at > 10]) <= 50


def test_with_nothing_to_say_it_asks_more_and_more_seldom() -> None:
    near, far, now = exchange(), Far(b""), 0.0
    times = []
    while now < 60:
        if ask := near.next(now):
            times.append(now)
            near.answered(ask, far.answer(ask), now)
        now = max(near.due(now), now + 0.001)

    pauses = [later - at for at, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 1
    assert pauses[-1] == pytest.approx(LAST_POLL, abs=0.01)


def test_what_is_said_after_a_silence_goes_at_once() -> None:
    near, far, now = exchange(), Far(b""), 0.0
    while now < 60:
        if ask := near.next(now):
            near.answered(ask, far.answer(ask), now)
        now = max(near.due(now), now + 0.001)
    now += 0.5

    near.write(b"hello", now)

    assert near.due(now) <= now + PAUSE
    ask = near.next(max(now, near.due(now)))
    assert ask is not None
    assert ask.data == b"hello"


def test_large_answers_that_never_come_are_asked_for_in_small_ones() -> None:
    near, far, now = exchange(), Far(bytes(4_000)), 0.0
    got = b""
    while len(got) < 4_000 and now < 200:
        if ask := near.next(now):
            answer = far.answer(ask)
            if len(answer.data) <= SMALL:
                got += near.answered(ask, answer, now)
        now = max(near.due(now), now + 0.001)

    assert len(got) == 4_000
    assert now < 60


def test_an_answer_that_breaks_the_rules_is_not_taken_and_the_true_one_is() -> None:
    near, far = exchange(), Far(b"true")
    near.write(b"abc", 0.0)
    ask = near.next(0.0)
    assert ask is not None
    assert ask.most == LARGE
    for lie in (
        Answer(4, 0),  # more than was sent
        Answer(0, LARGE + 1, bytes(LARGE + 1)),  # more than was asked for
        Answer(0, 3, b"four"),  # more than there is
    ):
        with pytest.raises(Malformed):
            near.answered(ask, lie, 0.1)

    assert near.answered(ask, far.answer(ask), 0.2) == b"true"
    assert near.unsent == 0


def test_an_answer_to_what_was_not_asked_is_passed_over() -> None:
    near = exchange()
    ask = near.next(0.0)
    assert ask is not None
    other = Ask(ask.carrier, ask.number, 0, b"x", most=ask.most)

    assert near.answered(other, Answer(0, 4, b"data"), 0.1) == b""
    assert near.answered(ask, Answer(0, 4, b"data"), 0.1) == b"data"
    assert near.answered(ask, Answer(0, 4, b"data"), 0.1) == b""


def test_the_end_is_known_once_all_has_come() -> None:
    near = exchange()
    ask = near.next(0.0)
    assert ask is not None

    near.answered(ask, Answer(0, 8, b"half", is_last=True), 0.1)
    assert not near.is_last
    rest = near.next(0.2)
    assert rest is not None
    near.answered(rest, Answer(0, 8, b"rest", is_last=True), 0.3)

    assert near.is_last
