"""vectors/session.json is what its generator writes, and the machines agree with it."""

import json
from typing import Any

import pytest

from linnet.errors import Forged, Malformed, Refused, RemoteError, Replayed
from linnet.wire.ciphers import CipherState
from linnet.wire.client_session import Standing
from linnet.wire.handshakes import ResumptionKeys
from linnet.wire.reception import Forgotten, Opening, Pending
from linnet.wire.records import padded_length
from linnet.wire.session import Session
from vectors import session
from vectors.session_parties import Parties

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(session.TARGET.read_text())
ERRORS = {"Forged": Forged, "Malformed": Malformed, "Replayed": Replayed}


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def test_the_file_is_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(session.build())) == VECTORS


def test_the_opening_is_that_of_the_file() -> None:
    row, parties = VECTORS["opening"], Parties()

    hello = parties.hello()
    pending = parties.greet(raw(row["hello"]))

    assert (hello, pending.answer) == (raw(row["hello"]), raw(row["answer"]))
    keys = ResumptionKeys(raw(row["relay"]["seed"]), raw(row["handshake_hash"]))
    assert keys.psk == raw(row["resumption_key"])
    assert keys.ids(0) + keys.ids(1) == [raw(one) for one in row["resumption_ids"]]


def test_both_sides_read_every_record_as_the_file_says() -> None:
    parties = Parties()
    pending = parties.greet(parties.hello())
    parties.welcome(pending.answer)
    first, *rest = VECTORS["records"]
    assert parties.reception.confirm(pending, raw(first["record"]), 0) == []

    parties.client.flush(0)
    for row in rest:
        giver: Session = parties.client
        taker: Session = pending.session
        if row["from"] == "relay":
            giver, taker = pending.session, parties.client
        for message in row["messages"]:
            giver.send(raw(message))
        assert giver.flush(0) == [raw(row["record"])]
        assert taker.receive(raw(row["record"]), 0) == [raw(m) for m in row["messages"]]


def test_the_resumption_is_that_of_the_file() -> None:
    row, parties = VECTORS["resumption"], Parties()
    parties.open()
    parties.client.send(raw(row["messages"][0]))
    parties.client.flush(0)

    assert parties.resume() == raw(row["hello"])
    pending = parties.greet_again(raw(row["hello"]))
    assert pending.answer == raw(row["answer"])
    parties.welcome(pending.answer)
    assert parties.client.flush(0) == [raw(row["record"])]
    heard = parties.reception.confirm(pending, raw(row["record"]), 0)
    assert heard == [raw(message) for message in row["messages"]]


@pytest.mark.parametrize("row", VECTORS["key_update"])
def test_a_key_is_replaced_as_the_file_says(row: Row) -> None:
    cipher = CipherState(raw(row["key"]))
    cipher.counter = row["counter"]
    assert cipher.encrypt(raw(row["plaintext"])) == raw(row["record"])

    cipher.rekey()

    assert cipher.encrypt(raw(row["plaintext"])) == raw(row["next_record"])


@pytest.mark.parametrize(("length", "padded"), VECTORS["size_classes"])
def test_a_length_has_the_size_class_of_the_file(length: int, padded: int) -> None:
    assert padded_length(length) == padded


def brought_to(state: str) -> tuple[Parties, Pending | None]:
    """The parties after what the state says has happened."""
    parties, pending = Parties(), None
    if state == "fresh":
        parties.hello()
    elif state == "greeted":
        parties.greet(parties.hello())
    else:
        parties.open()
    if state in {"resuming", "resumed"}:
        hello = parties.resume()
        if state == "resumed":
            pending = parties.greet_again(hello)
    return parties, pending


def offer(row: Row, parties: Parties, pending: Pending | None) -> str:
    """What becomes of the row's bytes, when nothing is raised."""
    offered = raw(row["bytes"]) + bytes(row["zeros"])
    match row["side"], row["input"]:
        case "relay", "first":
            parties.relay_script.left += [b"\0", bytes(24)]
            greeting = parties.reception.greet(offered, 0)
            if isinstance(greeting, Opening) and greeting.refusal is not None:
                return f"Refused {greeting.refusal:#x}"
            return "Forgotten" if isinstance(greeting, Forgotten) else "accepted"
        case "client", "answer":
            standing = parties.client.welcome(offered, 0)
            return "Forgotten" if standing is Standing.FORGOTTEN else "accepted"
        case _ if pending is not None:
            parties.reception.confirm(pending, offered, 0)
        case "client", _:
            parties.client.receive(offered, 0)
        case _:
            parties.relay.receive(offered, 0)
    return "accepted"


@pytest.mark.parametrize(
    "row", VECTORS["failures"], ids=lambda row: f"{row['side']}: {row['name']}"
)
def test_what_breaks_a_rule_ends_in_the_error_the_file_names(row: Row) -> None:
    parties, pending = brought_to(row["state"])
    error = ERRORS.get(row["error"], RemoteError)
    try:
        outcome = offer(row, parties, pending)
    except Refused as refused:
        outcome = f"Refused {refused.code:#x}"
    except error as raised:
        outcome = type(raised).__name__

    assert outcome == row["error"]
