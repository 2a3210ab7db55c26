"""What a joint does when one side takes no more (spec/carriers.md §9.3)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.proxy.joint import CLOSE_SECONDS, MOST_WAITING, STUCK_SECONDS, Joint
from linnet.wire.links import Address, RelayDescriptor, Road

RELAY = RelayDescriptor(b"k" * 32, (Address(Road.WS, "a", 1), Address(Road.WS, "b", 1)))


class Track(Carrier):
    """A carrier that writes down what is done with it."""

    def __init__(self, user: CarrierUser) -> None:
        super().__init__(user)
        self.done: list[object] = []

    def write(self, messages: Sequence[bytes]) -> None:
        self.done += messages

    def hold(self) -> None:
        self.done.append("hold")

    def go_on(self) -> None:
        self.done.append("go on")

    def close(self) -> None:
        self.done.append("close")

    def abort(self) -> None:
        self.done.append("abort")


class Room:
    """What is around a joint, with a clock that stands."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.time = 0.0
        self.left_joints = 0
        self.bytes = 0
        self.far: asyncio.Future[Track] = asyncio.get_running_loop().create_future()
        self.joint = Joint(self, b"\0alice...", RELAY, self.dial)
        self.near = Track(self.joint.near)
        self.joint.near.join(self.near)
        self._tasks = tasks

    async def dial(self, address: Address, user: CarrierUser) -> Carrier:
        await asyncio.sleep(0)
        self.far.set_result(Track(user))
        return self.far.result()

    def now(self) -> float:
        return self.time

    def run(self, task: Coroutine[None, None, None]) -> asyncio.Task[None]:
        return self._tasks.create_task(task)

    def passed(self, joint: Joint, count: int) -> None:
        self.bytes += count

    def left(self, joint: Joint) -> None:
        self.left_joints += 1

    async def open(self) -> Track:
        """Say something, so that the way to the relay opens."""
        self.joint.near.arrived(b"hello")
        return await self.far


def run(story: Callable[[Room], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.TaskGroup() as tasks:
            await story(Room(tasks))

    asyncio.run(whole())


def test_until_the_relay_is_reached_a_person_is_not_read() -> None:
    async def story(room: Room) -> None:
        room.joint.near.arrived(b"hello")
        room.joint.near.arrived(b"again")
        assert room.near.done == ["hold", "hold"]
        far = await room.far
        await asyncio.sleep(0)
        assert far.done == [b"hello", b"again"]
        assert room.near.done[2:] == ["go on"]
        assert room.bytes == 10

    run(story)


def test_where_one_side_takes_no_more_the_other_is_not_read() -> None:
    async def story(room: Room) -> None:
        far = await room.open()
        await asyncio.sleep(0)
        near, far.done = room.near, []
        near.done = []
        near.paused = True
        room.joint.far.arrived(b"x")
        assert (near.done, far.done) == ([b"x"], ["hold"])
        near.paused = False
        room.joint.near.writable()
        assert far.done == ["hold", "go on"]

    run(story)


def test_who_sends_on_although_it_is_not_read_is_cut() -> None:
    async def story(room: Room) -> None:
        far = await room.open()
        await asyncio.sleep(0)
        far.paused = True
        for _ in range(MOST_WAITING // 65_535 + 1):
            room.joint.near.arrived(bytes(65_535))
        assert room.near.done[-1] == "abort"
        assert far.done[-1] == "abort"

    run(story)


def test_a_side_that_takes_nothing_for_long_ends_both() -> None:
    async def story(room: Room) -> None:
        far = await room.open()
        await asyncio.sleep(0)
        room.near.paused = True
        room.joint.far.arrived(b"x")
        room.joint.tend(STUCK_SECONDS - 1)
        assert "abort" not in far.done
        room.joint.tend(STUCK_SECONDS)
        assert (room.near.done[-1], far.done[-1]) == ("abort", "abort")

    run(story)


def test_where_one_side_ends_the_other_is_closed_after_what_was_written() -> None:
    async def story(room: Room) -> None:
        far = await room.open()
        await asyncio.sleep(0)
        room.joint.far.arrived(b"last words")
        room.joint.far.lost()
        assert room.near.done[-2:] == [b"last words", "close"]
        assert room.left_joints == 0
        room.joint.tend(CLOSE_SECONDS)
        assert room.near.done[-1] == "abort"
        room.joint.near.lost()
        assert room.left_joints == 1
        assert "close" not in far.done

    run(story)


def test_a_person_who_leaves_while_the_relay_is_dialled_leaves_nothing() -> None:
    async def story(room: Room) -> None:
        room.joint.near.arrived(b"hello")
        room.joint.near.lost()
        await asyncio.sleep(0)
        assert not room.far.done()
        assert room.left_joints >= 1

    run(story)
