"""Groups: made, joined, renamed, looked after and left; as typed and as printed."""

from pathlib import Path

import pytest

from tests.cli.scene import Person, Relay, born, introduced


@pytest.fixture(scope="module")
def carol(relay: Relay, folder: Path, alice: Person) -> Person:
    carol = born(folder / "carol", relay)
    introduced(carol, alice)
    return carol


@pytest.fixture(scope="module")
def choir(alice: Person, bob: Person, carol: Person) -> str:
    alice.does("group", "new", "Choir", "Bob", "Carol")
    for person in (bob, carol):
        if person.does("--json", "requests").json:
            person.does("accept", "Choir")
    return "Choir"


def names(person: Person, group: str) -> list[str]:
    return [m["name"] for m in person.does("--json", "group", "members", group).json]


def test_everybody_reads_what_one_writes(
    choir: str, alice: Person, bob: Person, carol: Person
) -> None:
    carol.sends(choir, "when do we sing?")

    assert "Carol: when do we sing?" in bob.does("read", choir).out
    assert alice.texts(choir)[-1] == "when do we sing?"


def test_members_are_listed_with_what_they_are(choir: str, alice: Person) -> None:
    lines = alice.does("group", "members", choir).out.splitlines()

    assert "Alice (you, admin)" in lines
    assert "Carol" in lines


def test_only_an_admin_renames(choir: str, alice: Person, carol: Person) -> None:
    assert carol.types("group", "rename", choir, "Quartet").sentence
    assert "“The choir”" in alice.does("group", "rename", choir, "The", "choir").out
    carol.does("chats")
    assert names(carol, "The choir") == ["Alice", "Bob", "Carol"]
    alice.does("group", "rename", "The choir", choir)


def test_a_member_becomes_an_admin_and_no_longer(
    choir: str, alice: Person, bob: Person
) -> None:
    assert "is now an admin" in alice.does("group", "admin", choir, "Bob").out
    bob.does("chats")
    members = bob.does("--json", "group", "members", choir).json
    assert [m["name"] for m in members if m["is_admin"]] == ["Alice", "Bob"]
    assert "no longer" in alice.does("group", "admin", choir, "Bob", "--off").out


def test_one_is_removed_and_one_leaves_and_both_keep_what_was_said(
    alice: Person, bob: Person, carol: Person, choir: str
) -> None:
    del choir
    alice.does("group", "new", "Short", "Bob", "Carol")
    for person in (bob, carol):
        if person.does("--json", "requests").json:
            person.does("accept", "Short")
    alice.sends("Short", "for all")
    bob.does("read", "Short")
    carol.does("read", "Short")

    alice.does("group", "remove", "Short", "Bob")
    bob.does("chats")
    assert bob.types("send", "Short", "still here?").code != 0
    assert bob.texts("Short") == ["for all"]

    carol.does("group", "leave", "Short")
    alice.does("chats")
    assert names(alice, "Short") == ["Alice"]
    assert carol.texts("Short") == ["for all"]


def test_a_conversation_moves_to_another_relay_of_ours(
    alice: Person, bob: Person, carol: Person, choir: str, folder: Path
) -> None:
    other = Relay(folder / "second").start()
    try:
        before = {r["relay"] for r in alice.does("--json", "relays").json}
        alice.does("relays", "add", other.pass_link())
        after = {r["relay"] for r in alice.does("--json", "relays").json}
        (new,) = after - before

        alice.does("group", "move", choir, new)
        bob.does("chats")
        bob.sends(choir, "here too")
        assert alice.texts(choir)[-1] == "here too"
        assert carol.texts(choir)[-1] == "here too"
    finally:
        other.stop()
