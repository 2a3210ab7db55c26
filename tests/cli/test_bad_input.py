"""What bad input gets: a sentence and a code, nothing lost, and never a traceback."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linnet.wire.links import PassLink
from tests.cli.bad_relays import garbage, listening, silence, website
from tests.cli.scene import Person, Relay, born, introduced


@pytest.mark.parametrize(
    "link", ["", "linnet:", "linnet:AQE9nvhI", "hello", "linnet:!!", "x" * 9_000]
)
def test_a_malformed_link_is_refused_and_the_account_stays(
    link: str, alice: Person, bob: Person
) -> None:
    done = alice.types("add", link)

    assert done.code == 2
    assert done.sentence
    assert [c["name"] for c in alice.does("--json", "contacts").json] == ["Bob"]
    del bob


def test_a_cut_or_changed_link_is_called_damaged(
    alice: Person, bob: Person, relay: Relay, folder: Path
) -> None:
    link = bob.does("invite").out.strip()
    changed = link[:-8] + ("A" if link[-8] != "A" else "B") + link[-7:]

    assert "damaged" in alice.types("add", link[:-5]).sentence
    assert "damaged" in alice.types("add", changed).sentence
    assert alice.types("add", relay.pass_link()).code == 2
    nobody = Person(folder / "nobody")
    assert nobody.types("init", "Nobody", "--relay", link).code == 2
    assert nobody.types("init", "Nobody", "--relay", "garbage").code == 2
    nobody.does("init", "Nobody", "--relay", relay.pass_link())


def test_our_own_link_is_not_added(alice: Person) -> None:
    done = alice.types("add", alice.does("invite").out.strip())

    assert done.code == 2
    assert done.sentence


def test_a_wrong_relay_key_is_named_as_such(relay: Relay, folder: Path) -> None:
    link = PassLink.parse(relay.pass_link())
    other = replace(link.relay, key=bytes(31) + b"\x09")
    person = Person(folder / "misled")

    done = person.types(
        "--wait", "3", "init", "Misled", "--relay", replace(link, relay=other).text()
    )

    assert done.code in {3, 5}
    assert "not the relay that the link names" in done.sentence


def test_an_expired_pass_says_so(folder: Path) -> None:
    own = Relay(folder / "strict").start()
    try:
        link = own.pass_link("--days", "1")
        own.stop()
        with sqlite3.connect(own.data / "relay.db") as database:
            database.execute("UPDATE passes SET expires = 1")
        database.close()
        own.start()
        person = Person(folder / "late")

        done = person.types("--wait", "3", "init", "Late", "--relay", link)

        assert done.code in {1, 2, 3, 5}
        assert "expired" in done.sentence
    finally:
        own.stop()


def test_a_second_process_on_one_home_is_told_who_is_first(
    alice: Person, bob: Person
) -> None:
    first = bob.starts("--json", "read", "Alice", "--follow", "--limit", "0")
    assert first.stdout is not None
    alice.sends("Bob", "is somebody there?")
    first.stdout.readline()

    done = bob.types("send", "Alice", "me too")

    assert done.code == 4
    assert "Another Linnet is using this home" in done.sentence
    first.terminate()
    first.communicate(timeout=20)
    assert "is somebody there?" in bob.texts("Alice")


def test_a_wrong_passphrase_is_refused_and_nothing_is_lost(alice: Person) -> None:
    stranger = Person(alice.home, {"LINNET_PASSPHRASE": "wrong horse"})

    done = stranger.types("chats")

    assert done.code == 2
    assert "passphrase" in done.sentence
    alice.does("chats")


def test_a_used_home_is_not_made_again(alice: Person, relay: Relay) -> None:
    done = alice.types("init", "Alice", "--relay", relay.pass_link())

    assert done.code == 2
    assert done.sentence
    alice.does("chats")


def test_a_line_of_ten_megabytes_is_refused_and_the_lines_before_it_are_sent(
    alice: Person, bob: Person
) -> None:
    long = b"x" * 10_000_000

    chat = alice.types("chat", "Bob", stdin=b"short one\n" + long + b"\n")
    send = alice.types("send", "Bob", "-", stdin=long)

    assert chat.code == 1
    assert "file" in chat.sentence
    assert send.code == 2
    assert "file" in send.sentence
    assert bob.texts("Alice")[-1] == "short one"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Relay, Person, Person]]:
    """A relay of their own, for people whose relay will misbehave."""
    relay = Relay(tmp_path / "relay").start()
    ann, ben = born(tmp_path / "ann", relay), born(tmp_path / "ben", relay)
    introduced(ben, ann)
    yield relay, ann, ben
    relay.stop()


@pytest.mark.parametrize("answer", [garbage, website, silence])
def test_a_relay_that_is_none_is_said_and_what_was_written_is_kept(
    answer: object, pair: tuple[Relay, Person, Person]
) -> None:
    relay, ann, ben = pair
    relay.stop()
    assert callable(answer)
    with listening(relay.port, answer):
        done = ann.types("--wait", "3", "send", "Ben", "kept safe")

    assert done.code == 3
    assert done.sentence
    assert "Queued; it will be sent next time." in done.out
    relay.start()
    ann.does("status")
    assert ben.texts("Ann")[-1] == "kept safe"


def test_no_relay_at_all_is_said_and_what_was_written_is_kept(
    pair: tuple[Relay, Person, Person],
) -> None:
    relay, ann, ben = pair
    relay.stop()

    done = ann.types("--wait", "2", "send", "Ben", "later, then")
    status = ann.types("--wait", "2", "status")

    assert done.code == status.code == 3
    assert "1 waiting to be sent" in status.out
    relay.start()
    ann.does("status")
    assert ben.texts("Ann")[-1] == "later, then"
