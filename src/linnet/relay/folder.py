"""A relay's data directory: its key, its secret path, its lock and its database.

Nothing here is needed twice at once: the lock keeps a second relay away.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from linnet.errors import Malformed, StorageError, UsageError
from linnet.relay.stores.schema import FILE_NAME
from linnet.wire.fields import Fields
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key

KEY_SIZE = 32
PATH_SIZE = 12


@dataclass(frozen=True, slots=True)
class Folder:
    """Where one relay keeps everything."""

    path: Path

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.path / FILE_NAME

    @property
    def key_file(self) -> Path:
        """The file of the relay's static key."""
        return self.path / "relay.key"

    def prepare(self) -> None:
        """Make the directory.

        Raises:
            StorageError: it cannot be made or written.
        """
        with sentences():
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)

    @property
    def restoring(self) -> Path:
        """A file that is here while a backup is being put in place."""
        return self.path / "restoring"

    def require(self) -> None:
        """Require that a relay lives here.

        Raises:
            UsageError: there is none.
            StorageError: a backup was put in place by half.
        """
        self.require_whole()
        if not self.database.exists():
            raise UsageError(
                "There is no relay in this directory yet. Start one there with "
                "'linnet relay run --data DIR --listen HOST:PORT'."
            )

    def require_whole(self) -> None:
        """Require that no restoring was interrupted here.

        Raises:
            StorageError: one was.
        """
        if self.restoring.exists():
            raise StorageError(
                "Restoring a backup was interrupted here. Nothing was lost; run "
                "'linnet relay restore' again, which finishes it."
            )

    def private_key(self) -> bytes:
        """The relay's static key, made at the first call.

        Raises:
            StorageError: the file cannot be read or written, or is damaged.
        """
        with sentences():
            if not self.key_file.exists():
                write_whole(self.key_file, secrets.token_bytes(KEY_SIZE))
            key = self.key_file.read_bytes()
        if len(key) != KEY_SIZE:
            raise StorageError(
                "The relay's key file is damaged. Nothing was changed; restore it from "
                "a backup, or clients cannot know this relay again."
            )
        return key

    def secret_path(self) -> str:
        """The path at which sessions are let in, made at the first call.

        Raises:
            StorageError: the file cannot be read or written.
        """
        place = self.path / "path"
        with sentences():
            if not place.exists():
                text = "/" + secrets.token_urlsafe(PATH_SIZE)
                write_whole(place, text.encode())
            return place.read_text().strip()

    def complete(self, addresses: tuple[Address, ...]) -> tuple[Address, ...]:
        """Give the secret path to what is reached by the web and names no path.

        Raises:
            StorageError: the file of the path cannot be read or written.
        """
        path = self.secret_path()
        return tuple(
            replace(one, path=path)
            if one.road in {Road.WS, Road.WSS} and not one.path
            else one
            for one in addresses
        )

    def remember_addresses(self, addresses: tuple[Address, ...]) -> None:
        """Note where the relay can be reached, for links.

        Raises:
            StorageError: the file cannot be written.
        """
        packed = json.dumps([one.pack().hex() for one in addresses])
        with sentences():
            write_whole(self.path / "addresses", packed.encode())

    def plugin_state(self, method: str) -> Path:
        """The folder in which a plug-in keeps its key; made when first asked for."""
        state = self.path / "plugins" / method
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        return state

    def descriptor(self, addresses: tuple[Address, ...] = ()) -> RelayDescriptor:
        """What clients need to find and know this relay.

        Raises:
            UsageError: nobody has said yet where it can be reached.
        """
        found = addresses or self._remembered()
        if not found:
            raise UsageError(
                "It is not known yet where this relay can be reached. Start it once, "
                "or say it with --address."
            )
        return RelayDescriptor(public_key(self.private_key()), found)

    def _remembered(self) -> tuple[Address, ...]:
        try:
            packed = json.loads((self.path / "addresses").read_text())
            return tuple(Address.read(Fields(bytes.fromhex(one))) for one in packed)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, Malformed):
            raise StorageError(
                "The relay's file of addresses cannot be read. Nothing was changed; "
                "start the relay again to write it anew."
            ) from None

    @property
    def is_served(self) -> bool:
        """Whether a relay runs here now.

        Raises:
            StorageError: that cannot be found out.
        """
        with sentences():
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other relay away from here.

        Raises:
            StorageError: one is running here.
        """
        with sentences():
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        taken = (
            "A relay is running in this directory already. Nothing was changed; "
            "stop that one first, or give this one another directory."
        )
        with held(handle, taken):
            yield


@contextmanager
def held(handle: int, taken: str) -> Iterator[None]:
    """Hold an open lock file alone until the block ends, and close it.

    Raises:
        StorageError: another process holds it; `taken` is the sentence.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StorageError(taken) from None
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def usable(place: str, damaged: str) -> Iterator[None]:
    """Turn what the file system refuses, or what is damaged, into a sentence.

    Args:
        place: what cannot be used then, as a sentence begins.
        damaged: what is damaged then.

    Raises:
        StorageError: something was.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StorageError(f"{place} cannot be used: {why}.") from None
    except (ValueError, TypeError, KeyError, Malformed):
        raise StorageError(f"{damaged} is damaged; nothing was changed.") from None


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what the file system refuses into a sentence.

    Raises:
        StorageError: it refused.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StorageError(
            f"The relay's data directory cannot be used: {why}. Nothing was lost; give "
            "this user a directory to write in."
        ) from None


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place, whole or not at all, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    make_private(draft)
    with draft.open("r+b") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_directory(path.parent)


def make_private(path: Path) -> None:
    """Make an empty file that only its owner ever could read.

    Whatever has that name is removed first: somebody else may have made it, to read
    what is written there.
    """
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    os.close(os.open(path, flags, 0o600))


def sync_directory(path: Path) -> None:
    """See that a new name in a directory is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
