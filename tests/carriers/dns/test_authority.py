"""A relay as name server: what it says to resolvers, to clients, and to strangers."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.dns.authority import MOST_STRANGERS, STRANGERS_BURST
from linnet.carriers.dns.message import Code, Kind, Message, Question, Record, split
from linnet.carriers.dns.question import Answer, Ask
from linnet.carriers.dns.served import BURST, IDLE_SECONDS, LINGER_SECONDS, WINDOW
from linnet.carriers.polls import pack_messages
from tests.carriers.dns.hall import EDNS, ZONE, Desk, Person

INNER = split(f"www.{ZONE}")


def within(story: Callable[[Desk], None]) -> None:
    """Run a story in a loop, as carriers need one."""

    async def run() -> None:
        story(Desk())
        await asyncio.sleep(0)

    asyncio.run(run())


def test_other_zones_are_refused() -> None:
    for name in ("example.org", "t.example.com", "xt.example.org", ""):
        answer = Desk().put(split(name))
        assert answer is not None
        assert answer.code == Code.REFUSED
        assert not answer.answers + answer.authorities


def test_another_class_and_what_is_no_plain_query_are_turned_down() -> None:
    desk = Desk()
    chaos = desk.put(INNER, family=3)
    assert chaos is not None
    assert chaos.code == Code.REFUSED
    for flags, questions, code in [
        (0x2800, (Question(INNER, Kind.TXT),), Code.NOT_DONE_HERE),
        (0, (), Code.UNREADABLE),
        (0, (Question(INNER, Kind.TXT),) * 2, Code.UNREADABLE),
    ]:
        found = desk.authority.answer(Message(1, flags, questions).pack(), 0)
        assert found is not None
        assert Message.read(found).code == code


def test_answers_and_what_is_no_message_are_met_with_silence() -> None:
    desk = Desk()
    answer = Message(1, 0x8000, (Question(INNER, Kind.TXT),)).pack()

    assert desk.authority.answer(answer, 0) is None
    assert desk.authority.answer(b"\x16\x03\x01", 0) is None


@pytest.mark.parametrize("kind", [Kind.A, Kind.NS, Kind.TXT, Kind.AAAA, Kind.HTTPS])
def test_a_name_beneath_the_zone_exists_and_has_nothing(kind: Kind) -> None:
    answer = Desk().put(INNER, kind)

    assert answer is not None
    assert (answer.code, answer.answers) == (Code.FINE, ())
    assert [one.kind for one in answer.authorities] == [Kind.SOA]
    assert answer.flags & 0x0400  # it is the zone's own


def test_the_zone_says_who_serves_it_in_any_case() -> None:
    desk = Desk("NS1.example.org")

    answer = desk.put((b"T", b"eXample", b"org"), Kind.NS)
    start = desk.put(split(ZONE), Kind.SOA)

    assert answer is not None
    assert answer.answers[0].data == b"\3ns1\7example\3org\0"
    assert start is not None
    assert start.answers[0].kind == Kind.SOA


def test_edns_is_answered_with_edns_and_a_newer_one_with_the_version() -> None:
    desk = Desk()
    plain, known = desk.put(INNER), desk.put(INNER, Kind.TXT, EDNS)
    newer = desk.put(INNER, Kind.TXT, Record((), Kind.OPT, 1 << 16, b"", 1_232))

    assert plain is not None
    assert plain.extras == ()
    assert known is not None
    assert [(one.kind, one.family) for one in known.extras] == [(Kind.OPT, 1_232)]
    assert newer is not None
    assert newer.extras[0].seconds >> 24 == 1


def test_messages_pass_both_ways_in_pieces_of_any_order() -> None:
    def story(desk: Desk) -> None:
        name, stream = desk.greet(), pack_messages([b"hello", b"world"])
        late = desk.ask(Ask(name, 1, place=6, data=stream[6:]))
        first = desk.ask(Ask(name, 2, data=stream[:6]))
        again = desk.ask(Ask(name, 1, place=6, data=stream[6:]))
        (carrier,) = desk.hall.carriers
        carrier.write([b"answer"])
        parts = [desk.ask(Ask(name, 3, 0, b"", 0, at, 5)) for at in (5, 0)]

        assert late == Answer(0, 0)
        assert first == again == Answer(14, 0)
        assert isinstance(carrier.user, Person)
        assert carrier.user.heard == [b"hello", b"world"]
        assert [part and part.data for part in parts] == [b"wer", b"\0\6ans"]
        assert desk.ask(Ask(name, 4, received=8, most=9)) == Answer(14, 8)

    within(story)


def test_only_a_name_that_the_relay_gave_begins_a_carrier_and_not_for_ever() -> None:
    def story(desk: Desk) -> None:
        good = desk.greet()
        forged = good[:7] + bytes([good[7] ^ 1])

        assert desk.ask(Ask(forged, 1)) is None
        assert desk.ask(Ask(desk.greet(), 1)) == Answer(0, 0)
        desk.now += 121
        assert desk.ask(Ask(good, 1)) is None
        assert len(desk.hall.carriers) == 1

    within(story)


def test_a_greeting_makes_nothing() -> None:
    desk = Desk()

    names = {desk.greet() for _ in range(50)}

    assert len(names) == 50
    assert len(desk.authority) == 0


def test_strangers_are_answered_with_little_more_than_they_sent() -> None:
    desk = Desk()
    for labels in (INNER, split(f"a.{ZONE}"), split(f"{'a' * 16}.{ZONE}"), split(ZONE)):
        for kind in (Kind.TXT, Kind.SOA, Kind.NS, 255):
            query = Message(1, 0, (Question(labels, kind),), extras=(EDNS,)).pack()
            answer = desk.authority.answer(query, 0)
            assert answer is not None
            assert len(answer) <= 4 * len(query)


def test_many_questions_that_point_at_one_long_name_are_not_repeated() -> None:
    long = b"".join(b"\x3d" + b"x" * 61 for _ in range(4)) + b"\0"
    asked = long + b"\0\1\0\1" + b"\xc0\x0c\0\1\0\1" * 7
    for flags in (0, 0x2800):
        head = Message(1, flags, ()).pack()[:4] + b"\0\x08" + bytes(6)
        answer = Desk().authority.answer(head + asked, 0)
        assert answer is not None
        assert Message.read(answer).code in {Code.UNREADABLE, Code.NOT_DONE_HERE}
        assert len(answer) < len(head + asked)


def test_a_long_name_of_the_server_makes_no_answer_of_four_times_the_question() -> None:
    desk = Desk(".".join(["x" * 61] * 4))
    for kind in (Kind.A, Kind.SOA, Kind.NS):
        query = Message(1, 0, (Question(split(ZONE), kind),)).pack()
        answer = desk.authority.answer(query, 0)
        whole = desk.authority.answer(query, 0, by_tcp=True)
        assert answer is not None
        assert whole is not None
        assert len(answer) <= 4 * len(query) < len(whole)
        assert Message.read(answer).is_cut


def test_a_query_of_many_records_is_not_read() -> None:
    more = (Record((), Kind.TXT, 0, b""),) * 8
    query = Message(1, 0, (Question(INNER, Kind.TXT),), extras=more)

    assert Desk().authority.answer(query.pack(), 0) is None


def test_strangers_share_a_rate_and_a_carrier_has_its_own() -> None:
    def story(desk: Desk) -> None:
        name = desk.greet()
        desk.ask(Ask(name, 0))
        answers = [desk.put(INNER) for _ in range(500)]
        assert len([one for one in answers if one]) == STRANGERS_BURST - 2

        own = [desk.ask(Ask(name, number)) for number in range(500)]
        assert len([one for one in own if one]) == BURST
        desk.now += 1
        assert desk.ask(Ask(name, 200)) == Answer(0, 0)

    within(story)


def test_who_says_what_cannot_be_ends_the_carrier() -> None:
    def story(desk: Desk) -> None:
        name = desk.greet()
        desk.ask(Ask(name, 1))

        assert desk.ask(Ask(name, 2, received=1)) is None
        assert not desk.hall.carriers[0].is_open
        assert desk.ask(Ask(name, 3)) is None

    within(story)


def test_what_is_far_ahead_is_not_held() -> None:
    def story(desk: Desk) -> None:
        name = desk.greet()

        assert desk.ask(Ask(name, 1, place=WINDOW, data=b"x")) is None
        assert desk.ask(Ask(name, 2, place=WINDOW - 1, data=b"x")) == Answer(0, 0)

    within(story)


def test_a_carrier_without_questions_ends() -> None:
    def story(desk: Desk) -> None:
        desk.ask(Ask(desk.greet(), 1))
        desk.now += IDLE_SECONDS - 1
        desk.authority.tend(desk.now)
        assert len(desk.authority) == 1

        desk.now += 1
        desk.authority.tend(desk.now)
        assert len(desk.authority) == 0

    within(story)


def test_a_name_does_not_begin_a_second_carrier() -> None:
    def story(desk: Desk) -> None:
        name = desk.greet()
        desk.ask(Ask(name, 1))
        desk.hall.carriers[0].abort()
        for seconds in (0, 1, 30, 60):
            desk.now += seconds
            assert desk.ask(Ask(name, 2)) is None
            desk.authority.tend(desk.now)
        assert len(desk.hall.carriers) == 1

    within(story)


def test_the_last_words_can_be_fetched_and_are_said_to_be_the_last() -> None:
    def story(desk: Desk) -> None:
        name = desk.greet()
        desk.ask(Ask(name, 1))
        (carrier,) = desk.hall.carriers
        carrier.write([b"bye"])
        carrier.close()

        assert desk.ask(Ask(name, 2, most=9)) == Answer(0, 5, b"\0\3bye", is_last=True)
        assert desk.ask(Ask(name, 3, received=5)) == Answer(0, 5, is_last=True)
        assert desk.ask(Ask(name, 4, received=5)) is None

    within(story)


def test_last_words_that_nobody_fetches_are_kept_for_a_while_only() -> None:
    async def story() -> None:
        desk = Desk()
        desk.now = asyncio.get_running_loop().time()
        desk.ask(Ask(desk.greet(), 1))
        desk.hall.carriers[0].write([b"bye"])
        desk.hall.carriers[0].close()

        desk.authority.tend(desk.now + LINGER_SECONDS + 1)
        assert len(desk.authority) == 0

    asyncio.run(story())


def test_the_oldest_stranger_makes_room_and_who_has_a_session_stays() -> None:
    def story(desk: Desk) -> None:
        for number in range(MOST_STRANGERS + 3):
            desk.now += 0.1
            desk.ask(Ask(desk.greet(), 1))
            if not number:
                desk.hall.at_home.add(desk.hall.carriers[0])
                desk.authority.tend(desk.now)

        is_open = [one.is_open for one in desk.hall.carriers]
        assert is_open[:3] == [True, False, False]
        assert all(is_open[3:])

    within(story)


def test_who_has_a_session_is_not_pushed_out_though_time_was_not_looked_after() -> None:
    def story(desk: Desk) -> None:
        for _ in range(MOST_STRANGERS + 1):
            desk.now += 0.1
            desk.ask(Ask(desk.greet(), 1))
            desk.hall.at_home.add(desk.hall.carriers[0])

        assert desk.hall.carriers[0].is_open

    within(story)


def test_who_is_held_back_is_heard_later_and_what_is_too_much_is_not_taken() -> None:
    def story(desk: Desk) -> None:
        name, stream = desk.greet(), pack_messages([b"x" * 100] * 400)
        desk.ask(Ask(name, 0))
        (carrier,) = desk.hall.carriers
        carrier.hold()
        place = 0
        while answer := desk.ask(Ask(name, 1, place, stream[place : place + 100])):
            place, desk.now = answer.taken, desk.now + 0.1
        assert isinstance(carrier.user, Person)
        assert carrier.user.heard == []
        assert WINDOW - 100 < place <= WINDOW

        carrier.go_on()
        assert len(carrier.user.heard) == place // 102

    within(story)


@pytest.mark.fuzz
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_answered_or_not_and_nothing_breaks(
    data: bytes, by_tcp: bool
) -> None:
    desk = Desk()
    head = Message(1, 0, (Question(INNER, Kind.TXT),)).pack()
    for message in (data, head[:12] + data, head + data):
        answer = desk.authority.answer(message, 0, by_tcp=by_tcp)
        assert answer is None or len(answer) <= 512 + 800


@pytest.mark.fuzz
@given(st.lists(st.binary(min_size=1, max_size=63), max_size=3).map(tuple))
def test_any_name_in_the_zone_is_answered_with_the_name(
    labels: tuple[bytes, ...],
) -> None:
    answer = Desk().put((*labels, *split(ZONE)))

    assert answer is not None
    assert answer.code == Code.FINE
