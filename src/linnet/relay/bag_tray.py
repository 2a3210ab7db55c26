"""Bags that an operator was handed, and lays before the relay (spec/bags.md §5).

A folder in the data directory: the operator's command lays a bag there, the relay that
runs carries out what is for it, and lays the answers beside it.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linnet.errors import RemoteError, StorageError, Unreachable, UsageError
from linnet.relay.core.state import SHARED_PASS, Guest
from linnet.relay.errands import Errands
from linnet.relay.folder import Folder, usable, write_whole
from linnet.relay.logs import Log
from linnet.wire import bags, errands
from linnet.wire.bags import Carried, ToCarry
from linnet.wire.noise import public_key
from linnet.wire.refusals import Refusal
from linnet.wire.replies import PassState, RefusedReply
from linnet.wire.requests_errands import ErrandAnswer

LOOK_SECONDS: Final = 2.0
ERRAND_SECONDS: Final = 30.0
LARGEST_TEXT: Final = 16 << 20
"""No bag, and no text of its codes, is larger."""
ANSWER_SECONDS: Final = 120.0
_WHAT: Final = "The folder of bags"
_NOT_OURS: Final = (
    "Nothing in this bag is for this relay. Nothing was done; give it to somebody who "
    "has a connection: linnet bag carry FILE ANSWER"
)
_NOBODY: Final = (
    "No relay runs in this directory, so nobody takes the bag. Nothing was done; start "
    "it first: linnet relay run"
)
_FOR_OTHERS: Final = (
    "The bag holds errands for other relays too: give it on to somebody who has a "
    "connection, who types: linnet bag carry FILE ANSWER"
)
_LATE: Final = (
    "The relay did not carry the bag out in time. What it did stays done, and doing it "
    "again changes nothing: try again."
)


def read_bag(file: Path) -> bytes:
    """Read a bag from its file, or from the texts of its codes.

    Raises:
        UsageError: it cannot be read, or codes are missing.
        RemoteError: it is no bag, or damaged.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_TEXT)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    if bags.is_text(data):
        data = bags.joined(data.decode("utf-8", "replace"))
    bags.decode(data)
    return data


def for_relay(data: bytes, key: bytes) -> tuple[list[ToCarry], int]:
    """The errands of a bag that are for a relay, and how many are for others."""
    found = [one for one in bags.decode(data) if isinstance(one, ToCarry)]
    mine = [one for one in found if one.relay.key == key]
    return mine, len(found) - len(mine)


def hand_in(folder: Folder, file: Path, answer: Path) -> list[str]:
    """Have a bag carried out by the relay that runs; return what to say of it.

    Raises:
        UsageError: it cannot be read, nothing in it is for this relay, no relay runs,
            or the file of the answer is there already.
        RemoteError: it is no bag, or damaged.
        Unreachable: the relay did not answer in time.
        StorageError: the answer cannot be written.
    """
    data = read_bag(file)
    mine, others = for_relay(data, public_key(folder.private_key()))
    if not mine:
        raise UsageError(_NOT_OURS)
    if answer.exists():
        raise UsageError(f"{answer} is there already; name a new file.")
    if not folder.is_served:
        raise UsageError(_NOBODY)
    tray = BagTray(folder.path)
    found = tray.await_answer(tray.lay(data), ANSWER_SECONDS)
    if not found:
        raise Unreachable(_LATE)
    with usable(str(answer), str(answer)):
        write_whole(answer, found)
    lines = [
        f"Carried out {len(bags.decode(found))} of {len(mine)} errands.",
        f"The answer is written to {answer}. It goes back to whoever packed the bag; "
        "they type: linnet bag unpack ANSWER",
    ]
    return [*lines, _FOR_OTHERS] if others else lines


@dataclass(frozen=True, slots=True)
class BagTray:
    """The folder of bags in a data directory; it need not be there yet."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / "bags"

    def lay(self, data: bytes) -> str:
        """Lay a bag there; return what it is called.

        Raises:
            StorageError: it cannot be written.
        """
        name = secrets.token_hex(8)
        with usable(_WHAT, _WHAT):
            self.path.mkdir(mode=0o700, exist_ok=True)
            write_whole(self.path / f"{name}.bag", data)
        return name

    def bags(self) -> Iterator[tuple[str, bytes]]:
        """The bags that lie there, the oldest name first, with their names."""
        for file in sorted(self.path.glob("*.bag")):
            with suppress(FileNotFoundError):
                yield file.stem, file.read_bytes()

    def answer(self, name: str, data: bytes) -> None:
        """Lay the answers there, and take the bag away."""
        with usable(_WHAT, _WHAT):
            write_whole(self.path / f"{name}.answer", data)
            (self.path / f"{name}.bag").unlink(missing_ok=True)

    def await_answer(self, name: str, seconds: float) -> bytes:
        """Wait for the answers to a bag; afterwards nothing of it lies there.

        Raises:
            Unreachable: they do not come.
            StorageError: they cannot be read.
        """
        place = self.path / f"{name}.answer"
        until = time.monotonic() + seconds
        try:
            while not place.exists():
                if time.monotonic() >= until:
                    raise Unreachable(_LATE)
                time.sleep(0.1)
            with usable(_WHAT, _WHAT):
                return place.read_bytes()
        finally:
            for ending in ("bag", "answer"):
                (self.path / f"{name}.{ending}").unlink(missing_ok=True)


class Intake:
    """Where a relay that runs takes bags of its operator's."""

    def __init__(self, tray: BagTray, key: bytes, handling: Errands) -> None:
        self._tray, self._key, self._errands = tray, key, handling

    async def run(self, log: Log) -> None:
        """Carry out what lies there, until cancelled."""
        while True:
            for name, data in self._tray.bags():
                try:
                    self._tray.answer(name, await self.carry_out(data))
                except RemoteError:
                    self._tray.answer(name, b"")
                except StorageError:
                    log.write("bag_unusable")
            await asyncio.sleep(LOOK_SECONDS)

    async def carry_out(self, data: bytes) -> bytes:
        """Carry out the errands of a bag; return the answers, or nothing.

        Raises:
            RemoteError: it is no bag.
        """
        guest = self._errands.guest()
        # The operator lets in whomever they hand a bag in for.
        guest.payer, guest.pass_state = SHARED_PASS, PassState.VALID
        done = []
        for one in for_relay(data, self._key)[0]:
            with suppress(TimeoutError):
                done.append(await self._hand_in(guest, one.sealed))
        return bags.encode(tuple(done)) if done else b""

    async def _hand_in(self, guest: Guest, sealed: bytes) -> Carried:
        name = errands.name(sealed)
        async with asyncio.timeout(ERRAND_SECONDS):
            while True:
                reply = await self._errands.carry_out(guest, sealed)
                if isinstance(reply, ErrandAnswer):
                    return Carried(name, 0, reply.answer)
                refused = reply if isinstance(reply, RefusedReply) else None
                if refused is None or refused.code != Refusal.SLOW_DOWN:
                    code = refused.code if refused else Refusal.BAD_ERRAND
                    return Carried(name, code, b"")
                await asyncio.sleep(refused.detail / 1000)
