"""Secret paths that a relay gives to one person each (spec/carriers.md §9.1)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from linnet.carriers.dial import dial
from linnet.carriers.link import Link, LinkEvent, StatusChanged
from linnet.carriers.poller import poll
from linnet.carriers.status import Connected, Status
from linnet.errors import Unreachable
from linnet.wire.links import PassLink
from linnet.wire.requests_pushes import Pushes
from tests.carriers.people import running as at_work
from tests.proxy.places import ask
from tests.relay.processes import RelayProcess, calling

pytestmark = pytest.mark.slow


class Nobody:
    """Takes what a carrier brings, and says nothing."""

    def arrived(self, message: bytes) -> None:
        return

    def lost(self) -> None:
        return

    def writable(self) -> None:
        return


async def until(
    events: AsyncIterator[LinkEvent], what: Callable[[Status], bool]
) -> None:
    async for event in events:
        if isinstance(event, StatusChanged) and what(event.status):
            return


@asynccontextmanager
async def relay(folder: Path) -> AsyncIterator[RelayProcess]:
    running = await RelayProcess(folder / "relay", ("--plain-tcp", "no")).start()
    try:
        yield running
    finally:
        await running.end()


async def own_pass(relay: RelayProcess, name: str) -> PassLink:
    status, out, err = await relay.verb("invite", "--name", name)
    assert status == 0, err
    return PassLink.parse(out)


def tell(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 60))


async def is_let_in(link: PassLink) -> bool:
    try:
        (await dial(link.relay.addresses[0], Nobody())).abort()
    except Unreachable:
        return False
    return True


def test_a_pass_link_may_carry_a_path_that_is_one_persons(tmp_path: Path) -> None:
    async def story() -> None:
        async with relay(tmp_path) as running:
            alice, bob = (
                await own_pass(running, "Alice"),
                await own_pass(running, "Bob"),
            )
            everybody = await running.pass_link()
            links = (alice, bob, everybody)
            assert len({one.relay.addresses[0].path for one in links}) == 3
            for link in links:
                async with calling(link) as caller:
                    await caller.ask(Pushes())
            carrier = await poll(alice.relay.addresses[0], Nobody())
            carrier.abort()

    tell(story)


def test_a_revoked_path_ends_its_sessions_road_and_looks_like_any_other(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with relay(tmp_path) as running:
            alice, bob = (
                await own_pass(running, "Alice"),
                await own_pass(running, "Bob"),
            )
            everybody = await running.pass_link()
            async with calling(alice) as caller:
                await caller.ask(Pushes())
                status, _, err = await running.verb("revoke", "Alice")
                assert status == 0, err
                while await is_let_in(alice):
                    pass
                assert await is_let_in(bob)
                assert await is_let_in(everybody)

            (where,) = alice.relay.addresses
            answers = []
            for path in (where.path, "/" + "a" * 32):
                said = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                got = await ask(running.port, said.encode())
                answers.append([x for x in got.split(b"\r\n") if b"Date:" not in x])
            assert answers[0] == answers[1]

    tell(story)


def test_a_road_in_use_is_cut_when_its_path_is_revoked(tmp_path: Path) -> None:
    async def story() -> None:
        async with relay(tmp_path) as running:
            alice = await own_pass(running, "Alice")
            link = Link(alice.relay, pass_token=alice.token, poll=None)
            async with at_work(link, patience=40) as events:
                await until(events, lambda one: isinstance(one, Connected))
                await running.verb("revoke", "Alice")
                # Nothing is said meanwhile: only the relay can have cut the road.
                await until(events, lambda one: not isinstance(one, Connected))

    tell(story)


def test_a_name_has_one_path_until_it_is_revoked(tmp_path: Path) -> None:
    async def story() -> None:
        async with relay(tmp_path) as running:
            await own_pass(running, "Alice")
            status, _, err = await running.verb("invite", "--name", "Alice")
            assert (status, "has a link already" in err) == (2, True)
            assert (await running.verb("revoke", "Bob"))[0] == 2
            assert (await running.verb("revoke", "Alice"))[0] == 0
            await own_pass(running, "Alice")
            _, out, _ = await running.verb("people")
            lines = out.splitlines()
            assert [line.endswith("revoked") for line in lines] == [True, False]
            for file in ("people", "people.lock"):
                assert (running.data / file).stat().st_mode & 0o777 == 0o600

    tell(story)
