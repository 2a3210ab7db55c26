"""A proxy's data directory: its key, its relays, and to whom it gave links.

Whatever is here is readable by its owner only. Names are what the owner calls people;
nothing says what anyone did.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from linnet.carriers.personal_paths import PERSON_BYTES, PersonId
from linnet.errors import Malformed, StorageError, UsageError
from linnet.proxy.people import People
from linnet.relay.folder import KEY_SIZE, write_whole
from linnet.wire.fields import Fields
from linnet.wire.links import Address, RelayDescriptor

MOST_PEOPLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was given a link."""

    name: str
    id: str
    made: int
    is_revoked: bool = False

    @property
    def person(self) -> PersonId:
        """What tells this person's path from others."""
        return PersonId(bytes.fromhex(self.id))


@dataclass(frozen=True, slots=True)
class Folder:
    """Where one proxy keeps everything."""

    path: Path

    def prepare(self) -> None:
        """Make the directory.

        Raises:
            StorageError: it cannot be made or written.
        """
        with _sentences():
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)

    def require(self) -> None:
        """Require that a proxy lives here.

        Raises:
            UsageError: there is none.
        """
        if not (self.path / "proxy.key").exists():
            raise UsageError(
                "There is no proxy in this directory yet. Start one with 'linnet proxy "
                "run --relay LINK'."
            )

    def key(self) -> bytes:
        """The secret that paths are made of, made at the first call.

        Raises:
            StorageError: the file cannot be read or written, or is damaged.
        """
        file = self.path / "proxy.key"
        with _sentences():
            if not file.exists():
                write_whole(file, secrets.token_bytes(KEY_SIZE))
            key = file.read_bytes()
        if len(key) != KEY_SIZE:
            raise StorageError(
                "The proxy's key file is damaged: links that were given out can no "
                "longer be known. Remove the directory to begin anew."
            )
        return key

    def remember(
        self, relays: tuple[RelayDescriptor, ...], address: Address | None
    ) -> None:
        """Note the relays and where people reach this proxy, for links.

        Raises:
            StorageError: the file cannot be written.
        """
        place = address.pack().hex() if address is not None else ""
        told = {"relays": [one.pack().hex() for one in relays], "address": place}
        with _sentences():
            write_whole(self.path / "relays", json.dumps(told).encode())

    def remembered(self) -> tuple[tuple[RelayDescriptor, ...], Address | None]:
        """The relays, and where people reach this proxy.

        Raises:
            StorageError: the file is damaged.
        """
        file = self.path / "relays"
        if not file.exists():
            return (), None
        with _sentences():
            told = json.loads(file.read_text())
            relays = [RelayDescriptor.read(_fields(one)) for one in told["relays"]]
            place = told["address"]
            return tuple(relays), Address.read(_fields(place)) if place else None

    def people(self) -> list[Person]:
        """Everybody who was given a link, in that order.

        Raises:
            StorageError: the file is damaged.
        """
        file = self.path / "people"
        if not file.exists():
            return []
        with _sentences():
            found = [Person(**one) for one in json.loads(file.read_text())]
            if any(len(one.person) != PERSON_BYTES for one in found):
                raise ValueError
            return found

    def let_in(self, relays: tuple[RelayDescriptor, ...]) -> People:
        """Whose path leads where.

        Raises:
            StorageError: a file is damaged.
        """
        revoked = {one.person for one in self.people() if one.is_revoked}
        return People(self.key(), relays, revoked)

    def add(self, name: str, unix_time: float) -> Person:
        """Note that somebody is given a link.

        Raises:
            UsageError: somebody is called so already, or there are too many.
        """
        with self.locked("people.lock"):
            known = self.people()
            if any(one.name == name and not one.is_revoked for one in known):
                raise UsageError(
                    f"“{name}” has a link already. Revoke that one, or choose another "
                    "name."
                )
            if len(known) >= MOST_PEOPLE:
                raise UsageError("This proxy has given out as many links as it can.")
            new = Person(name, secrets.token_hex(PERSON_BYTES), int(unix_time))
            self._write([*known, new])
            return new

    def revoke(self, name: str) -> None:
        """Note that somebody's link leads nowhere any more.

        Raises:
            UsageError: nobody with a link is called so.
        """
        with self.locked("people.lock"):
            known = self.people()
            named = [one for one in known if one.name == name and not one.is_revoked]
            if not named:
                raise UsageError(f"Nobody with a link is called “{name}” here.")
            changed = [
                Person(one.name, one.id, one.made, is_revoked=True)
                if one in named
                else one
                for one in known
            ]
            self._write(changed)

    def mark(self) -> tuple[int, int]:
        """What tells that the people have changed."""
        try:
            found = (self.path / "people").stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino

    @contextmanager
    def locked(self, name: str = "lock") -> Iterator[None]:
        """Keep everybody else away from what a lock stands for.

        Raises:
            StorageError: somebody has it, and will keep it.
        """
        with _sentences():
            handle = os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            waits = fcntl.LOCK_NB if name == "lock" else 0
            fcntl.flock(handle, fcntl.LOCK_EX | waits)
        except OSError:
            os.close(handle)
            raise StorageError(
                "A proxy is running in this directory already. Stop that one first, or "
                "give this one another directory with --data."
            ) from None
        try:
            yield
        finally:
            os.close(handle)

    def _write(self, people: list[Person]) -> None:
        told = json.dumps([asdict(one) for one in people])
        with _sentences():
            write_whole(self.path / "people", told.encode())


def _fields(packed: str) -> Fields:
    return Fields(bytes.fromhex(packed))


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn what the file system refuses, or what is damaged, into a sentence.

    Raises:
        StorageError: something was.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StorageError(
            f"The proxy's data directory cannot be used: {why}."
        ) from None
    except (ValueError, TypeError, KeyError, Malformed):
        raise StorageError(
            "A file in the proxy's data directory is damaged; nothing was changed."
        ) from None
