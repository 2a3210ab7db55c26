"""A relay opens, resumes and forgets sessions (spec/session.md §4)."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.errors import Forged, LocalError, Malformed, Refused, RemoteError, Replayed
from linnet.wire.client_session import (
    RESUMPTION_ATTEMPTS,
    ClientSession,
    Standing,
)
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.noise import public_key
from linnet.wire.reception import OPENINGS_REMEMBERED, Forgotten, Opening, Reception
from linnet.wire.session_limits import Limits
from tests.wire.parties import RELAY_KEY, attached, greeted, opened, strangers


def test_an_opening_takes_at_most_1400_bytes_each_way() -> None:
    for byte in range(256):
        chance = lambda size, byte=byte: bytes([byte]) * size  # noqa: E731 - two lines
        client = ClientSession(
            public_key(RELAY_KEY), entropy=chance, pass_token=bytes(32)
        )
        hello = client.hello(0)
        reception = Reception(RELAY_KEY, entropy=chance)
        opening = reception.greet(hello, 0)
        assert isinstance(opening, Opening)
        answer = reception.accept(opening, unix_time=0).answer

        assert 1_288 <= len(hello) <= 1_400
        assert 1_152 <= len(answer) <= 1_400


def test_a_resumption_takes_at_most_300_bytes_each_way() -> None:
    client, _, reception = opened()
    for _ in range(200):
        client.detach()
        hello = client.hello(0)
        pending = reception.greet(hello, 0)
        assert not isinstance(pending, Opening)
        client.welcome(pending.answer, 0)

        assert 73 <= len(hello) <= 300
        assert 48 <= len(pending.answer) <= 300


def test_an_opening_hides_whether_it_shows_a_pass() -> None:
    hellos = [
        ClientSession(
            public_key(RELAY_KEY), entropy=lambda n: b"\x21" * n, pass_token=token
        ).hello(0)
        for token in (None, bytes(32))
    ]

    assert len(hellos[0]) == len(hellos[1])


def test_an_opening_shows_its_pass_to_the_relay_alone() -> None:
    client = ClientSession(
        public_key(RELAY_KEY), entropy=os.urandom, pass_token=b"p" * 32, features=5
    )

    opening = Reception(RELAY_KEY, entropy=os.urandom).greet(client.hello(0), 0)

    assert isinstance(opening, Opening)
    assert (opening.pass_token, opening.features) == (b"p" * 32, 5)
    assert "pppp" not in repr(opening)


def test_a_relay_learns_nothing_to_keep_from_an_opening_nobody_confirms() -> None:
    client, reception = strangers()
    greeted(client, reception, 0)

    assert len(reception) == 0
    assert list(reception) == []


def test_an_opening_sent_again_is_replayed() -> None:
    client, reception = strangers()
    hello = client.hello(0)
    reception.greet(hello, 0)

    with pytest.raises(Replayed):
        reception.greet(hello, 1)


def test_the_memory_of_openings_is_bounded() -> None:
    client, reception = strangers()
    reception._seen = dict.fromkeys(
        (number.to_bytes(32, "big") for number in range(OPENINGS_REMEMBERED)), None
    )

    reception.greet(client.hello(0), 0)

    assert len(reception._seen) == OPENINGS_REMEMBERED


def test_another_relay_cannot_read_an_opening() -> None:
    client, _ = strangers()

    with pytest.raises(Forged):
        Reception(bytes(32), entropy=os.urandom).greet(client.hello(0), 0)


@pytest.mark.parametrize("code", list(OpeningRefusal))
def test_a_refusal_reaches_the_client_with_its_reason(code: OpeningRefusal) -> None:
    client, reception = strangers()
    opening = reception.greet(client.hello(0), 0)
    assert isinstance(opening, Opening)

    with pytest.raises(Refused) as caught:
        client.welcome(reception.refuse(opening, code), 0)

    assert caught.value.code == code
    assert str(caught.value).endswith(".")


def test_the_client_learns_what_the_relay_keeps_to() -> None:
    client, _, _ = opened()

    assert client.welcomed is not None
    assert (client.welcomed.ping_after, client.welcomed.keep_detached) == (30, 600)
    assert client.welcomed.unix_time == 1_000


def test_a_relay_that_forgot_the_session_says_so() -> None:
    client, _, _ = opened()
    _, restarted = strangers()

    answer = restarted.greet(client.hello(1), 1)

    assert isinstance(answer, Forgotten)
    assert 24 <= len(answer.answer) <= 47
    assert client.welcome(answer.answer, 1) is Standing.FORGOTTEN


def test_a_resumption_replaces_the_carrier_and_names_it() -> None:
    client, session, reception = opened()
    session.carrier = "the old one"

    pending = greeted(client, reception, 1)

    assert (pending.session, pending.replaced) == (session, "the old one")
    assert not session.attached


def test_a_resumption_sent_again_is_unknown() -> None:
    client, _, reception = opened()
    hello = client.hello(1)
    reception.greet(hello, 1)

    assert isinstance(reception.greet(hello, 1), Forgotten)


def test_attempts_that_never_arrived_do_not_lose_the_session() -> None:
    client, _, reception = opened()
    for _ in range(RESUMPTION_ATTEMPTS - 1):
        client.hello(1)

    assert client.resumable
    attached(client, reception, 2)
    assert client.attached


def test_a_client_gives_up_after_its_attempts() -> None:
    client, _, _ = opened()
    for _ in range(RESUMPTION_ATTEMPTS):
        client.hello(1)

    assert not client.resumable
    with pytest.raises(LocalError):
        client.hello(1)


def test_a_session_can_be_resumed_many_times_with_ids_that_never_repeat() -> None:
    client, _, reception = opened()
    identifiers = set()
    for _ in range(60):
        hello = client.hello(1)
        identifiers.add(hello[:16])
        client.welcome(reception.greet(hello, 1).answer, 1)  # type: ignore[union-attr]  # a Pending

    assert len(identifiers) == 60
    assert len(reception._by_id) <= 15


def test_of_two_answered_resumptions_only_the_later_can_be_confirmed() -> None:
    client, _, reception = opened()
    earlier = greeted(client, reception, 1)
    client.welcome(earlier.answer, 1)
    (record,) = client.flush(1)
    later = greeted(client, reception, 1)

    with pytest.raises(Replayed):
        reception.confirm(earlier, record, 2)
    client.welcome(later.answer, 2)
    assert reception.confirm(later, client.flush(2)[0], 2) == []


def test_a_confirmation_without_the_keys_leaves_the_session_detached() -> None:
    client, session, reception = opened()
    pending = greeted(client, reception, 1)

    with pytest.raises(Forged):
        reception.confirm(pending, bytes(128), 1)

    assert not session.attached
    attached(client, reception, 2)


def test_a_position_beyond_what_was_sent_is_malformed() -> None:
    client, _, reception = opened()
    client._received = 7
    pending = greeted(client, reception, 1)
    client.welcome(pending.answer, 1)

    with pytest.raises(Malformed):
        reception.confirm(pending, client.flush(1)[0], 1)


def test_sessions_without_a_carrier_are_forgotten_in_time() -> None:
    client, session, reception = opened()
    reception.detach(session, 100)

    assert reception.sweep(699) == []
    assert reception.sweep(700) == [session]
    assert (len(reception), reception._by_id) == (0, {})
    assert isinstance(reception.greet(client.hello(701), 701), Forgotten)


def test_a_session_with_a_carrier_is_not_swept() -> None:
    _, session, reception = opened()

    assert reception.sweep(1e9) == []
    assert session in reception


def test_the_fullest_sessions_go_when_all_together_hold_too_much() -> None:
    reception = Reception(
        RELAY_KEY, entropy=os.urandom, limits=Limits(held_altogether=50_000)
    )
    sessions = []
    for size in (1_000, 30_000, 40_000):
        client = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
        attached(client, reception, 0)
        session = next(one for one in reception if one not in sessions)
        session.send(bytes(size))
        sessions.append(session)
    reception.detach(sessions[1], 0)

    assert reception.sweep(1) == [sessions[1]]
    assert list(reception) == [sessions[0], sessions[2]]
    sessions[0].send(bytes(20_000))
    assert reception.sweep(1) == [sessions[2]]


@pytest.mark.fuzz
@given(st.binary(max_size=1_500))
def test_any_first_message_is_greeted_or_ends_in_a_named_error(data: bytes) -> None:
    _, reception = strangers()
    try:
        greeting = reception.greet(data, 0)
    except RemoteError:
        return

    assert isinstance(greeting, Forgotten)


@pytest.mark.fuzz
@given(st.binary(max_size=1_500))
def test_any_answer_ends_in_a_named_error(data: bytes) -> None:
    client, _ = strangers()
    client.hello(0)

    with pytest.raises(RemoteError):
        client.welcome(data, 0)


@pytest.mark.fuzz
@given(st.binary(max_size=400))
def test_any_record_ends_in_a_named_error(data: bytes) -> None:
    _, session, _ = opened()

    with pytest.raises(RemoteError):
        session.receive(data, 0)
