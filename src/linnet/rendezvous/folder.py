"""Where the book of who has which road rests: one file, of its owner's alone."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from linnet.relay.folder import usable, write_whole
from linnet.rendezvous.book import Book


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a book in it; it need not be there yet."""

    path: Path

    @property
    def file(self) -> Path:
        """The book."""
        return self.path / "book"

    def read(self) -> Book:
        """Read the book; an empty one where there is none.

        Raises:
            StorageError: it cannot be read, or is damaged.
        """
        with _sentences():
            if not self.file.exists():
                return Book()
            try:
                return Book.read(json.loads(self.file.read_text()))
            except IndexError:
                raise ValueError from None

    @contextmanager
    def changing(self) -> Iterator[Book]:
        """Read the book, and write it when the block ends well; one at a time.

        Raises:
            StorageError: it cannot be read or written, or is damaged.
        """
        with _sentences():
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            book = self.read()
            yield book
            with _sentences():
                write_whole(self.file, json.dumps(book.written()).encode())
        finally:
            os.close(handle)


def _sentences() -> AbstractContextManager[None]:
    return usable("The book of who has which road", "The book of who has which road")
