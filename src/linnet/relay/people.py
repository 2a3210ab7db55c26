"""To whom paths were given, as a file of their owner's (spec/carriers.md §9.1).

Names are what the owner calls people; nothing says what anyone did.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from linnet.carriers.personal_paths import PERSON_BYTES, PersonId
from linnet.errors import UsageError
from linnet.relay.folder import usable, write_whole

MOST_PEOPLE: Final = 10_000
LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was given a path."""

    name: str
    id: str
    made: int
    is_revoked: bool = False

    @property
    def person(self) -> PersonId:
        """What tells this person's path from others."""
        return PersonId(bytes.fromhex(self.id))


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """The file in a data directory; it need not be there yet."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / "people"

    def all(self) -> list[Person]:
        """Everybody who was given a path, in that order.

        Raises:
            StorageError: the file cannot be read, or is damaged.
        """
        if not self.path.exists():
            return []
        with _sentences():
            found = [Person(**one) for one in json.loads(self.path.read_text())]
            if any(len(one.person) != PERSON_BYTES for one in found):
                raise ValueError
            return found

    def revoked(self) -> frozenset[PersonId]:
        """Whose paths lead nowhere any more.

        Raises:
            StorageError: the file cannot be read, or is damaged.
        """
        return frozenset(one.person for one in self.all() if one.is_revoked)

    def add(self, name: str, unix_time: float) -> PersonId:
        """Note that somebody is given a path.

        Raises:
            UsageError: the name cannot be, or somebody has it, or there are too many.
        """
        name = name.strip()
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise UsageError(f"A name has 1 to {LONGEST_NAME} printable characters.")
        with self._locked():
            known = self.all()
            if any(one.name == name and not one.is_revoked for one in known):
                raise UsageError(
                    f"“{name}” has a link already. Revoke that one, or choose another "
                    "name."
                )
            if len(known) >= MOST_PEOPLE:
                raise UsageError("As many links were given out here as can be.")
            new = Person(name, secrets.token_hex(PERSON_BYTES), int(unix_time))
            self._write([*known, new])
            return new.person

    def revoke(self, name: str) -> None:
        """Note that somebody's path leads nowhere any more.

        Raises:
            UsageError: nobody with a path is called so.
        """
        with self._locked():
            known = self.all()
            if not any(one.name == name and not one.is_revoked for one in known):
                raise UsageError(f"Nobody with a link is called “{name}” here.")
            self._write(
                [
                    replace(one, is_revoked=one.is_revoked or one.name == name)
                    for one in known
                ]
            )

    def mark(self) -> tuple[int, int]:
        """What tells that the file has changed."""
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino

    @contextmanager
    def _locked(self) -> Iterator[None]:
        place = self.folder / "people.lock"
        with _sentences():
            handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(handle)

    def _write(self, people: list[Person]) -> None:
        told = json.dumps([asdict(one) for one in people])
        with _sentences():
            write_whole(self.path, told.encode())


def _sentences() -> AbstractContextManager[None]:
    return usable("The file of who was given links", "The file of who was given links")
