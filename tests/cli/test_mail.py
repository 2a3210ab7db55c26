"""A mail account for relays, as typed and as printed."""

from linnet.wire.links import Address, RelayDescriptor, Road, RoadLink
from tests.cli.scene import Person


def knowing(person: Person, password: str) -> Person:
    """The same person, with a mail password in the environment."""
    return Person(person.home, {"LINNET_MAIL_PASSWORD": password})


def test_an_account_is_named_with_a_warning_shown_and_forgotten(alice: Person) -> None:
    assert alice.does("road", "mail").out == "No mail account leads to relays.\n"
    alice = knowing(alice, "s3cret word")
    named = alice.does("road", "mail", "jo@mail.example", "--smtp", "out.example:587")
    shown = alice.does("--json", "road", "mail").json

    assert "tied to whoever it was registered to" in named.err
    assert "by mail from jo@mail.example" in named.out
    assert shown == {"mail": "jo@mail.example"}
    assert "s3cret" not in named.out + named.err
    assert alice.does("road", "mail", "--forget").out.startswith("No mail account")


def test_what_is_no_account_earns_a_sentence_and_changes_nothing(alice: Person) -> None:
    alice = knowing(alice, "x")

    assert "NAME@HOST" in alice.types("road", "mail", "jo").sentence
    long = alice.types("road", "mail", "jo@mail.example", "--user", "u" * 250)
    assert "too long" in long.sentence
    port = alice.types("road", "mail", "jo@mail.example", "--imap", "a:99999")
    assert "HOST:PORT" in port.sentence
    both = alice.types("road", "mail", "jo@mail.example", "--forget")
    assert "not both" in both.sentence
    assert alice.does("--json", "road", "mail").json == {"mail": ""}


def test_without_a_terminal_and_a_variable_no_password_is_guessed(
    alice: Person,
) -> None:
    typed = alice.types("road", "mail", "jo@mail.example")

    assert "LINNET_MAIL_PASSWORD" in typed.sentence


def test_a_road_to_a_folder_is_added_with_a_warning_and_without_its_password(
    alice: Person,
) -> None:
    where = Address(Road.FOLDER, "cloud.example", 443, "/f/", "davs:ann:s3cret")
    link = RoadLink((RelayDescriptor(b"f" * 32, (where,)),)).text()
    added = alice.does("road", "add", link)
    shown = alice.does("--json", "road", "list").out

    assert "can delete it" in added.err
    assert "folder:cloud.example:443" in added.out
    assert "s3cret" not in added.out + added.err + shown
