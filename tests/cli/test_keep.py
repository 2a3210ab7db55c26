"""Export, backup and restore; as typed and as printed."""

import json
from pathlib import Path

from tests.cli.scene import PASSPHRASE, Person, Relay


def test_an_export_is_plain_text_in_a_new_folder(
    alice: Person, bob: Person, tmp_path: Path
) -> None:
    bob.sends("Alice", "for the archive")
    alice.does("read", "Bob")

    done = alice.does("export", str(tmp_path / "out"))

    assert "as plain text" in done.out
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    rows = [
        json.loads(line)
        for path in written
        if path.suffix == ".jsonl"
        for line in path.read_text().splitlines()
    ]
    assert any(row.get("text") == "for the archive" for row in rows)
    assert alice.types("export", str(tmp_path / "out")).code == 2


def test_a_backup_comes_back_with_its_phrase_and_only_with_it(
    alice: Person, bob: Person, tmp_path: Path
) -> None:
    alice.sends("Bob", "remember this")
    file = tmp_path / "linnet.backup"
    made = alice.does("--json", "backup", str(file)).json
    again = Person(tmp_path / "again", {"LINNET_PHRASE": made["phrase"]})
    wrong = Person(tmp_path / "wrong", {"LINNET_PHRASE": "not the phrase"})

    assert wrong.types("restore", str(file)).sentence
    assert not wrong.home.exists() or not list(wrong.home.iterdir())
    again.does("restore", str(file))
    assert "remember this" in again.texts("Bob")
    bob.does("send", "Alice", "welcome back")
    assert again.texts("Bob")[-1] == "welcome back"


def test_what_cannot_be_kept_or_restored_is_said(alice: Person, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    other = Person(tmp_path / "new", {"LINNET_PHRASE": PASSPHRASE})

    assert alice.types("backup", str(tmp_path / "there")).code == 2
    assert alice.types("backup", str(tmp_path / "no" / "b")).code == 2
    assert alice.types("restore", str(tmp_path / "there")).code == 2
    assert "no file" in other.types("restore", str(tmp_path / "none")).sentence
    assert other.types("restore", str(tmp_path / "there")).sentence


_KEYRING = """
import json, pathlib
_FILE = pathlib.Path(__file__).with_name("keys.json")

def get_password(service, name):
    return json.loads(_FILE.read_text()).get(f"{service} {name}")

def set_password(service, name, password):
    _FILE.write_text(json.dumps({f"{service} {name}": password}))
"""


def test_the_system_keyring_opens_a_home_without_a_passphrase(
    relay: Relay, tmp_path: Path
) -> None:
    (tmp_path / "keyring.py").write_text(_KEYRING)
    nora = Person(tmp_path / "nora", {"PYTHONPATH": str(tmp_path)})
    link = relay.pass_link()

    made = nora.does("init", "Nora", "--keyring", "--relay", link)
    assert "system keyring" in made.out
    nora.does("chats")
    (tmp_path / "keys.json").write_text("{}")
    assert "keyring holds no key" in nora.types("chats").sentence
