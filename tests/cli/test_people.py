"""People meet by link, and decide whom they hear; as typed and as printed."""

from pathlib import Path

from tests.cli.scene import Person, Relay, born, introduced


def test_a_new_account_is_told_its_link_and_its_home(
    relay: Relay, folder: Path
) -> None:
    dora = Person(folder / "dora")
    done = dora.does("init", "Dora", "--relay", relay.pass_link())

    assert done.out.startswith(f"Dora has an account, kept in {dora.home}.\n")
    assert dora.does("invite").out.strip() in done.out


def test_a_person_asks_is_seen_accepted_and_listed(
    relay: Relay, folder: Path, alice: Person
) -> None:
    carol = born(folder / "carol", relay)
    link = alice.does("invite").out.strip()

    asked = carol.does("add", link, "--note", "Carol from the choir")
    assert asked.out.startswith("Alice is asked.")
    assert carol.does("--json", "contacts").json[0]["state"] == "asked"

    hasty = alice.types("send", "carol", "hello")
    assert "waits for your answer" in hasty.sentence
    seen = alice.does("requests").out
    assert "Carol asks to talk" in seen
    assert "“Carol from the choir”" in seen

    assert alice.does("accept", "Carol").out == "Accepted. To talk: linnet chat Carol\n"
    assert alice.does("requests").out == "Nobody asks to talk to you.\n"
    assert carol.does("--json", "contacts").json[0]["state"] == "accepted"


def test_a_declined_request_is_gone(relay: Relay, folder: Path, alice: Person) -> None:
    eve = born(folder / "eve", relay)
    eve.does("add", alice.does("invite").out.strip())

    assert "Declined Eve" in alice.does("decline", "Eve").out
    assert alice.does("--json", "requests").json == []


def test_a_blocked_contact_is_not_heard_until_unblocked(
    relay: Relay, folder: Path, alice: Person
) -> None:
    gus = born(folder / "gus", relay)
    introduced(gus, alice)
    assert alice.does("block", "Gus").out.startswith("Gus is blocked")
    gus.sends("Alice", "unheard")
    assert "unheard" not in alice.does("read", "Gus").out
    assert alice.types("add", gus.does("invite").out.strip()).code == 2

    assert "To talk again, add them" in alice.does("unblock", "Gus").out
    alice.does("add", gus.does("invite").out.strip())
    gus.does("requests")


def test_both_see_one_safety_number_and_can_say_it_is_right(
    alice: Person, bob: Person
) -> None:
    mine = alice.does("--json", "verify", "Bob").json
    theirs = bob.does("--json", "verify", "Alice").json

    assert mine["digits"] == theirs["digits"]
    assert len(mine["digits"]) == 60
    assert "Bob is verified." in alice.does("verify", "Bob", "--yes").out
    assert alice.does("--json", "contacts").json[0]["verified"] is True
    assert "not verified" in alice.does("verify", "Bob", "--no").out


def test_a_new_name_is_seen_by_others(alice: Person, bob: Person) -> None:
    assert bob.does("rename", "Robert").out == "You are now Robert.\n"
    alice.does("chats")
    assert any(c["name"] == "Robert" for c in alice.does("--json", "contacts").json)

    bob.does("rename", "Bob")
    alice.does("chats")


def test_nobody_of_that_name_is_a_sentence(alice: Person) -> None:
    done = alice.types("send", "Nobdy", "hi")

    assert "see your chats" in done.sentence
    assert done.code == 2


def test_a_new_link_replaces_the_old(relay: Relay, folder: Path) -> None:
    fay = born(folder / "fay", relay)
    before = fay.does("invite").out
    after = fay.does("invite", "--new").out

    assert before != after
    assert fay.does("invite").out == after


def test_a_link_is_drawn_to_be_scanned(alice: Person, folder: Path) -> None:
    drawn = alice.does("invite", "--qr").out.splitlines()
    picture = folder / "code.svg"
    alice.does("invite", "--file", str(picture))

    assert len(drawn) > 20
    assert drawn[-1] == alice.does("invite").out.strip()
    assert picture.read_text().startswith("<?xml")
    assert alice.types("invite", "--file", "code.txt").code == 2
