"""What every carrier must do, whatever it is made of (spec/session.md §8)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any, cast

import pytest

from linnet.carriers import dial, outside
from linnet.carriers.carrier import Carrier
from linnet.carriers.dns import carrier as asking
from linnet.carriers.egress import leaving_by
from linnet.carriers.link import Link, Opened, Received
from linnet.carriers.surroundings import Surroundings
from linnet.errors import Unreachable
from tests.carriers.conformance.far_side import End, Guest, House
from tests.carriers.conformance.scene import Scene
from tests.carriers.conformance.subjects import SUBJECTS
from tests.carriers.people import echo_relay, hear, running, until_open
from tests.carriers.recorders import named

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("subject", SUBJECTS)]
PATIENCE = 60.0
MOST_OF_A_DATAGRAM = 60_000

MESSAGES = [
    bytes([n % 251]) * size for n, size in enumerate([1, 2, 1_180, 9_000, 0] * 8)
]


def largest(subject: str) -> list[bytes]:
    """Messages of the largest size, as many as the subject may take."""
    return [bytes([n]) * 65_535 for n in range(SUBJECTS[subject].largest)]


class Pair:
    """An open carrier and both of its users."""

    def __init__(self, scene: Scene, near: End, far: Guest) -> None:
        self.scene, self.near, self.far = scene, near, far

    @property
    def carriers(self) -> tuple[Carrier, Carrier]:
        assert self.near.carrier is not None
        assert self.far.carrier is not None
        return self.near.carrier, self.far.carrier


async def opened(scene: Scene, user: End) -> Carrier:
    with leaving_by(scene.egress):
        return await scene.opens(scene.address, user)


@asynccontextmanager
async def pair(subject: str) -> AsyncIterator[Pair]:
    house = House()
    try:
        async with asyncio.timeout(PATIENCE), SUBJECTS[subject].stage(house) as scene:
            near = End()
            near.carrier = await opened(scene, near)
            near.carrier.write([b"hello"])
            far = await house.guests_here.get()
            await far.hears(1)
            far.heard.clear()
            try:
                yield Pair(scene, near, far)
            finally:
                near.carrier.abort()
    finally:
        await house.close()


async def first(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them is over, and give the others up."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(one) for one in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run(subject: str, story: Callable[[Pair], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with pair(subject) as both:
            await story(both)

    asyncio.run(whole())


def test_messages_come_whole_once_and_in_order_both_ways(subject: str) -> None:
    async def story(both: Pair) -> None:
        near, far = both.carriers
        sent = MESSAGES[: SUBJECTS[subject].messages]
        for message in sent:
            near.write([message])
            far.write([message])
        assert await both.far.hears(len(sent)) == sent
        assert await both.near.hears(len(sent)) == sent

    run(subject, story)


def test_messages_of_the_largest_size_come_whole(subject: str) -> None:
    async def story(both: Pair) -> None:
        near, far = both.carriers
        sent = largest(subject)
        near.write(sent)
        far.write(sent)
        assert await both.far.hears(len(sent)) == sent
        assert await both.near.hears(len(sent)) == sent

    run(subject, story)


def test_all_that_was_written_comes_before_a_clean_close(subject: str) -> None:
    async def story(both: Pair) -> None:
        near, _ = both.carriers
        sent = largest(subject)
        near.write(sent)
        near.close()
        await both.far.is_lost()
        assert both.far.heard == sent
        assert both.far.losses == 1

    run(subject, story)


def test_all_that_the_relay_wrote_comes_before_its_clean_close(subject: str) -> None:
    async def story(both: Pair) -> None:
        _, far = both.carriers
        sent = largest(subject)
        far.write(sent)
        far.close()
        await both.near.is_lost()
        assert both.near.heard == sent
        assert both.near.losses == 1

    run(subject, story)


def test_who_is_not_read_is_told_to_stop_and_then_to_go_on(subject: str) -> None:
    async def story(both: Pair) -> None:
        near, far = both.carriers
        far.hold()
        sent = 0
        for sent in count(1):
            near.write([b"m" * 65_535])
            # The road must have a chance to take it.
            await asyncio.sleep(0)
            if near.paused:
                break
            assert sent < 1_000, "64 MB were taken for somebody who reads nothing"
        assert not both.near.eases
        far.go_on()
        await both.near.is_eased()
        assert not near.paused
        assert len(await both.far.hears(sent)) == sent

    run(subject, story)


def test_a_road_that_is_cut_is_told_once_or_mended_by_itself(subject: str) -> None:
    async def story(both: Pair) -> None:
        near, _ = both.carriers
        both.scene.line.cut()
        near.write([b"after"])
        await first(
            both.far.until(lambda: bool(both.far.heard)),
            both.near.until(lambda: bool(both.near.losses)),
        )
        assert both.near.losses == (both.far.heard != [b"after"])

    run(subject, story)


def test_a_session_goes_on_when_its_road_is_cut_in_the_middle(subject: str) -> None:
    async def story() -> None:
        async with (
            echo_relay() as (echo, _),
            SUBJECTS[subject].stage(echo.listener) as scene,
        ):
            link = Link(
                named(scene.address),
                dial=scene.opens,
                poll=None,
                surroundings=Surroundings(egress=scene.egress),
            )
            async with running(link, PATIENCE) as events:
                await until_open(events)
                sent = [
                    n.to_bytes(2, "big") * 500 for n in range(SUBJECTS[subject].talk)
                ]
                for message in sent:
                    if not link.send(message):
                        break
                rest = sent[sent.index(message) + 1 :]
                heard = await hear(events, 5)
                scene.line.cut()
                for message in rest:
                    if not link.send(message):
                        await link.room()
                async for event in events:
                    assert not isinstance(event, Opened), "the session was lost"
                    if isinstance(event, Received):
                        heard.append(event.message)
                    if len(heard) == len(sent) // 2:
                        scene.line.cut()
                    if len(heard) == len(sent):
                        break
            assert heard == sent
            assert echo.heard == sent
            assert len(echo.sessions) == 1

    asyncio.run(story())


def test_a_dial_that_is_given_up_at_any_moment_leaves_nothing(subject: str) -> None:
    async def give_up(scene: Scene, pieces: int) -> bool:
        """Give a dial up after so many pieces; whether it was open by then."""
        scene.line.passed = 0
        user = End()
        dialling = asyncio.get_running_loop().create_task(opened(scene, user))
        moment = asyncio.get_running_loop().create_task(scene.line.passes(pieces))
        await asyncio.wait({dialling, moment}, return_when=asyncio.FIRST_COMPLETED)
        was_open = dialling.done()
        dialling.cancel()
        moment.cancel()
        carrier, _ = await asyncio.gather(dialling, moment, return_exceptions=True)
        if isinstance(carrier, Carrier):
            carrier.abort()
        await scene.line.is_empty()
        return was_open

    async def story() -> None:
        house = House()
        async with asyncio.timeout(PATIENCE), SUBJECTS[subject].stage(house) as scene:
            await give_up(scene, 1_000)
            before = asyncio.all_tasks()
            for pieces in range(12):
                if await give_up(scene, pieces):
                    break
            # What the relay itself has begun for somebody may still be ending.
            left = {one for one in asyncio.all_tasks() - before if not one.done()}
            assert not left or not (await asyncio.wait(left, timeout=5))[1]
        await house.close()

    asyncio.run(story())


ANSWERS = {
    "garbage": b"\x00\xff\x13" * 400,
    "an endless head": b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"x" * 200_000,
    "silence": b"",
    "a website": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
}


class Babble(asyncio.DatagramProtocol):
    """Answers every datagram with the same."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer[:MOST_OF_A_DATAGRAM]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(self._answer, addr)


@asynccontextmanager
async def babbler(answer: bytes) -> AsyncIterator[int]:
    """Somebody who says the same to all that comes, by TCP and by UDP; the port."""

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(65_536):
                writer.write(answer)
                await writer.drain()
        writer.transport.abort()

    # Ports are scarcer by TCP, so that one is chosen first.
    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    try:
        datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Babble(answer), local_addr=("127.0.0.1", port)
        )
        try:
            yield port
        finally:
            datagrams.close()
    finally:
        server.close()


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_far_end_that_is_no_relay_is_a_named_error_or_a_loss(
    subject: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "DIAL_SECONDS", 1.0)
    monkeypatch.setattr(outside, "PATIENCE", 1.0)
    monkeypatch.setattr(asking, "OPEN_SECONDS", 0.5)
    wrong: list[dict[str, Any]] = []

    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, about: wrong.append(about))
        house = House()
        async with (
            asyncio.timeout(PATIENCE),
            SUBJECTS[subject].stage(house) as scene,
            babbler(ANSWERS[answer]) as scene.line.elsewhere,
        ):
            with suppress(Unreachable):
                carrier = await opened(scene, End())
                carrier.write([b"hello"])
                carrier.abort()
            # A plug-in may go on for a while by itself.
            await scene.egress.close()
            await scene.line.is_empty()
        await house.close()

    asyncio.run(story())
    assert wrong == []
