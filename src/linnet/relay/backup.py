"""Copies of a relay while it runs, and its return from one (docs/relay.md)."""

import os
import shutil
from pathlib import Path

import apsw

from linnet.errors import StorageError, UsageError
from linnet.relay.folder import (
    KEY_SIZE,
    Folder,
    make_private,
    sentences,
    sync_directory,
    write_whole,
)
from linnet.relay.stores.schema import connect, told


def key_beside(copy: Path) -> Path:
    """Where the key of a backup is kept."""
    return copy.with_name(copy.name + ".key")


def back_up(folder: Folder, target: Path) -> None:
    """Copy the database as it is at one moment, and the key beside it.

    Raises:
        UsageError: there is no relay, or the target exists.
        StorageError: the copy cannot be written; what was there is untouched.
    """
    folder.require()
    if target.exists():
        raise UsageError("That file exists already; name a new one for the backup.")
    draft = target.with_name(target.name + ".new")
    with sentences(), told():
        make_private(draft)
        source = connect(folder.database, is_new_allowed=False)
        copy = apsw.Connection(str(draft))
        # All in one step: the relay goes on writing, and the copy is of one moment.
        with copy.backup("main", source, "main") as backup:
            backup.step(-1)
        copy.pragma("journal_mode", "delete")
        copy.close()
        source.close()
        _sync(draft)
        write_whole(key_beside(target), folder.private_key())
        draft.replace(target)
        sync_directory(target.parent)


def restore(folder: Folder, source: Path) -> None:
    """Put a backup in the place of the database; what was there is kept beside it.

    Nothing but the last resort of a shelf is given out afterwards (spec/wire.md §5).

    Raises:
        UsageError: the backup or its key is missing.
        StorageError: a relay is running here, or the backup is damaged.
    """
    key = key_beside(source)
    if not source.exists() or not key.exists():
        raise UsageError(
            "The backup is not complete: both its file and the one with '.key' at the "
            "end of its name are needed."
        )
    private_key = _checked(source, key)
    folder.prepare()
    with folder.locked(), sentences():
        draft = folder.path / "restored.new"
        make_private(draft)
        shutil.copyfile(source, draft)
        _clear_shelves(draft)
        _sync(draft)
        number = _begin(folder)
        _set_aside(folder, number)
        write_whole(folder.key_file, private_key)
        draft.replace(folder.database)
        sync_directory(folder.path)
        folder.restoring.unlink()
        sync_directory(folder.path)


def _checked(source: Path, key: Path) -> bytes:
    """The key of a backup whose both parts can be used."""
    with told():
        flags = apsw.SQLITE_OPEN_READONLY
        connection = apsw.Connection(f"{source}", flags=flags)
        verdict = connection.pragma("quick_check")
        version = connection.pragma("user_version")
        connection.close()
    with sentences():
        private_key = key.read_bytes()
    if verdict != "ok" or not version or len(private_key) != KEY_SIZE:
        raise StorageError(
            "The backup is damaged and was not used. Nothing was changed; take another."
        )
    return private_key


def _clear_shelves(database: Path) -> None:
    """Take off the shelves what may have been claimed since: it is good only once."""
    with told():
        connection = apsw.Connection(str(database))
        connection.pragma("journal_mode", "memory")  # a draft cut short is made anew
        connection.pragma("secure_delete", "fast")
        connection.execute(
            "DELETE FROM packages WHERE number NOT IN (SELECT last_resort FROM shelves)"
        )
        connection.close()


def _begin(folder: Folder) -> int:
    """Note that a restore is on its way; under which number the former is kept.

    Without its write-ahead log a database lacks what was acknowledged last, and with
    that of another it is destroyed. So nothing may use what is here until all is in
    place, however often it is interrupted.
    """
    if folder.restoring.exists():
        return int(folder.restoring.read_text())
    number = 1
    while list(folder.path.glob(f"replaced-{number}.*")):
        number += 1
    write_whole(folder.restoring, str(number).encode())
    return number


def _set_aside(folder: Folder, number: int) -> None:
    """Keep the former database and key until somebody removes them."""
    kept = folder.path / f"replaced-{number}.key"
    if folder.key_file.exists() and not kept.exists():
        write_whole(kept, folder.key_file.read_bytes())
    for ending in ("", "-wal", "-shm"):
        former = folder.database.with_name(folder.database.name + ending)
        place = folder.path / f"replaced-{number}.db{ending}"
        if former.exists() and not place.exists():
            former.replace(place)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
