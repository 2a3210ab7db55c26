"""`linnet bag`: three homes and a real relay; whoever has no network has the file."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.scene import LINNET, Person, Relay, born


@pytest.mark.slow
def test_a_message_goes_by_bag_and_its_answer_comes_back_by_codes(
    relay: Relay, folder: Path, alice: Person, bob: Person
) -> None:
    carol = born(folder / "carol", relay)
    bag = folder / "bag"
    relay.stop()
    assert alice.types("--wait", "0.1", "send", "Bob", "by foot").code == 3
    packed = alice.does("--json", "bag", "pack", str(bag)).json
    relay.start()
    carried = carol.does("bag", "carry", str(bag), "--qr").out
    assert bob.texts("Alice") == ["by foot"]
    relay.stop()

    done = alice.does("--json", "bag", "unpack", "-", stdin=carried.encode()).json

    relay.start()
    assert packed["messages"] == 1
    assert bag.stat().st_mode & 0o077 == 0
    assert done == {"on_the_relay": 1, "received": 0, "sentences": []}
    assert alice.texts("Bob") == ["by foot"]


@pytest.mark.slow
def test_the_operator_of_the_relay_carries_a_bag_out_that_they_were_handed(
    relay: Relay, folder: Path, alice: Person, bob: Person
) -> None:
    bag, answer = folder / "handed", folder / "handed-answer"
    relay.stop()
    assert alice.types("--wait", "0.1", "send", "Bob", "into your hands").code == 3
    alice.does("bag", "pack", str(bag))
    relay.start()

    words = [*LINNET, "relay", "bag", str(bag), str(answer)]
    said = subprocess.run(
        [*words, "--data", str(relay.data)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert "Carried out" in said
    assert answer.stat().st_mode & 0o077 == 0
    assert "into your hands" in bob.texts("Alice")
    relay.stop()
    done = alice.does("--json", "bag", "unpack", str(answer)).json
    relay.start()
    assert done["on_the_relay"] == 1


def test_what_cannot_be_packed_carried_or_unpacked_is_said(
    folder: Path, alice: Person
) -> None:
    file = folder / "no bag"
    file.write_bytes(b"something else")

    assert "no part of a bag" in alice.types("bag", "unpack", str(file)).sentence
    assert "is there already" in alice.types("bag", "pack", str(file)).sentence
    assert "--qr" in alice.types("bag", "pack").sentence
    assert "cannot be read" in alice.types("bag", "unpack", "nowhere").sentence


def test_where_nobody_is_nearby_it_ends_with_3(alice: Person) -> None:
    done = alice.types("--wait", "0.1", "nearby", "--once", "--interface", "lo")

    assert (done.code, done.out) == (3, "")
