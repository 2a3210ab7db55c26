"""Bags that an operator was handed, and lays before the relay (spec/bags.md §5).

A folder in the data directory: the operator's command lays a bag there, the relay that
runs carries out what is for it, and lays the answers beside it.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
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
"""How long an answer may take, beside what each errand may."""
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
    "again changes nothing: try again, as the user whom the relay runs as."
)
_SET_ASIDE: Final = (
    "The relay could not read the bag, or not write the answer. What it did stays "
    "done, and doing it again changes nothing: see that the disk has room, and try "
    "again as the user whom the relay runs as."
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
        StorageError: the bag or the answer cannot be written or read, be it by the
            relay.
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
    seconds = ANSWER_SECONDS + len(mine) * ERRAND_SECONDS
    found = tray.await_answer(tray.lay(data), seconds)
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
            write_whole(self._file(name, "bag"), data)
        return name

    def prepare(self) -> None:
        """Make the folder, and clear answers away that nobody waits for, or begun ones.

        Raises:
            StorageError: it cannot be made or written.
        """
        with usable(_WHAT, _WHAT):
            self.path.mkdir(mode=0o700, exist_ok=True)
            for file in self.path.glob("*.answer*"):
                file.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """What the bags that lie there are called; none where nobody can look."""
        with suppress(OSError):
            return sorted(one.stem for one in self.path.glob("*.bag"))
        return []

    def read(self, name: str) -> bytes | None:
        """A bag that lies there; nothing where it was taken away.

        Raises:
            StorageError: it cannot be read.
        """
        file = self._file(name, "bag")
        with usable(_WHAT, _WHAT), suppress(FileNotFoundError):
            if not S_ISREG(file.stat().st_mode):
                # To open a pipe would wait for whoever writes into it.
                raise OSError
            with file.open("rb") as opened:
                return opened.read(LARGEST_TEXT)
        return None

    def answer(self, name: str, data: bytes) -> None:
        """Lay the answers there and take the bag away; neither where it is gone.

        Raises:
            StorageError: they cannot be written.
        """
        bag, answer = self._file(name, "bag"), self._file(name, "answer")
        with usable(_WHAT, _WHAT):
            if not bag.exists():
                return
            write_whole(answer, data)
            try:
                bag.unlink()
            except FileNotFoundError:
                # Whoever waited has gone meanwhile, and would have taken it with them.
                answer.unlink(missing_ok=True)

    def set_aside(self, name: str) -> None:
        """Let a bag be looked at no more, if the file system lets this happen."""
        with suppress(OSError):
            self._file(name, "bag").rename(self._file(name, "unusable"))
        with suppress(OSError):
            # What was begun takes the place that was missing.
            self._file(name, "answer.new").unlink()

    def await_answer(self, name: str, seconds: float) -> bytes:
        """Wait for the answers to a bag; afterwards nothing of it lies there.

        Raises:
            Unreachable: they do not come.
            StorageError: they cannot be read, or the bag was set aside.
        """
        bag, answer = self._file(name, "bag"), self._file(name, "answer")
        until = time.monotonic() + seconds
        try:
            while bag.exists() and not answer.exists():
                if time.monotonic() >= until:
                    raise Unreachable(_LATE)
                time.sleep(0.1)
            # The answer is there before the bag is taken away.
            if not answer.exists():
                raise StorageError(_SET_ASIDE)
            with usable(_WHAT, _WHAT):
                return answer.read_bytes()
        finally:
            # The bag first: the relay that finds it gone clears its answer away.
            for ending in ("bag", "answer", "unusable"):
                self._file(name, ending).unlink(missing_ok=True)

    def _file(self, name: str, ending: str) -> Path:
        return self.path / f"{name}.{ending}"


class Intake:
    """Where a relay that runs takes bags of its operator's."""

    def __init__(self, tray: BagTray, key: bytes, errands: Errands) -> None:
        self._tray, self._key, self._errands = tray, key, errands

    async def run(self, log: Log) -> None:
        """Carry out what lies there, until cancelled."""
        with suppress(StorageError):
            self._tray.prepare()
        unusable: set[str] = set()
        while True:
            names = self._tray.names()
            # What cannot even be set aside is told of once, and left alone.
            unusable &= set(names)
            for name in names:
                if name not in unusable and not await self._take(name):
                    unusable.add(name)
                    log.write("bag_unusable")
            await asyncio.sleep(LOOK_SECONDS)

    async def _take(self, name: str) -> bool:
        """Carry a bag out; whether it could be read and answered, else it is aside."""
        try:
            data = self._tray.read(name)
            if data is not None:
                self._tray.answer(name, await self._answers(data))
        except StorageError:
            self._tray.set_aside(name)
            return False
        return True

    async def _answers(self, data: bytes) -> bytes:
        try:
            return await self.carry_out(data)
        except RemoteError:
            return b""

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
