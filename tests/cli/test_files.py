"""Files are sent and saved, and a sender's name for one can do no harm."""

import os
from pathlib import Path

from linnet.cli.moving import bar, plain_file_name
from tests.cli.scene import Person


def test_a_file_arrives_as_it_was(alice: Person, bob: Person, tmp_path: Path) -> None:
    sent = tmp_path / "song.bin"
    sent.write_bytes(os.urandom(700_000))
    message = alice.sends("Bob", "the song", "--file", str(sent))

    assert "[file song.bin, 700 kB" in bob.does("read", "Alice").out
    done = bob.does("save", "Alice", message, str(tmp_path / "got.bin"))
    assert done.out == f"Saved {tmp_path / 'got.bin'} (700 kB).\n"
    assert (tmp_path / "got.bin").read_bytes() == sent.read_bytes()


def test_nothing_is_written_over(alice: Person, bob: Person, tmp_path: Path) -> None:
    sent = tmp_path / "note.txt"
    sent.write_text("from Alice")
    message = alice.sends("Bob", "--file", str(sent))
    bob.does("read", "Alice")

    assert "is there already" in bob.types("save", "Alice", message, str(sent)).sentence
    folder = tmp_path / "downloads"
    folder.mkdir()
    bob.does("save", "Alice", message, str(folder))
    assert (folder / "note.txt").read_text() == "from Alice"


def test_what_cannot_be_sent_or_saved_is_said(
    alice: Person, bob: Person, tmp_path: Path
) -> None:
    del bob
    text = alice.sends("Bob", "only words")

    assert "no file" in alice.types("save", "Bob", text).sentence
    assert "no file" in alice.types("send", "Bob", "--file", str(tmp_path)).sentence
    missing = str(tmp_path / "missing")
    assert "cannot be read" in alice.types("send", "Bob", "--file", missing).sentence


def test_a_senders_file_name_cannot_leave_the_folder_or_hide() -> None:
    assert plain_file_name("../../.ssh/authorized_keys") == "authorized_keys"
    assert plain_file_name("C:\\windows\\evil.exe") == "evil.exe"
    assert plain_file_name(".bashrc") == "bashrc"
    assert plain_file_name("a\u202egpj\n.exe") == "a_gpj_.exe"
    assert plain_file_name("..") == "file"


def test_the_bar_shows_how_far_it_is() -> None:
    assert bar(500, 1000, "a") == "a [############............]  50% of 1 kB"
    assert bar(0, 0, "a").endswith("100% of 0 bytes")
