"""The store: encrypted, one writer, all or nothing, and clear when it cannot."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from linnet.client.store import vault
from linnet.client.store.columns import blob, number, text
from linnet.client.store.database import Database
from linnet.client.store.lock import locked
from linnet.client.store.schema import MIGRATIONS
from linnet.client.store.vault import create_vault, open_vault, write_vault
from linnet.errors import BugError, StorageError, UsageError

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def quick_vaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "MEMORY_KIB", 1024)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "store.db", KEY)
    yield opened
    opened.close()


def put(database: Database, key: str, value: str) -> None:
    database.write("INSERT INTO meta VALUES (?, ?)", key, value)


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    first = Database.open(tmp_path / "store.db", KEY)
    with first.transaction():
        put(first, "name", "Alice")
    first.close()

    second = Database.open(tmp_path / "store.db", KEY)
    assert second.rows("SELECT value FROM meta WHERE key = 'name'") == [("Alice",)]
    assert second.row("PRAGMA user_version") == (len(MIGRATIONS),)
    second.close()


def test_nothing_of_a_transaction_that_fails_stays(database: Database) -> None:
    told: list[str] = []

    def fails() -> None:
        with database.transaction():
            put(database, "a", "1")
            database.after_commit(lambda: told.append("done"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert database.rows("SELECT key FROM meta") == []
    assert told == []


def test_what_follows_a_transaction_happens_once_it_is_kept(database: Database) -> None:
    told: list[int] = []
    with database.transaction():
        database.after_commit(lambda: told.append(1))
        with database.transaction():
            put(database, "a", "1")
        assert told == []

    assert told == [1]


def test_writing_outside_of_a_transaction_is_a_bug(database: Database) -> None:
    with pytest.raises(BugError):
        put(database, "a", "1")


def test_the_file_holds_no_plaintext_and_opens_with_its_key_only(
    tmp_path: Path,
) -> None:
    database = Database.open(tmp_path / "store.db", KEY)
    with database.transaction():
        put(database, "secret", "the owl flies at midnight")
    database.close()

    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"owl flies" not in raw
    assert b"SQLite format" not in raw
    with pytest.raises(StorageError, match="damaged"):
        Database.open(tmp_path / "store.db", bytes(32))


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "store.db", KEY)
    with database.transaction():
        database.write(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()

    with pytest.raises(StorageError, match="newer"):
        Database.open(tmp_path / "store.db", KEY)


def test_a_full_disk_is_told_and_what_was_there_is_safe(database: Database) -> None:
    with database.transaction():
        put(database, "before", "here")
    database.rows("PRAGMA max_page_count = 80")

    with pytest.raises(StorageError, match="disk is full"), database.transaction():
        put(database, "large", "x" * 2_000_000)

    assert database.rows("SELECT key FROM meta") == [("before",)]
    with database.transaction():
        put(database, "small", "fits")


def test_a_copy_opens_with_its_own_key(database: Database, tmp_path: Path) -> None:
    with database.transaction():
        put(database, "name", "Alice")

    database.copy_to(tmp_path / "copy.db", bytes(32))

    copy = Database.open(tmp_path / "copy.db", bytes(32))
    assert copy.rows("SELECT value FROM meta") == [("Alice",)]
    copy.close()


def test_a_column_of_another_type_is_a_damaged_store() -> None:
    for read in (blob, text, number):
        with pytest.raises(StorageError, match="damaged"):
            read(None)


def test_a_vault_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    file = tmp_path / "vault"
    key = create_vault(file, "correct horse")

    assert open_vault(file, "correct horse") == key
    with pytest.raises(UsageError, match="wrong"):
        open_vault(file, "battery staple")
    with pytest.raises(UsageError, match="none was given"):
        open_vault(file, None)
    write_vault(file, key, "battery staple")
    assert open_vault(file, "battery staple") == key
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"memory_kib": 1024', b'"memory_kib": 999999999'),
        (b'"passes": 3', b'"passes": 100000'),
        (b'"version": 1', b'"version": {}'),
        (b'"salt"', b'"pepper"'),
        (b"{", b"["),
    ],
)
def test_a_damaged_vault_is_told_and_takes_no_memory(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    file = tmp_path / "vault"
    create_vault(file, "x")
    file.write_bytes(file.read_bytes().replace(old, new, 1))

    with pytest.raises((StorageError, UsageError), match=r"damaged|newer"):
        open_vault(file, "x")


def test_a_missing_keyring_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(UsageError, match="no system keyring"):
        create_vault(tmp_path / "vault", None)


def test_one_process_at_a_time_holds_a_home(tmp_path: Path) -> None:
    held = (
        "import sys, pathlib, linnet.client.store.lock as lock\n"
        "with lock.locked(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", held, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == b"held\n"

    with pytest.raises(StorageError, match="Another Linnet"), locked(tmp_path):
        pass
    other.kill()
    other.communicate()
    with locked(tmp_path):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="cannot be written"), locked(tmp_path):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_a_home_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(StorageError, match="cannot be written"),
        locked(tmp_path / "file"),
    ):
        pass
