"""The SQLite file of a home: encrypted whole, in one transaction per event.

Knows SQL, errors of the disk and migrations; the tables' meaning is in the modules
beside this one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import apsw

from linnet.client.store.schema import MIGRATIONS
from linnet.errors import BugError, StorageError

# URIs, so that a copy can be written under another key.
_FLAGS = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI

# A full disk shows itself so where the index of the log is mapped, and where a limit
# on the size of files is met.
_NO_ROOM = {apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_WRITE}
_FULL = (
    "The disk is full: the last change was not made, what was there is safe. "
    "Free some space and try again."
)

Scalar = int | float | str | bytes | None
Row = tuple[Scalar, ...]


class Database:
    """One open store. Only `transaction` writes; a crash leaves all of it or none."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._is_writing = False
        self._after: list[Callable[[], None]] = []

    @classmethod
    def open(cls, file: Path, key: bytes) -> Self:
        """Open the store, make it when there is none, and bring it up to date.

        Raises:
            StorageError: it is corrupt, of a newer version, or cannot be written.
        """
        with _translated():
            connection = apsw.Connection(str(file), flags=_FLAGS)
            connection.pragma("hexkey", key.hex())
            connection.set_busy_timeout(2000)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("foreign_keys", "on")
            connection.pragma("secure_delete", "on")
        database = cls(connection)
        database._migrate()
        return database

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that the block writes is on disk when it ends, or none of it.

        Inside another transaction the block is part of that one.

        Raises:
            StorageError: the disk is full, read-only or broken; nothing was changed.
        """
        if self._is_writing:
            yield
            return
        self._is_writing = True
        try:
            with _translated():
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._connection.execute("COMMIT")
                except BaseException:
                    self._after.clear()
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
        finally:
            self._is_writing = False
        after, self._after = self._after, []
        for action in after:
            action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do something once what was written is on disk; at once outside of writing."""
        if self._is_writing:
            self._after.append(action)
        else:
            action()

    def write(self, sql: str, *values: Scalar) -> int:
        """Run one statement that writes; return how many rows it touched."""
        if not self._is_writing:
            raise BugError("Something was written outside of a transaction.")
        with _translated():
            self._connection.execute(sql, values)
            return self._connection.changes()

    def rows(self, sql: str, *values: Scalar) -> list[Row]:
        """Read rows."""
        with _translated():
            return list(self._connection.execute(sql, values))

    def row(self, sql: str, *values: Scalar) -> Row | None:
        """Read the first row, if there is one."""
        with _translated():
            return next(iter(self._connection.execute(sql, values)), None)

    def last_rowid(self) -> int:
        """Return the rowid of the row that was inserted last."""
        return self._connection.last_insert_rowid()

    def copy_to(self, file: Path, key: bytes) -> None:
        """Write a copy of the store under another key; the file must not exist."""
        target = f"file:{file}?hexkey={key.hex()}"
        with _translated():
            self._connection.execute("VACUUM INTO ?", (target,))

    def _migrate(self) -> None:
        with _translated():
            version = int(str(self._connection.pragma("user_version")))
        if version > len(MIGRATIONS):
            raise StorageError(
                "This home was made by a newer Linnet; update to open it."
            )
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            with self.transaction(), _translated():
                self._connection.execute(script)
                self._connection.execute(f"PRAGMA user_version = {number}")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise StorageError(_sentence(error)) from error
    except OverflowError as error:
        raise StorageError(
            "A number is too large for the store; nothing was changed."
        ) from error


def _is_full(error: apsw.Error) -> bool:
    code = getattr(error, "extendedresult", 0)
    return isinstance(error, apsw.FullError) or code in _NO_ROOM


def _sentence(error: apsw.Error) -> str:
    match error:
        case _ if _is_full(error):
            return _FULL
        case apsw.ReadOnlyError() | apsw.CantOpenError() | apsw.PermissionsError():
            return "The home folder cannot be written to; nothing was changed."
        case apsw.NotADBError() | apsw.CorruptError():
            return (
                "The store in this home is damaged; nothing was changed. "
                "Restore the home from a backup."
            )
        case apsw.BusyError():
            return "Another program holds the store of this home; nothing was changed."
        case apsw.IOError():
            return "The disk does not answer as it should; nothing was changed."
        case _:
            pass
    return f"The store failed ({type(error).__name__}); nothing was changed."
