"""A proxy's data directory: its key, its relays, and to whom it gave links.

Whatever is here is readable by its owner only.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from linnet.errors import StorageError, UsageError
from linnet.proxy.people import People
from linnet.relay.folder import KEY_SIZE, held, usable, write_whole
from linnet.relay.people import PeopleFile
from linnet.wire.fields import Fields
from linnet.wire.links import Address, RelayDescriptor


@dataclass(frozen=True, slots=True)
class Known:
    """What a proxy remembers of how it was last run.

    Attributes:
        relays: to which it leads.
        address: where its owner said that people reach it.
        listens: where it listened.
    """

    relays: tuple[RelayDescriptor, ...] = ()
    address: Address | None = None
    listens: Address | None = None


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

    def remember(self, known: Known) -> None:
        """Note the relays and where people reach this proxy, for links.

        Raises:
            StorageError: the file cannot be written.
        """
        told = {
            "relays": [one.pack().hex() for one in known.relays],
            "address": _packed(known.address),
            "listens": _packed(known.listens),
        }
        with _sentences():
            write_whole(self.path / "relays", json.dumps(told).encode())

    def remembered(self) -> Known:
        """The relays, and where people reach this proxy.

        Raises:
            StorageError: the file is damaged.
        """
        file = self.path / "relays"
        if not file.exists():
            return Known()
        with _sentences():
            told = json.loads(file.read_text())
            relays = [RelayDescriptor.read(_fields(one)) for one in told["relays"]]
            places = _unpacked(told["address"]), _unpacked(told["listens"])
            return Known(tuple(relays), *places)

    @property
    def people(self) -> PeopleFile:
        """To whom links were given."""
        return PeopleFile(self.path)

    def let_in(self, relays: tuple[RelayDescriptor, ...]) -> People:
        """Whose path leads where.

        Raises:
            StorageError: a file is damaged.
        """
        return People(self.key(), relays, self.people.revoked())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other proxy away from here.

        Raises:
            StorageError: one is running here.
        """
        with _sentences():
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        taken = (
            "A proxy is running in this directory already. Stop that one first, or "
            "give this one another directory with --data."
        )
        with held(handle, taken):
            yield


def _packed(address: Address | None) -> str:
    return address.pack().hex() if address is not None else ""


def _unpacked(packed: str) -> Address | None:
    return Address.read(_fields(packed)) if packed else None


def _fields(packed: str) -> Fields:
    return Fields(bytes.fromhex(packed))


def _sentences() -> AbstractContextManager[None]:
    return usable("The proxy's data directory", "A file in the proxy's data directory")
