"""A bag that the operator was handed is carried out at the relay (spec/bags.md §5)."""

import asyncio
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from linnet.errors import StorageError, Unreachable, UsageError
from linnet.ids import RequestNumber
from linnet.relay import bag_tray
from linnet.relay.bag_tray import BagTray, Intake, hand_in
from linnet.relay.core.limits import Limits
from linnet.relay.folder import Folder
from linnet.relay.logs import Log
from linnet.wire import bags, errands
from linnet.wire.bags import Carried, Letter, ToCarry
from linnet.wire.codec import Request
from linnet.wire.errands import Contents, Key
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Envelopes, Mode
from linnet.wire.requests import Append, Read
from tests.relay.desk import named
from tests.relay.test_driver import KEY, run
from tests.relay.test_errands import ONE, OPEN, Counter

HERE = RelayDescriptor(public_key(KEY), (Address(Road.TCP, "relay.example", 1),))
ELSEWHERE = RelayDescriptor(b"o" * 32, HERE.addresses)


def errand(number: int) -> tuple[ToCarry, Key]:
    asked: tuple[Request, ...] = (
        OPEN,
        Append(ONE, named(number), b"by hand"),
        Read(ONE),
    )
    numbered = tuple((RequestNumber(n), one) for n, one in enumerate(asked))
    data, key = errands.seal(Contents(numbered), HERE.key, os.urandom(32))
    return ToCarry(HERE, data), key


def intake(counter: Counter, folder: Path) -> Intake:
    assert counter.driver.errands is not None
    return Intake(BagTray(folder), HERE.key, counter.driver.errands)


async def carried_out(counter: Counter, folder: Path, data: bytes) -> bytes:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(intake(counter, folder).carry_out(data))
        while not task.done():
            await counter.driver.stored()
            await asyncio.sleep(0)
    return task.result()


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_for_this_relay_is_carried_out_in_order_and_the_rest_left_out(
    tmp_path: Path, mode: Mode
) -> None:
    async def story() -> None:
        counter = await Counter().prepared()
        counter.driver.relay.memory.limits = Limits(mode=mode)
        (first, _), (second, key) = errand(1), errand(2)
        foreign = ToCarry(ELSEWHERE, first.sealed)
        bad = ToCarry(HERE, first.sealed[:-1] + b"?")
        packed = bags.encode((first, foreign, Letter(b"x"), second, bad))

        answers = bags.decode(await carried_out(counter, tmp_path, packed))

        names = [errands.name(one.sealed) for one in (first, second, bad)]
        assert [one.errand for one in answers if isinstance(one, Carried)] == names
        done, refused = answers[1:]
        assert isinstance(done, Carried)
        assert isinstance(refused, Carried)
        *_, (_, read) = errands.decode_answer(key.open(done.answer))
        assert isinstance(read, Envelopes)
        assert len(read.envelopes) == 2
        assert refused.refusal == Refusal.BAD_ERRAND

    run(story)


def test_a_bag_that_lies_there_is_answered_once_and_gone(tmp_path: Path) -> None:
    async def story() -> None:
        counter, tray = await Counter().prepared(), BagTray(tmp_path)
        one, _ = errand(1)
        good, broken = tray.lay(bags.encode((one,))), tray.lay(b"no bag at all")
        taking = intake(counter, tmp_path)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(taking.run(Log()))
            while tray.names():
                await counter.driver.stored()
                await asyncio.sleep(0)
            task.cancel()

        assert len(bags.decode(tray.await_answer(good, 1))) == 1
        assert tray.await_answer(broken, 1) == b""
        assert list(tray.path.iterdir()) == []

    run(story)


def junk(tray: BagTray) -> None:
    """No bag, and no room for what is to be said of it."""
    (tray.path / f"{tray.lay(b'no bag')}.answer.new").mkdir()


def unwritable(tray: BagTray) -> None:
    name = tray.lay(bags.encode((errand(1)[0],)))
    (tray.path / f"{name}.answer.new").mkdir()


def not_to_be_set_aside(tray: BagTray) -> None:
    (tray.path / "0.bag").mkdir()
    (tray.path / "0.unusable" / "full").mkdir(parents=True)


@pytest.mark.parametrize(
    "lay",
    [
        lambda tray: (tray.path / "0.bag").mkdir(),
        lambda tray: os.mkfifo(tray.path / "0.bag"),
        junk,
        unwritable,
        not_to_be_set_aside,
    ],
    ids=["directory", "pipe", "junk", "unwritable", "not to be set aside"],
)
def test_what_cannot_be_used_is_told_of_once_and_stops_neither_relay_nor_other_bags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lay: Callable[[BagTray], None]
) -> None:
    monkeypatch.setattr(bag_tray, "LOOK_SECONDS", 0.0)
    lines = io.StringIO()

    async def story() -> None:
        counter, tray = await Counter().prepared(), BagTray(tmp_path)
        tray.prepare()
        lay(tray)
        before = set(tray.names())
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(intake(counter, tmp_path).run(Log(lines)))
            for _ in range(3):
                good = tray.lay(bags.encode((errand(1)[0],)))
                while good in tray.names():
                    await counter.driver.stored()
                    await asyncio.sleep(0)
                assert len(bags.decode(tray.await_answer(good, 1))) == 1
            task.cancel()
        if lay is not not_to_be_set_aside:
            assert tray.names() == []
            assert {one.stem for one in tray.path.glob("*.unusable")} == before

    run(story)
    assert lines.getvalue().count("bag_unusable") == 1


def test_who_no_longer_waits_leaves_no_answer_behind(tmp_path: Path) -> None:
    async def story() -> None:
        counter, tray = await Counter().prepared(), BagTray(tmp_path)
        name = tray.lay(bags.encode((errand(1)[0],)))
        with pytest.raises(Unreachable):
            tray.await_answer(name, 0)
        tray.answer(name, b"late")
        assert list(tray.path.iterdir()) == []

        (tray.path / "0.answer").write_bytes(b"of one who was killed")
        (tray.path / "1.answer.new").write_bytes(b"of a relay that was")
        async with asyncio.TaskGroup() as tasks:
            taking = tasks.create_task(intake(counter, tmp_path).run(Log()))
            await asyncio.sleep(0)
            taking.cancel()
        assert list(tray.path.iterdir()) == []

    run(story)


def test_whoever_waits_is_told_at_once_that_the_bag_was_set_aside(
    tmp_path: Path,
) -> None:
    tray = BagTray(tmp_path)
    name = tray.lay(b"bag")
    tray.set_aside(name)

    with pytest.raises(StorageError, match="as the user whom the relay runs as"):
        tray.await_answer(name, 3_600)

    assert list(tray.path.iterdir()) == []


def test_the_wait_for_an_answer_grows_with_the_errands(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "relay")
    folder.prepare()
    here = RelayDescriptor(public_key(folder.private_key()), HERE.addresses)
    file = tmp_path / "bag"
    file.write_bytes(bags.encode(tuple(ToCarry(here, b"x") for _ in range(64))))
    waits = []

    def await_answer(_: BagTray, __: str, seconds: float) -> bytes:
        waits.append(seconds)
        return b""

    with pytest.MonkeyPatch.context() as patch, folder.locked():
        patch.setattr(BagTray, "await_answer", await_answer)
        with pytest.raises(Unreachable):
            hand_in(folder, file, tmp_path / "answer")

    assert waits[0] > 64 * bag_tray.ERRAND_SECONDS


def test_where_nobody_takes_the_bag_it_does_not_stay_there(tmp_path: Path) -> None:
    tray = BagTray(tmp_path)
    name = tray.lay(b"bag")
    assert tray.path.stat().st_mode & 0o777 == 0o700
    assert (tray.path / f"{name}.bag").stat().st_mode & 0o777 == 0o600

    with pytest.raises(Unreachable, match="try again"):
        tray.await_answer(name, 0)

    assert list(tray.path.iterdir()) == []


def test_what_cannot_be_carried_out_is_said_and_nothing_done(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "relay")
    folder.prepare()
    file, answer = tmp_path / "bag", tmp_path / "answer"
    here = RelayDescriptor(public_key(folder.private_key()), HERE.addresses)
    file.write_bytes(bags.encode((ToCarry(ELSEWHERE, b"x"),)))
    with pytest.raises(UsageError, match="for this relay"):
        hand_in(folder, file, answer)

    codes = "\n".join(bags.parts(bags.encode((ToCarry(here, b"x"),))))
    file.write_text(codes)
    with pytest.raises(UsageError, match="No relay runs"):
        hand_in(folder, file, answer)

    answer.write_text("mine")
    with folder.locked(), pytest.raises(UsageError, match="there already"):
        hand_in(folder, file, answer)
    assert not BagTray(folder.path).path.exists()
