"""Records and resumptions as an attacker on the road would use them."""

import os

import pytest

from linnet.errors import Forged, Malformed, Replayed
from linnet.wire.client_session import ClientSession
from linnet.wire.noise import public_key
from linnet.wire.reception import Forgotten, Opening, Pending, Reception, RelaySession
from linnet.wire.records import build

KEY = bytes(range(32))
END_OF_NUMBERS = 2**64 - 1


def opened() -> tuple[Reception, ClientSession, RelaySession]:
    reception = Reception(KEY, entropy=os.urandom)
    client = ClientSession(public_key(KEY), entropy=os.urandom)
    opening = reception.greet(client.hello(0), 0)
    assert isinstance(opening, Opening)
    pending = reception.accept(opening, unix_time=0)
    client.welcome(pending.answer, 0)
    reception.confirm(pending, client.flush(0)[0], 0)
    return reception, client, pending.session


def resumed(reception: Reception, client: ClientSession) -> Pending:
    pending = reception.greet(client.hello(1), 1)
    assert isinstance(pending, Pending)
    client.welcome(pending.answer, 1)
    return pending


def sealed(client: ClientSession, first: int, received: int) -> bytes:
    """A genuine record whose numbers are the client's own choice."""
    cipher = client._out
    assert cipher is not None
    return cipher.encrypt(build(first, received, 0, [b"x"]))


@pytest.mark.parametrize(
    ("first", "received"),
    [(END_OF_NUMBERS, 0), (0, END_OF_NUMBERS), (1, 0), (0, 1), (2**63, 2**63)],
)
def test_numbers_at_the_end_of_all_numbers_end_the_session_in_words(
    first: int, received: int
) -> None:
    _, client, session = opened()

    with pytest.raises(Malformed):
        session.receive(sealed(client, first, received), 0)

    assert session.received == 0


def test_a_record_counts_on_its_own_carrier_and_once() -> None:
    reception, client, session = opened()
    client.send(b"once")
    (record,) = client.flush(0)
    assert session.receive(record, 0) == [b"once"]
    with pytest.raises(Forged):
        session.receive(record, 0)

    pending = resumed(reception, client)
    with pytest.raises(Forged):
        reception.confirm(pending, record, 1)

    assert not session.attached
    assert session.received == 1


def test_what_one_side_sent_is_not_taken_for_what_the_other_did() -> None:
    _, client, session = opened()
    session.send(b"to the client")
    (record,) = session.flush(0)

    with pytest.raises(Forged):
        session.receive(record, 0)
    assert client.receive(record, 0) == [b"to the client"]


def test_no_two_records_of_a_session_are_ever_sealed_under_one_key_and_counter() -> (
    None
):
    reception, client, _ = opened()
    first_records = set()
    for _ in range(20):
        pending = resumed(reception, client)
        first = client.flush(1)[0]
        reception.confirm(pending, first, 1)
        first_records |= {first, pending.answer}

    assert len(first_records) == 40


def test_of_two_carriers_that_race_the_later_wins_and_nothing_is_lost() -> None:
    reception, client, session = opened()
    client.send(b"kept")
    early = reception.greet(client.hello(1), 1)
    late = resumed(reception, client)
    (record, *_) = client.flush(1)
    assert isinstance(early, Pending)

    with pytest.raises(Replayed):
        reception.confirm(early, record, 1)
    assert reception.confirm(late, record, 1) == [b"kept"]
    assert session.attached


def test_a_resumption_is_of_no_use_to_who_recorded_it() -> None:
    reception, client, session = opened()
    hello = client.hello(1)
    pending = reception.greet(hello, 1)
    assert isinstance(pending, Pending)
    client.welcome(pending.answer, 1)
    reception.confirm(pending, client.flush(1)[0], 1)

    assert isinstance(reception.greet(hello, 2), Forgotten)
    assert session.attached


def test_a_resumption_that_was_altered_neither_spends_an_id_nor_cuts_anyone() -> None:
    reception, client, session = opened()
    hello = bytearray(ClientSession.hello(client, 1))
    hello[-1] ^= 1

    with pytest.raises(Forged):
        reception.greet(bytes(hello), 1)

    assert session.attached
    hello[-1] ^= 1
    assert isinstance(reception.greet(bytes(hello), 1), Pending)


def test_ten_thousand_guesses_at_resumption_leave_nothing_behind() -> None:
    reception, _, session = opened()
    before = len(reception._by_id), len(reception._seen)

    for _ in range(10_000):
        assert isinstance(reception.greet(os.urandom(100), 1), Forgotten)

    assert (len(reception._by_id), len(reception._seen)) == before
    assert session.attached
