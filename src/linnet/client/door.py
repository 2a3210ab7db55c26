"""`linnet.client.open`: the one door (docs/guide/write-a-bot.md)."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from linnet.client import keeping
from linnet.client.account import Client
from linnet.client.assemble import assemble
from linnet.client.core.identity import Account, encode_name
from linnet.client.core.people import new_identity
from linnet.client.inviting import read_pass
from linnet.client.leaving import keep_way_out, read_way_out
from linnet.client.roads import keep, read_road
from linnet.client.store.accounts import AccountTable, Profile
from linnet.client.store.database import Database
from linnet.client.store.home import Store
from linnet.client.store.lock import locked
from linnet.client.store.own_roads import OwnRoadTable
from linnet.client.store.roads import RoadTable
from linnet.client.store.vault import create_vault, is_in_keyring, open_vault
from linnet.client.sync.hub import Hub
from linnet.errors import BugError, LocalError, StorageError, UsageError
from linnet.wire.links import PassLink, RoadLink
from mls import BasicCredential


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a new account needs: a name, and a pass link from whoever runs a relay.

    Attributes:
        road_link: from whoever runs a proxy, where the relay itself is blocked; or "".
        through: the chain that every connection is to go through; or "".
    """

    name: str
    pass_link: str = field(repr=False)
    road_link: str = field(default="", repr=False)
    through: str = field(default="", repr=False)


@asynccontextmanager
async def open(  # noqa: A001  the one door is called what it does
    home: Path | str,
    *,
    passphrase: str | None = None,
    create: NewAccount | None = None,
    connect: bool = True,
) -> AsyncIterator[Client]:
    """Open the account in a home folder, or make one.

    Args:
        home: the folder that holds the account; one process at a time.
        passphrase: opens the store; None asks the system keyring.
        create: makes a new account; refused when there is one already.
        connect: False only reads and writes the store.

    Raises:
        UsageError: no account here, one already, wrong passphrase, malformed link.
        StorageError: the home is in use, read-only, full or corrupt.
    """
    folder = Path(home)
    with _opened(folder, passphrase, create) as store:
        hub = Hub(store)
        assemble(hub)
        if not connect:
            try:
                yield Client(hub)
            finally:
                hub.teller.close()
                await hub.surroundings.close()
            return
        failed: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                hub.start(tasks)
                try:
                    yield Client(hub)
                except BaseException as error:  # raised again below, without a group
                    failed = error
                await hub.close()
        except BaseExceptionGroup as group:
            raise BugError("Part of the client stopped unexpectedly.") from group
        if failed is not None:
            raise failed


def needs_passphrase(home: Path | str) -> bool:
    """Return whether a home is opened by a passphrase, not by the system keyring."""
    return not is_in_keyring(Path(home) / "vault")


async def restore(
    file: Path, home: Path | str, *, phrase: str, passphrase: str | None
) -> None:
    """Make a home from a backup file and its phrase; then `open` it.

    Raises:
        UsageError: the phrase is wrong, the file is no backup, the home is not empty.
        StorageError: the home cannot be written.
    """
    keeping.restore(file, Path(home), phrase=phrase, passphrase=passphrase)


_GONE = (
    "The store of this home is missing or empty; nothing was changed. "
    "Restore the home from a backup."
)


@contextmanager
def _opened(
    home: Path, passphrase: str | None, create: NewAccount | None
) -> Iterator[Store]:
    vault, file = home / "vault", home / "linnet.db"
    link = _check(home, create)
    with locked(home):
        if create is None:
            if not file.exists() or not file.stat().st_size:
                raise StorageError(_GONE)
            key = open_vault(vault, passphrase)
        else:
            key = create_vault(vault, passphrase)
        database = Database.open(file, key)
        try:
            if create is not None and link is not None:
                _make_account(database, create, *link)
            yield Store.of(home, database)
        finally:
            database.close()


def _check(
    home: Path, create: NewAccount | None
) -> tuple[PassLink, RoadLink | None] | None:
    """Check all that can be checked before anything is written."""
    has_account = (home / "vault").exists()
    if create is None:
        if not has_account:
            raise UsageError(
                "There is no account in this home yet; make one with 'init'."
            )
        return None
    if has_account:
        raise UsageError("There is an account in this home already.")
    link = read_pass(create.pass_link)
    road = read_road(create.road_link) if create.road_link else None
    read_way_out(create.through)
    try:
        encode_name(create.name)
    except LocalError as error:
        raise UsageError(str(error)) from error
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            "The home folder cannot be made there; nothing was changed."
        ) from error
    return link, road


def _make_account(
    database: Database, create: NewAccount, link: PassLink, road: RoadLink | None
) -> None:
    account = Account.generate(secrets.token_bytes)
    identity = new_identity(account, secrets.token_bytes)
    credential = identity.credential
    if not isinstance(credential, BasicCredential):
        raise BugError("A device was made with a credential of another kind.")
    table = AccountTable(database)
    with database.transaction():
        table.save(
            Profile(
                account=account,
                name=create.name,
                owner_secret=secrets.token_bytes(32),
                invite_secret=secrets.token_bytes(32),
                credential=credential.identity,
                signature_private=identity.signature_private,
            )
        )
        table.remember_relay(link.relay, pass_token=link.token, is_mine=True)
        if road is not None:
            keep(OwnRoadTable(database), road, time.time())
        keep_way_out(RoadTable(database), read_way_out(create.through))
