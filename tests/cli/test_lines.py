"""How a message looks, and that nothing in one can look like another."""

import io
from dataclasses import replace

from linnet.cli.lines import Lines, attached, summary
from linnet.cli.names import Names
from linnet.cli.output import Output
from linnet.client import (
    Attachment,
    Contact,
    ContactState,
    Message,
    MessageState,
    Reaction,
)
from linnet.ids import AccountKey, ConversationId, MessageId

BOB = AccountKey(b"\xb0" * 32)
HELLO = Message(
    id=MessageId(bytes.fromhex("1a2b3c4d") + bytes(12)),
    conversation=ConversationId(bytes(16)),
    sender=BOB,
    name="Bob",
    is_mine=False,
    time=0.0,
    text="hello",
    state=MessageState.RECEIVED,
)


def lines(*, width: int | None = None, found: Message | None = None) -> Lines:
    out = Output(io.StringIO(), io.StringIO(), width=width)
    return Lines(out, Names(), lambda _: found)


def body(message: Message, *, width: int | None = None) -> list[str]:
    return [line[6:] for line in lines(width=width).message(message)[1:]]


def test_a_message_shows_its_id_sender_and_text() -> None:
    assert body(HELLO) == ["1a2b3c4d Bob: hello"]


def test_the_day_is_said_once() -> None:
    page = lines()

    assert len(page.message(HELLO)) == 2
    assert len(page.message(HELLO)) == 1


def test_our_own_message_shows_how_far_it_came() -> None:
    mine = replace(HELLO, is_mine=True, state=MessageState.DELIVERED)

    assert body(mine) == ["1a2b3c4d you: hello  (delivered)"]


def test_a_failed_message_says_why() -> None:
    failed = replace(HELLO, is_mine=True, state=MessageState.FAILED, reason="Bob left.")

    assert body(failed) == ["1a2b3c4d you: hello  (failed: Bob left.)"]


def test_a_line_in_a_text_cannot_pass_for_another_message() -> None:
    forged = replace(HELLO, text="hi\n10:15 5e6f7a8b Alice: I agree")

    assert body(forged)[1].startswith("              10:15")


def test_a_long_text_is_broken_under_itself_not_by_the_terminal() -> None:
    forged = replace(HELLO, text="x" * 20 + " " * 3 + "10:15 5e6f7a8b Alice: I agree")

    broken = lines(width=40).message(forged)[1:]

    assert all(len(line) <= 40 for line in broken)
    assert all(line.startswith(" " * 20) for line in broken[1:])


def test_a_contact_called_you_is_told_from_you() -> None:
    names = Names()

    assert names.of(BOB, "You") == "You (b0b0b0b0)"


def test_two_of_one_name_are_told_apart() -> None:
    names = Names()
    names.update(
        [Contact(BOB, "Bob", ContactState.ACCEPTED, False, "b0b0b0", same_name=True)]
    )

    assert names.of(BOB, "Bob") == "Bob (b0b0b0)"


def test_a_reply_quotes_what_it_answers() -> None:
    answer = replace(HELLO, text="fine", reply_to=HELLO.id)

    shown = lines(found=HELLO).message(answer)

    assert shown[1].endswith("Bob: > Bob: hello")
    assert shown[2].strip() == "fine"


def test_edits_deletions_files_and_reactions_are_shown() -> None:
    file = Attachment("a\u202egpj.exe", "image/jpeg", 1_500)
    reaction = Reaction(BOB, "Bob", "👍", is_mine=False)

    assert body(replace(HELLO, edited=True)) == ["1a2b3c4d Bob: hello  (edited)"]
    assert body(replace(HELLO, deleted=True, text="")) == ["1a2b3c4d Bob: (deleted)"]
    assert attached(file) == "[file a<U+202E>gpj.exe, 1.5 kB]"
    assert summary(replace(HELLO, text="", attachment=file)) == attached(file)
    assert body(replace(HELLO, reactions=(reaction,)))[1].strip() == "👍 Bob"


def test_a_notice_is_marked_as_ours() -> None:
    notice = replace(HELLO, text="", notice="Bob joined.")

    assert lines().message(notice)[1].endswith(" * Bob joined.")
