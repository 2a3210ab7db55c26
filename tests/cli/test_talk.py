"""Messages are sent, read and changed; as typed and as printed."""

import re

from tests.cli.scene import Person


def test_a_message_is_sent_and_read(alice: Person, bob: Person) -> None:
    done = alice.does("send", "Bob", "the", "tram", "runs", "again")

    assert re.fullmatch(r"[0-9a-f]{8} (Sent|Delivered)\.\n", done.out)
    lines = bob.does("read", "Alice").out.splitlines()
    assert re.fullmatch(r"\d\d:\d\d [0-9a-f]{8} Alice: the tram runs again", lines[-1])


def test_a_text_comes_from_standard_input(alice: Person, bob: Person) -> None:
    alice.does("send", "Bob", "-", stdin="zwei\nZeilen 語\n".encode())

    assert bob.texts("Alice")[-1] == "zwei\nZeilen 語"


def test_a_reply_an_edit_a_reaction_and_a_deletion_arrive(
    alice: Person, bob: Person
) -> None:
    asked = alice.sends("Bob", "when?")
    bob.does("read", "Alice")
    bob.does("send", "Alice", "at nine", "--reply", asked)
    assert "> you: when?" in alice.does("read", "Bob").out

    alice.does("edit", "Bob", asked, "when exactly?")
    bob.does("read", "Alice")
    bob.does("react", "Alice", asked, "👍")
    page = alice.does("read", "Bob").out
    assert "when exactly?  (edited" in page
    assert "👍 Bob" in page

    alice.does("delete", "Bob", asked)
    assert "Alice: (deleted)" in bob.does("read", "Alice").out


def test_the_sender_sees_how_far_a_message_came(alice: Person, bob: Person) -> None:
    sent = alice.sends("Bob", "did you see this?")
    bob.does("read", "Alice")

    assert {m["short_id"]: m["state"] for m in alice.reads("Bob")}[sent] == "read"


def test_receipts_can_be_turned_off(alice: Person, bob: Person) -> None:
    assert "off" in bob.does("preferences", "read-receipts", "off").out
    sent = alice.sends("Bob", "and this?")
    bob.does("read", "Alice")

    state = {m["short_id"]: m["state"] for m in alice.reads("Bob")}[sent]
    assert state == "delivered"
    bob.does("preferences", "read-receipts", "on")
    assert bob.types("preferences", "colour", "red").code == 2


def test_chats_show_what_is_new(alice: Person, bob: Person) -> None:
    bob.does("read", "Alice")
    alice.sends("Bob", "news")

    chat = bob.does("--json", "chats").json[0]
    assert chat["unread"] == 1
    assert "Alice  (1 new)" in bob.does("chats").out
    bob.does("read", "Alice", "--peek")
    assert bob.does("--json", "chats").json[0]["unread"] == 1
    bob.does("read", "Alice")
    assert bob.does("--json", "chats").json[0]["unread"] == 0


def test_a_search_finds_every_word_and_fails_without_any(
    alice: Person, bob: Person
) -> None:
    alice.sends("Bob", "the quince harvest is early")

    found = alice.does("search", "harvest", "quince").out
    assert "Bob | you: the quince harvest is early" in found
    nothing = alice.types("search", "harvest", "pears")
    assert nothing.code == 1
    assert nothing.out == "No message holds all these words.\n"
    assert bob.texts("Alice")[-1] == "the quince harvest is early"


def test_a_timer_is_set_and_shown_to_both(alice: Person, bob: Person) -> None:
    assert "disappear 1 day after" in alice.does("timer", "Bob", "1d").out
    bob.does("read", "Alice")
    assert "disappear 1 day after" in bob.does("timer", "Alice").out
    assert alice.types("timer", "Bob", "soon").code == 2
    assert "stay" in alice.does("timer", "Bob", "off").out


def test_what_a_message_holds_cannot_command_the_reader(
    alice: Person, bob: Person
) -> None:
    alice.sends("Bob", "\x1b]0;owned\x07\x1b[2Jx\u202egpj.exe\n10:00 ffffffff you: yes")

    page = bob.does("read", "Alice").out
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "<U+202E>" in page
    assert not any(line.startswith("10:00 ffffffff") for line in page.splitlines())


def test_follow_prints_what_comes(alice: Person, bob: Person) -> None:
    alice.sends("Bob", "here it begins")
    following = bob.starts("--json", "read", "Alice", "--follow", "--limit", "1")
    assert following.stdout is not None
    assert "here it begins" in following.stdout.readline()
    alice.sends("Bob", "do you follow?")

    for line in following.stdout:
        if '"do you follow?"' in line and '"message_received"' in line:
            break
    else:
        raise AssertionError("it was not printed")
    following.send_signal(2)
    _, said = following.communicate(timeout=20)
    assert following.returncode == 130
    assert said == ""


def test_a_reader_that_goes_away_is_no_error(alice: Person, bob: Person) -> None:
    del alice
    with bob.starts("read", "Alice", "--follow", "--limit", "5") as following:
        assert following.stdout is not None
        following.stdout.readline()
        following.stdout.close()
        following.send_signal(15)

        assert following.wait(20) in {143, 141}
