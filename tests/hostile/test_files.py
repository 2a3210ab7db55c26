"""Who can read a relay's files, and what is left when power goes at a bad moment."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from linnet.errors import StorageError, UsageError
from linnet.relay.backup import back_up, key_beside, restore
from linnet.relay.command import main
from linnet.relay.core.events import StreamKey
from linnet.relay.core.state import Stream
from linnet.relay.folder import Folder, write_whole
from linnet.relay.stores.sqlite import SqliteStore
from linnet.wire.requests import Append
from tests.relay.desk import STREAM, Desk, named


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    """The worst habit a system can have."""
    before = os.umask(0)
    yield
    os.umask(before)


def fill(folder: Folder, count: int) -> None:
    """Let a relay run that appends, and that is cut from the power."""
    folder.prepare()
    folder.private_key()
    folder.secret_path()
    store = SqliteStore(folder.database)
    desk = Desk(store)
    guest = desk.join()
    desk.create(guest)
    handle = desk.opened(guest)
    for number in range(count):
        desk.ask(guest, Append(handle, named(number), b"%d" % number))
    shutil.copytree(folder.path, folder.path.with_name("cut"))
    store.close()
    shutil.rmtree(folder.path)
    folder.path.with_name("cut").rename(folder.path)
    folder.path.chmod(0o700)


def head(database: Path) -> int:
    store = SqliteStore(database)
    found = store.fetch(StreamKey(STREAM))
    store.close()
    assert isinstance(found, Stream)
    return found.head


def open_to_others(path: Path) -> list[str]:
    found = [path, *path.rglob("*")] if path.is_dir() else [path]
    return [one.name for one in found if stat.S_IMODE(one.stat().st_mode) & 0o077]


def test_nothing_of_a_relay_can_be_read_by_other_users(tmp_path: Path) -> None:
    folder, backup = Folder(tmp_path / "relay"), tmp_path / "backup"
    folder.prepare()
    folder.private_key()
    folder.secret_path()
    store = SqliteStore(folder.database)
    desk = Desk(store)
    desk.create(desk.join())

    names = {one.name for one in folder.path.iterdir()}
    assert {"relay.db", "relay.db-wal", "relay.db-shm", "relay.key", "path"} <= names
    assert open_to_others(folder.path) == []
    back_up(folder, backup)
    store.close()
    restore(folder, backup)

    assert open_to_others(folder.path) == []
    assert open_to_others(backup) == open_to_others(key_beside(backup)) == []


def test_a_file_laid_out_by_somebody_else_never_gets_the_key(tmp_path: Path) -> None:
    target = tmp_path / "relay.key"
    trap = tmp_path / "relay.key.new"
    trap.write_bytes(b"")
    trap.chmod(0o666)
    with trap.open("rb") as held:
        write_whole(target, b"k" * 32)

        assert held.read() == b""
    assert target.read_bytes() == b"k" * 32
    assert open_to_others(target) == []


def test_a_link_laid_out_by_somebody_else_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "relay.key.new").symlink_to(victim)

    write_whole(tmp_path / "relay.key", b"k" * 32)

    assert victim.read_bytes() == b"precious"


class PowerCut(BaseException):
    """The machine stops here."""


def is_cut_off(
    act: Callable[[], None], count: int, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Stop at the n-th renaming of a file, before it is done, if it comes to that."""
    left = [count]
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if not left[0]:
            raise PowerCut
        left[0] -= 1
        return real(self, target)

    with monkeypatch.context() as patched, suppress(PowerCut):
        patched.setattr(Path, "replace", replace)
        act()
        return False
    return True


@pytest.mark.parametrize("count", range(7))
def test_a_restore_that_is_cut_off_loses_nothing_and_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    folder, backup = Folder(tmp_path / "relay"), tmp_path / "backup"
    fill(folder, 3)
    back_up(folder, backup)
    shutil.rmtree(folder.path)
    fill(folder, 5)
    former = folder.private_key()
    is_done = not is_cut_off(lambda: restore(folder, backup), count, monkeypatch)

    if folder.restoring.exists():
        with pytest.raises(StorageError, match="interrupted"):
            folder.require()
        restored = ["restore", "--data", str(folder.path), str(backup)]
        assert main(restored) == 0
        assert head(folder.path / "replaced-1.db") == 5
        assert (folder.path / "replaced-1.key").read_bytes() == former
        assert head(folder.database) == 3
        assert folder.private_key() == key_beside(backup).read_bytes()
    else:
        assert head(folder.database) == (3 if is_done else 5)
    assert not folder.restoring.exists()


def test_a_relay_does_not_start_over_an_unfinished_restore(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path)
    folder.prepare()
    folder.restoring.write_text("1")

    assert main(["run", "--data", str(tmp_path), "--listen", "127.0.0.1:0"]) == 1

    assert "interrupted" in capsys.readouterr().err
    assert not folder.database.exists()


@pytest.mark.parametrize("count", range(2))
def test_a_backup_that_is_cut_off_leaves_no_half_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    folder, backup = Folder(tmp_path / "relay"), tmp_path / "backup"
    fill(folder, 4)
    assert is_cut_off(lambda: back_up(folder, backup), count, monkeypatch)

    assert not backup.exists()
    with pytest.raises(UsageError):
        restore(folder, backup)
    back_up(folder, backup)

    assert head(backup) == 4


def test_a_backup_with_a_damaged_key_is_not_restored(tmp_path: Path) -> None:
    folder, backup = Folder(tmp_path / "relay"), tmp_path / "backup"
    fill(folder, 2)
    back_up(folder, backup)
    key = folder.private_key()
    key_beside(backup).write_bytes(b"")

    with pytest.raises(StorageError, match="damaged"):
        restore(folder, backup)

    assert folder.private_key() == key
    assert head(folder.database) == 2
