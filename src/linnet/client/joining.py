"""Makes a home for an account that lives on another device: the new device's side.

Specified in ``spec/devices.md`` §3. Nothing is on disk before the account came whole.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from linnet.carriers.egress import Egress
from linnet.carriers.surroundings import Surroundings
from linnet.client.bundling import save_account, take_bundle
from linnet.client.core.bundle import AccountBundle
from linnet.client.core.identity import Account, encode_name
from linnet.client.core.linking import NewSide
from linnet.client.core.people import device_identity
from linnet.client.core.records import HistoryRecord, read_piece
from linnet.client.leaving import keep_way_out, read_way_out
from linnet.client.roads import joined, keep, read_road
from linnet.client.store.database import Database
from linnet.client.store.devices import DeviceRow
from linnet.client.store.home import Store
from linnet.client.store.lock import locked
from linnet.client.store.own_roads import OwnRoadTable
from linnet.client.store.roads import RoadTable
from linnet.client.store.vault import create_vault
from linnet.client.sync.blobs import fetch_small
from linnet.client.sync.line import Line
from linnet.client.sync.mailbox import Mailbox
from linnet.errors import (
    LinnetError,
    LocalError,
    Malformed,
    RemoteError,
    StorageError,
    Unreachable,
    UsageError,
)
from linnet.ids import DeviceId
from linnet.wire.links import DeviceLink, RoadLink

JOIN_SECONDS: Final = 600.0
DONE_SECONDS: Final = 10.0
LOST: Final = (
    "The other device did not go on within ten minutes; nothing was made here. Make "
    "another link there."
)


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What a new device needs: a link from an old one, and how it is to be called.

    Attributes:
        road_link: from whoever runs a proxy, where the relay itself is blocked; or "".
        through: the chain that every connection is to go through; or "".
    """

    link: str = field(repr=False)
    name: str
    road_link: str = field(default="", repr=False)
    through: str = field(default="", repr=False)

    @property
    def roads(self) -> RoadLink:
        """The roads of that link.

        Raises:
            UsageError: it is none.
        """
        return read_road(self.road_link) if self.road_link else RoadLink(())

    @property
    def way_out(self) -> Egress:
        """How connections are to leave.

        Raises:
            UsageError: it is no chain.
        """
        return read_way_out(self.through)


async def join_account(
    home: Path | str,
    new: NewDevice,
    *,
    passphrase: str | None,
    show_code: Callable[[str], object],
) -> None:
    """Make this a device of the account whose other device made the link; then `open`.

    Args:
        home: the folder to make; it must hold no account.
        new: the link, and this device's name.
        passphrase: will open the store; None asks the system keyring.
        show_code: is given the six digits that the owner compares on the old device.

    Raises:
        UsageError: the link is malformed, used or dead, or the owner refused.
        Unreachable: the relay cannot be reached.
        StorageError: the home cannot be written.
    """
    link, folder = _check(Path(home), new)
    surroundings = Surroundings(egress=new.way_out)
    line = Line(
        joined(link.relay, new.roads),
        None,
        changed=lambda: None,
        surroundings=surroundings,
    )
    failed: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(line.run())
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await _join(line, link, folder, new, passphrase, show_code)
        except TimeoutError:
            why = "" if line.link.is_open else f" {line.status.sentence}"
            failed = Unreachable(LOST + why)
        except RemoteError as error:
            failed = UsageError(str(error))
        except Exception as error:  # raised again below, without a group
            failed = error
        await line.close()
    await surroundings.close()
    if failed is not None:
        raise failed


def _check(home: Path, new: NewDevice) -> tuple[DeviceLink, Path]:
    if (home / "vault").exists():
        raise UsageError("There is an account in this home already.")
    try:
        link = DeviceLink.parse(new.link)
        encode_name(new.name)
        _ = new.roads, new.way_out  # said before anything is made
    except (Malformed, LocalError) as error:
        raise UsageError(str(error)) from error
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            "The home folder cannot be made there; nothing was changed."
        ) from error
    return link, home


async def _join(
    line: Line,
    link: DeviceLink,
    home: Path,
    new: NewDevice,
    passphrase: str | None,
    show_code: Callable[[str], object],
) -> None:
    mailbox, side = Mailbox(line, link), NewSide(link, secrets.token_bytes)
    device = DeviceId(secrets.token_bytes(8))
    await mailbox.put(1, side.hello(new.name))
    code = side.answered(await mailbox.take(2))
    await mailbox.put(3, side.prove(device))
    show_code(code)
    reference = side.received(await mailbox.take(4))
    bundle = AccountBundle.decode(await fetch_small(line, reference))
    history: list[HistoryRecord] = []
    for piece in bundle.history:
        history += read_piece(await fetch_small(line, piece))
    own = DeviceRow(device, new.name, int(time.time()), is_pending=True)
    _make_home(home, passphrase, bundle, history, own, new)
    try:
        async with asyncio.timeout(DONE_SECONDS):
            await mailbox.put(5, side.done())
    except (TimeoutError, RemoteError, Unreachable):
        return  # the account is here all the same, and its other devices will see it


def _make_home(
    home: Path,
    passphrase: str | None,
    bundle: AccountBundle,
    history: list[HistoryRecord],
    own: DeviceRow,
    new: NewDevice,
) -> None:
    with locked(home):
        try:
            key = create_vault(home / "vault", passphrase)
            database = Database.open(home / "linnet.db", key)
            try:
                with database.transaction():
                    _fill(home, database, bundle, history, own)
                    keep(OwnRoadTable(database), new.roads, time.time())
                    keep_way_out(RoadTable(database), new.way_out)
            finally:
                database.close()
        except LinnetError:
            for made in ("vault", "linnet.db", "linnet.db-wal", "linnet.db-shm"):
                (home / made).unlink(missing_ok=True)
            raise


def _fill(
    home: Path,
    database: Database,
    bundle: AccountBundle,
    history: list[HistoryRecord],
    own: DeviceRow,
) -> None:
    identity = device_identity(Account(bundle.seed), own.id, secrets.token_bytes)
    save_account(database, bundle, identity)
    store = Store.of(home, database)
    take_bundle(store, bundle, history)
    store.devices.forget(own.id)
    store.devices.note(own)
