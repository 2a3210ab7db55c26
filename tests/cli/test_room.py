"""What happens in a conversation, as somebody who looks at it sees it printed.

Events come as values here, also those that no real relay or contact would cause today.
"""

import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from linnet.cli.output import Output
from linnet.cli.room import Room
from linnet.cli.toolbar import Toolbar
from linnet.client import (
    Client,
    Contact,
    ContactRequested,
    ContactState,
    Conversation,
    ConversationKind,
    Event,
    IdentityWarning,
    LinkState,
    Message,
    MessageChanged,
    MessageGone,
    MessageReceived,
    MessageSent,
    MessageState,
    Reaction,
    RelayRewound,
    RelayStatus,
    Request,
    Status,
    Transfer,
    Typing,
)
from linnet.errors import UsageError
from linnet.ids import AccountKey, ConversationId, MessageId

BOB = Contact(AccountKey(b"\xb0" * 32), "Bob", ContactState.ACCEPTED, False, "b0b0b0")
HERE, THERE = ConversationId(bytes(16)), ConversationId(b"\x01" * 16)
HELLO = Message(
    id=MessageId(bytes.fromhex("1a2b3c4d") + bytes(12)),
    conversation=HERE,
    sender=BOB.account,
    name="Bob",
    is_mine=False,
    time=0.0,
    text="hello",
    state=MessageState.RECEIVED,
)
MINE = replace(
    HELLO, id=MessageId(b"\x02" * 16), is_mine=True, state=MessageState.QUEUED
)


@dataclass
class Shown:
    """As much of a conversation as a room looks at."""

    id: ConversationId = HERE
    title: str = "Bob"
    relay: str = "ab12"
    messages: list[Message] = field(default_factory=list)

    def history(
        self, *, before: MessageId | None = None, limit: int = 50
    ) -> list[Message]:
        older = [m for m in self.messages if before is None or m.id < before]
        return older[-limit:]

    def message(self, message: MessageId) -> Message:
        raise UsageError(f"There is no message {message.hex()}.")


@dataclass
class Knowing:
    """As much of a client as a room looks at."""

    known: list[Contact] = field(default_factory=lambda: [BOB])
    relays: tuple[RelayStatus, ...] = ()

    def status(self) -> Status:
        return Status("Alice", "aa", self.relays, 0, 0, Path("/home"))

    def contacts(self) -> list[Contact]:
        return self.known

    def conversation(self, _: ConversationId) -> Shown:
        return Shown(THERE, "The choir")


def room(*messages: Message, as_json: bool = False) -> Room:
    out = Output(io.StringIO(), io.StringIO(), as_json)
    shown = cast(Conversation, Shown(messages=list(messages)))
    return Room(cast(Client, Knowing()), shown, out)


def printed(looked_at: Room, *events: Event) -> list[str]:
    """Return the lines that events print, without days and times."""
    out = looked_at.out.out
    assert isinstance(out, io.StringIO)
    out.truncate(0)
    out.seek(0)
    for event in events:
        looked_at.hear(event)
    lines = out.getvalue().splitlines()
    return [line for line in lines if not line.startswith("---")]


def test_a_message_is_printed_once_however_often_it_is_told() -> None:
    looked_at = room(HELLO)
    looked_at.show_history(limit=10, as_stream=False)

    assert printed(looked_at, MessageReceived(HERE, HELLO)) == []
    again = MessageSent(HERE, MINE)
    assert len(printed(looked_at, again, again)) == 1


def test_a_change_says_what_is_new_in_it() -> None:
    looked_at = room()
    printed(looked_at, MessageReceived(HERE, HELLO))
    edited = replace(HELLO, text="hallo", edited=True)
    liked = replace(edited, reactions=(Reaction(BOB.account, "Bob", "👍", False),))
    deleted = replace(liked, deleted=True, text="")

    said = printed(looked_at, MessageChanged(HERE, edited))
    assert said[0] == "* Bob edited 1a2b3c4d"
    assert said[1].endswith("Bob: hallo  (edited)")
    said = printed(looked_at, MessageChanged(HERE, liked))
    assert said == ["* Bob 👍 1a2b3c4d (hallo)"]
    said = printed(looked_at, MessageChanged(HERE, deleted))
    assert said == ["* Bob deleted 1a2b3c4d"]


def test_a_failure_is_printed_with_its_reason_and_a_receipt_is_not() -> None:
    looked_at = room()
    printed(looked_at, MessageSent(HERE, MINE))
    delivered = replace(MINE, state=MessageState.DELIVERED)
    failed = replace(MINE, state=MessageState.FAILED, reason="You left.")

    assert printed(looked_at, MessageChanged(HERE, delivered)) == []
    said = printed(looked_at, MessageChanged(HERE, failed))
    assert said == ["* 02020202 failed: You left."]


def test_a_message_that_disappears_is_said() -> None:
    looked_at = room()
    printed(looked_at, MessageReceived(HERE, HELLO))

    said = printed(looked_at, MessageGone(HERE, HELLO.id))
    assert said == ["* message 1a2b3c4d has disappeared"]


def test_warnings_and_rewinds_are_loud() -> None:
    warning = IdentityWarning(BOB, "Bob's key is another one than before.")
    rewound = RelayRewound(HERE, 3, "The relay lost 3 messages; they are sent again.")

    said = printed(room(), warning, rewound)
    assert said[0] == "WARNING about Bob: Bob's key is another one than before."
    assert said[1] == "* The relay lost 3 messages; they are sent again."


def test_what_happens_elsewhere_is_one_quiet_line() -> None:
    elsewhere = MessageReceived(THERE, replace(HELLO, conversation=THERE))

    said = printed(room(), elsewhere, MessageSent(THERE, MINE))
    assert said == ["* Bob wrote in another conversation: The choir"]


def test_a_request_with_a_warning_shows_it() -> None:
    request = Request(
        BOB, THERE, ConversationKind.DIRECT, "Bob", "hi", 0.0, "Another Bob is known."
    )

    said = printed(room(), ContactRequested(request))
    assert "Bob asks to talk" in said[0]
    assert said[1].strip() == "WARNING: Another Bob is known."


def test_programs_get_every_event_of_this_conversation_only() -> None:
    typing = Typing(HERE, BOB.account, "Bob", is_typing=True)
    looked_at = room(as_json=True)

    lines = printed(
        looked_at,
        MessageReceived(HERE, HELLO),
        MessageReceived(HERE, HELLO),
        MessageReceived(THERE, HELLO),
        typing,
    )
    assert [json.loads(line)["event"] for line in lines] == [
        "message_received",
        "typing",
    ]


def test_older_messages_come_on_demand_and_end() -> None:
    older = replace(HELLO, id=MessageId(bytes(16)), text="older")
    looked_at = room(older, HELLO)
    looked_at.show_history(limit=1, as_stream=False)

    printed(looked_at)
    looked_at.show_older(5)
    looked_at.show_older(5)
    out = looked_at.out.out
    assert isinstance(out, io.StringIO)
    assert "Bob: older" in out.getvalue()
    assert out.getvalue().endswith("* There is nothing older.\n")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Typing(HERE, BOB.account, "Bob", True), "Bob types ..."),
        (Typing(THERE, BOB.account, "Bob", True), "Bob"),
        (Transfer(HERE, HELLO.id, 1, 4), "Bob | file 25%"),
    ],
)
def test_the_bar_says_what_is_true_now(event: Event, text: str) -> None:
    toolbar = Toolbar(room(), now=lambda: 0.0)
    toolbar.hear(event)

    assert toolbar.text() == text


@pytest.mark.parametrize(
    ("state", "why", "text"),
    [
        (LinkState.CONNECTED, "", "Bob | connected by tcp"),
        (LinkState.WAITING, "It refused.", "Bob | It refused."),
        (LinkState.OFF, "", "Bob | off"),
    ],
)
def test_the_bar_says_by_which_road_or_why_not(
    state: LinkState, why: str, text: str
) -> None:
    looked_at = room()
    relay = RelayStatus("ab12", True, state, "tcp", why, 1, 0)
    looked_at.me = cast(Client, Knowing(relays=(relay,)))

    assert Toolbar(looked_at).text() == text


def test_typing_fades_by_itself_and_ends_with_the_message() -> None:
    times = iter([0.0, 7.0, 7.0, 7.0])
    toolbar = Toolbar(room(), now=lambda: next(times))
    toolbar.hear(Typing(HERE, BOB.account, "Bob", is_typing=True))
    assert toolbar.text() == "Bob"

    toolbar.hear(Typing(HERE, BOB.account, "Bob", is_typing=True))
    toolbar.hear(MessageReceived(HERE, HELLO))
    assert toolbar.text() == "Bob"


def test_the_bar_says_how_far_the_last_message_came() -> None:
    looked_at = room()
    printed(looked_at, MessageSent(HERE, MINE))
    printed(looked_at, MessageChanged(HERE, replace(MINE, state=MessageState.READ)))

    assert Toolbar(looked_at).text() == "Bob | your last: read"
