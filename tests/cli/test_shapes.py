"""The names in JSON are stable: scripts depend on them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from linnet.cli.shapes import event, plain
from linnet.client import (
    Contact,
    ContactState,
    LinkState,
    Message,
    MessageReceived,
    MessageState,
    Preferences,
    RelayStatus,
    Status,
)
from linnet.errors import BugError
from linnet.ids import AccountKey, ConversationId, MessageId

MESSAGE = Message(
    id=MessageId(b"\x01" * 16),
    conversation=ConversationId(b"\x02" * 16),
    sender=AccountKey(b"\x03" * 32),
    name="Bob",
    is_mine=True,
    time=1.5,
    text="hello",
    state=MessageState.ON_THE_RELAY,
)


def test_a_message_keeps_its_names() -> None:
    shown = plain(MESSAGE)

    assert isinstance(shown, dict)
    assert list(shown) == [
        *("id", "conversation", "sender", "name", "is_mine", "time", "text", "state"),
        *("notice", "reason", "reply_to", "edited", "deleted", "attachment"),
        *("reactions", "expires_at", "delivered_to", "read_by", "short_id"),
    ]
    assert shown["state"] == "on the relay"
    assert shown["id"] == "01" * 16
    assert shown["short_id"] == "01010101"


def test_a_contact_and_preferences_keep_their_names() -> None:
    contact = Contact(AccountKey(bytes(32)), "B", ContactState.ASKED, False, "00")

    assert plain(contact) == {
        "account": "00" * 32,
        "name": "B",
        "state": "asked",
        "verified": False,
        "fingerprint": "00",
        "same_name": False,
    }
    assert plain(Preferences()) == {
        "delivery_receipts": True,
        "read_receipts": True,
        "typing": True,
    }


def test_a_status_says_whether_it_is_connected() -> None:
    relay = RelayStatus("ab", True, LinkState.CONNECTED, "tcp", "", 1, 0)

    shown = plain(Status("A", "00", (relay,), 0, 0, Path("/home/a")))

    assert isinstance(shown, dict)
    assert shown["is_connected"] is True
    assert shown["home"] == "/home/a"
    json.dumps(shown)


def test_an_event_is_named_for_what_happened() -> None:
    shown = event(MessageReceived(MESSAGE.conversation, MESSAGE))

    assert shown["event"] == "message_received"
    assert shown["conversation"] == "02" * 16


def test_spans_are_seconds_and_the_unknown_is_a_bug() -> None:
    assert plain(timedelta(minutes=1)) == 60.0
    with pytest.raises(BugError):
        plain(object())
