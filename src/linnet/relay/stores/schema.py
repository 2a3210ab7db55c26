"""The SQLite database of a relay: opening it, its tables, and its errors in words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from linnet.errors import DiskFull, StorageError

VERSION: Final = 2
FILE_NAME: Final = "relay.db"

SCHEMA: Final = """
CREATE TABLE streams (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    fenced INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    append_hash BLOB NOT NULL,
    read_hash BLOB NOT NULL,
    control_hash BLOB NOT NULL,
    payer INTEGER NOT NULL,
    retention INTEGER NOT NULL,
    created INTEGER NOT NULL,
    first INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE epochs (
    stream INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    append_hash BLOB NOT NULL,
    read_hash BLOB NOT NULL,
    PRIMARY KEY (stream, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE log (
    row INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    time INTEGER NOT NULL,
    id BLOB NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE TABLE shelves (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    owner_hash BLOB NOT NULL,
    claim_hash BLOB NOT NULL,
    last_resort INTEGER NOT NULL,
    payer INTEGER NOT NULL
) STRICT;
CREATE TABLE packages (
    number INTEGER PRIMARY KEY,
    shelf INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE INDEX packages_by_shelf ON packages (shelf, number);
CREATE TABLE blobs (
    number INTEGER PRIMARY KEY,
    name_hash BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    delete_hash BLOB NOT NULL,
    payer INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE TABLE chunks (
    blob INTEGER NOT NULL,
    position INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_blob ON chunks (blob, position);
CREATE TABLE passes (
    number INTEGER PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    max_streams INTEGER NOT NULL,
    max_bytes INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;
"""

WATCHES: Final = """
CREATE TABLE watches (
    stream INTEGER NOT NULL,
    name BLOB NOT NULL,
    ends INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX watches_by_name ON watches (stream, name);
CREATE INDEX watches_by_end ON watches (ends);
"""
"""What version 2 added."""


def connect(path: Path, *, is_new_allowed: bool = True) -> apsw.Connection:
    """Open a relay's database, creating its tables if it is new.

    Raises:
        StorageError: it cannot be opened, written, or is of a newer version.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOMUTEX
    if is_new_allowed:
        flags |= apsw.SQLITE_OPEN_CREATE
    with told():
        if is_new_allowed and not path.exists():
            _make_private(path)
        connection = apsw.Connection(str(path), flags=flags)
        connection.set_busy_timeout(10_000)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = FAST")
        connection.execute("PRAGMA cache_size = -8192")
        _migrate(connection)
    return connection


def _make_private(path: Path) -> None:
    """Make the file before SQLite does, which would let others read it.

    The files that SQLite lays beside it get the rights of this one.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError:
        # SQLite meets the same difficulty, and says it in its own way.
        return


def _migrate(connection: apsw.Connection) -> None:
    with connection:
        version = connection.pragma("user_version")
        if version == 0:
            connection.execute(SCHEMA)
        if version in (0, 1):
            connection.execute(WATCHES)
            connection.pragma("user_version", VERSION)
        elif version != VERSION:
            raise StorageError(
                "The relay's database was written by a newer version of Linnet. "
                "Nothing was changed; run that version."
            )


@contextmanager
def told() -> Iterator[None]:
    """Turn what SQLite raises into sentences.

    Raises:
        DiskFull: there is no room.
        StorageError: anything else.
    """
    try:
        yield
    except apsw.FullError:
        raise DiskFull(FULL) from None
    except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError):
        raise StorageError(
            "The relay's data directory cannot be written. Nothing was changed; "
            "give this user the right to write there."
        ) from None
    except (apsw.CorruptError, apsw.NotADBError):
        raise StorageError(CORRUPT) from None
    except apsw.Error as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise DiskFull(FULL) from None
        raise StorageError(
            f"The relay's database does not work ({type(error).__name__}). What was "
            "acknowledged is on disk."
        ) from None


FULL: Final = (
    "The disk of the relay is full. Nothing new is stored, what it holds can be read; "
    "make room and it goes on by itself."
)
CORRUPT: Final = (
    "The relay's database is damaged. It was not changed; restore the newest backup "
    "with 'linnet relay restore', clients then send again what is missing."
)
