"""Numbered messages, each way once and in order (spec/session.md §5 to §7)."""

import pytest

from linnet.errors import Forged, LocalError, Malformed, Unreachable
from linnet.wire.records import LARGEST_MESSAGE
from linnet.wire.session import RECORDS_PER_KEY, Session
from linnet.wire.session_limits import Limits
from tests.wire.parties import attached, greeted, opened


def deliver(giver: Session, taker: Session, now: float = 0) -> list[bytes]:
    return [m for record in giver.flush(now) for m in taker.receive(record, now)]


def test_messages_arrive_both_ways_and_are_acknowledged_on_the_way_back() -> None:
    client, relay, _ = opened()
    client.send(b"first")
    client.send(b"second")

    assert deliver(client, relay) == [b"first", b"second"]
    relay.send(b"reply")
    assert deliver(relay, client) == [b"reply"]

    assert (client.unacknowledged, relay.unacknowledged) == (0, 1)


def test_many_messages_share_a_record_and_large_ones_do_not() -> None:
    client, relay, _ = opened()
    for size in [300] * 5 + [4_000, 4_000, LARGEST_MESSAGE, 0]:
        client.send(bytes(size))

    records = client.flush(0)

    assert len(records) == 5
    assert [len(m) for r in records for m in relay.receive(r, 0)] == [
        *[300] * 5, 4_000, 4_000, LARGEST_MESSAGE, 0,
    ]  # fmt: skip


def test_more_messages_than_fit_in_a_record_take_more_records() -> None:
    client, relay, _ = opened()
    sent = [bytes([number % 256]) for number in range(3_000)]
    for message in sent:
        client.send(message)

    assert deliver(client, relay) == sent


def test_a_resumed_session_sends_again_what_a_dead_carrier_lost() -> None:
    client, relay, reception = opened()
    client.send(b"lost on the way")
    relay.send(b"this too")
    client.flush(1)
    relay.flush(1)

    assert attached(client, reception, 2) == [b"lost on the way"]
    assert (client.received, client.unacknowledged) == (1, 0)


def test_a_record_of_an_older_carrier_cannot_be_opened_any_more() -> None:
    client, relay, reception = opened()
    client.send(b"slow")
    (late,) = client.flush(1)
    attached(client, reception, 2)

    with pytest.raises(Forged):
        relay.receive(late, 3)


def test_on_a_new_carrier_what_asks_goes_ahead_of_what_is_large() -> None:
    client, relay, reception = opened()
    for _ in range(3):
        client.send(bytes(40_000))
    client.flush(1)
    client.detach()
    pending = greeted(client, reception, 2)
    client.welcome(pending.answer, 2)

    first, *others = client.flush(2)
    assert len(first) == 128
    assert len(others) == 3
    assert reception.confirm(pending, first, 2) == []
    assert len(relay.flush(2)) == 1


def test_a_replayed_record_is_forged_and_changes_nothing() -> None:
    client, relay, _ = opened()
    client.send(b"once")
    (record,) = client.flush(0)
    relay.receive(record, 0)

    with pytest.raises(Forged):
        relay.receive(record, 0)

    client.send(b"twice")
    assert deliver(client, relay) == [b"twice"]


def test_an_acknowledgement_goes_alone_only_after_its_delay() -> None:
    client, relay, _ = opened()
    client.send(b"hello")
    deliver(client, relay, 10)

    assert relay.flush(10.2) == []
    assert relay.wake_at() == 10.5
    (record,) = relay.flush(10.5)
    assert client.receive(record, 10.5) == []
    assert client.unacknowledged == 0


def test_much_received_is_acknowledged_without_delay() -> None:
    client, relay, _ = opened()
    for _ in range(5):
        client.send(bytes(4_000))
    deliver(client, relay)

    assert len(relay.flush(0)) == 1


def test_a_silent_road_is_asked_once_and_then_given_up() -> None:
    client, relay, _ = opened()
    asked_at = client.wake_at()
    assert 22 < asked_at <= 30

    (question,) = client.flush(asked_at)
    assert client.flush(60) == []
    assert client.wake_at() == 75
    with pytest.raises(Unreachable):
        client.check_silence(75)
    assert relay.receive(question, 30) == []


def test_while_an_answer_is_awaited_silence_is_asked_after_within_seconds() -> None:
    client, _, _ = opened()
    client.silence.expects_since = 10
    asked_at = client.wake_at()
    assert 11.8 < asked_at <= 12.5

    (_,) = client.flush(asked_at)
    assert client.awaits_since == asked_at
    client.silence.expects_since = float("inf")
    assert client.wake_at() == 75


def test_a_relay_answers_a_question_at_once() -> None:
    client, relay, _ = opened()
    (question,) = client.flush(client.wake_at())
    relay.receive(question, 30)

    (answer,) = relay.flush(30)
    client.receive(answer, 30)

    assert client.silence.heard_at == 30


def test_what_was_sent_awaits_a_sign_and_whatever_is_confirmed_begins_anew() -> None:
    client, relay, _ = opened()
    assert client.awaits_since == float("inf")
    client.send(b"first")
    assert client.awaits_since == float("inf")  # it has not left yet
    first = client.flush(10)
    assert client.awaits_since == 10
    client.send(b"second")
    client.flush(14)
    assert client.awaits_since == 10

    relay.receive(first[0], 14)
    (sign,) = relay.flush(15)
    client.receive(sign, 15)
    assert client.awaits_since == 15  # a slow road is not a dead one

    client.detach()
    assert client.awaits_since == float("inf")


def test_what_the_other_side_says_confirms_nothing_by_itself() -> None:
    client, relay, _ = opened()
    client.send(b"cut on the way there")
    client.flush(10)
    relay.send(b"said meanwhile")
    (record,) = relay.flush(14)

    client.receive(record, 14)

    assert client.awaits_since == 10


def test_a_question_awaits_a_sign_until_anything_comes() -> None:
    client, relay, _ = opened()
    asked_at = client.wake_at()
    client.flush(asked_at)
    assert client.awaits_since == asked_at

    relay.send(b"by chance")
    (record,) = relay.flush(32)
    client.receive(record, 32)

    assert client.awaits_since == float("inf")


def test_a_relay_gives_up_a_silent_client() -> None:
    _, relay, _ = opened()

    assert relay.wake_at() == 75
    with pytest.raises(Unreachable):
        relay.check_silence(75)


def test_a_sender_is_told_to_wait_and_then_to_go_on() -> None:
    client, relay, _ = opened(Limits(held_bytes=10_000))
    assert client.send(bytes(4_000))
    assert client.send(bytes(4_000))
    assert not client.send(bytes(4_000))
    assert (client.waiting, client.roomy, client.eased()) == (True, False, False)

    deliver(client, relay)
    deliver(relay, client, 1)

    assert (client.eased(), client.eased(), client.roomy) == (True, False, True)


def test_a_sender_that_does_not_wait_is_refused_and_nothing_is_taken() -> None:
    client, _, _ = opened(Limits(held_bytes=10_000))
    for _ in range(4):
        client.send(bytes(4_500))

    with pytest.raises(LocalError):
        client.send(bytes(4_500))
    assert client.unacknowledged == 4


def test_a_message_too_large_is_our_own_mistake() -> None:
    client, _, _ = opened()

    with pytest.raises(LocalError):
        client.send(bytes(LARGEST_MESSAGE + 1))


def test_the_end_of_a_session_is_said() -> None:
    client, relay, _ = opened()
    client.send(b"goodbye")
    client.end()

    assert deliver(client, relay) == [b"goodbye"]
    assert relay.ended


def test_a_detached_session_keeps_messages_and_asks_for_nothing() -> None:
    client, _, reception = opened()
    client.detach()
    client.send(b"kept")

    assert client.flush(0) == []
    assert client.wake_at() == float("inf")
    with pytest.raises(LocalError):
        client.receive(bytes(128), 0)
    assert attached(client, reception, 5) == [b"kept"]


@pytest.mark.slow
def test_keys_change_after_their_number_of_records() -> None:
    client, relay, _ = opened()
    assert relay._in is not None
    first_key = relay._in.open
    for _ in range(RECORDS_PER_KEY):
        client.send(b"")
        for record in client.flush(0):
            relay.receive(record, 0)
        if client.unacknowledged > 1_000:
            deliver(relay, client, 1)

    assert relay._in.open != first_key
    client.send(b"still understood")
    assert deliver(client, relay) == [b"still understood"]


def test_a_relay_that_says_it_received_what_was_never_sent_is_malformed() -> None:
    client, relay, _ = opened()
    relay._received += 1
    relay.send(b"hello")

    with pytest.raises(Malformed):
        deliver(relay, client)
