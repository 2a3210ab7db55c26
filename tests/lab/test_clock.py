"""A loop in which waiting takes no time."""

import asyncio
import socket
import threading

import pytest

from linnet.errors import LocalError
from linnet.lab.simulated.clock import VirtualLoop


def runner(most_seconds: float = 100.0) -> asyncio.Runner:
    """What runs stories in virtual time."""
    return asyncio.Runner(loop_factory=lambda: VirtualLoop(most_seconds))


def test_time_jumps_to_each_timer_in_turn() -> None:
    times = []

    async def nap(seconds: float) -> None:
        await asyncio.sleep(seconds)
        times.append(asyncio.get_running_loop().time())

    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            for seconds in (7.5, 0.25, 60.0):
                tasks.create_task(nap(seconds))

    with runner() as virtual:
        virtual.run(story())
    assert times == [0.25, 7.5, 60.0]


def test_a_timer_that_fires_is_never_early() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        for number in range(1, 200):
            due = loop.time() + 1 / (3 * number)
            await asyncio.sleep(1 / (3 * number))
            assert loop.time() >= due

    with runner() as virtual:
        virtual.run(story())


def test_who_waits_for_ever_is_named() -> None:
    async def forsaken() -> None:
        await asyncio.Event().wait()

    with runner() as virtual, pytest.raises(LocalError, match=r"cannot come.*forsaken"):
        virtual.run(forsaken())


def test_a_run_that_does_not_end_is_ended() -> None:
    async def pacing() -> None:
        for _ in range(1_000):
            await asyncio.sleep(1)

    with runner() as virtual, pytest.raises(LocalError, match=r"too much.*pacing"):
        virtual.run(pacing())


def test_what_is_left_to_a_thread_is_done_in_the_loop() -> None:
    async def story() -> None:
        assert await asyncio.to_thread(threading.get_ident) == threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)

    with runner() as virtual:
        virtual.run(story())


def test_the_kernels_sockets_are_refused() -> None:
    async def story() -> None:
        near, far = socket.socketpair()
        with near, far:
            near.setblocking(False)
            with pytest.raises(LocalError, match="do not exist"):
                await asyncio.get_running_loop().sock_recv(near, 1)

    with runner() as virtual:
        virtual.run(story())
