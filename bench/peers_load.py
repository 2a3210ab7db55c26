"""The order of one pass, the same for every server, whatever it speaks."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol, TypeVar

import uvloop

from bench.figures import Figures, Shape, Span

_T = TypeVar("_T")
_LONGEST = 180.0
_LOGINS_AT_ONCE = 50


class User(Protocol):
    """One user of a server, whatever it speaks."""

    @property
    def failure(self) -> Exception | None:
        """What broke for this user, if anything did."""
        ...

    async def open(self) -> None:
        """Connect and be ready to write."""
        ...


class Load(Protocol):
    """Users of one server, in pairs that write to each other."""

    async def open(self) -> None:
        """Let every user of a pair connect and be present."""
        ...

    async def window(self, size: int) -> Span:
        """Keep so many messages of every user on their way."""
        ...

    async def paced(self, rate: float) -> Span:
        """Send at an even rate, whatever comes back; users take turns."""
        ...

    async def stored_and_drained(self) -> tuple[float, float]:
        """Messages a second stored for the absent, and delivered when they return."""
        ...


async def figures_of(load: Load, shape: Shape, *, idle_kib: float) -> Figures:
    """Put the whole load on a fresh server, once.

    Half load is half of what a window of 1 does: there, too, messages come singly.
    """
    await load.open()
    w1, w8 = await load.window(1), await load.window(8)
    steady = await load.paced(shape.steady_rate)
    half = await load.paced(w1.rate / 2)
    stored, drained = await load.stored_and_drained()
    return Figures(
        delivered_w1=w1.rate,
        delivered_w8=w8.rate,
        steady_p50_ms=steady.p50_ms,
        steady_p99_ms=steady.p99_ms,
        half_p50_ms=half.p50_ms,
        half_p99_ms=half.p99_ms,
        stored=stored,
        drained=drained,
        idle_kib=idle_kib,
        server_us_w1=w1.server_us,
        server_us_w8=w8.server_us,
        server_share=w8.server_share,
        generator_share=w8.generator_share,
        others_share=max(span.others_share for span in (w1, w8, steady, half)),
    )


async def log_in(users: Iterable[User]) -> None:
    """Let every user connect, some at a time."""
    turns = asyncio.Semaphore(_LOGINS_AT_ONCE)

    async def log_in_one(user: User) -> None:
        async with turns:
            await user.open()

    await asyncio.gather(*(log_in_one(user) for user in users))


def raise_failures(users: Iterable[User]) -> None:
    """Raise what broke for the first user for whom something did."""
    for user in users:
        if user.failure:
            raise user.failure


def bounded(load: Coroutine[Any, Any, _T]) -> _T:
    """Run a load under uvloop, but not for ever."""

    async def within() -> _T:
        async with asyncio.timeout(_LONGEST):
            return await load

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(within())
