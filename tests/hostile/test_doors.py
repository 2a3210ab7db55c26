"""Strangers at a relay's port who send much, fetch nothing, or come in crowds."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from linnet.carriers import strangers
from linnet.carriers.doorway import HEAD_SECONDS, Front
from linnet.carriers.frames import PING, build_frame
from linnet.carriers.listener import Listener
from linnet.carriers.website import Page, Website
from linnet.relay.door import OPENINGS_BURST, Door
from linnet.relay.stores.port import NewPass
from linnet.wire.client_session import ClientSession
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.noise import public_key
from linnet.wire.reception import Opening, Reception, RelaySession
from linnet.wire.replies import Mode
from tests.carriers.people import RELAY_KEY, SECRET_PATH, Echo
from tests.carriers.test_doorway import UPGRADE
from tests.conformance.memory_store import MemoryStore
from tests.relay.desk import hashed

BOUND = 1 << 20
"""What may wait in memory for one connection that fetches nothing."""

LARGE = Website(
    {"/": Page(bytes(2 << 20), "text/html; charset=utf-8", 0)}, b"<h1>Not found</h1>"
)


class Port(Echo):
    """A relay's port on this loop, and how much waits on each connection."""

    def __init__(self) -> None:
        super().__init__()
        front = Front(LARGE, (SECRET_PATH.encode(),), plain_tcp=True)
        self.listener = Listener(RELAY_KEY, self, front=front, entropy=os.urandom)

    def unsent(self) -> int:
        """The most that waits on any connection of a stranger."""
        sizes = [0]
        for one in self.listener._strangers:
            carrier = getattr(one, "carrier", None)
            transport = getattr(carrier or one, "transport", None)
            transport = transport or getattr(one, "_transport", None)
            if transport is not None:
                sizes.append(transport.get_write_buffer_size())
        return max(sizes)


def at_port(story: Callable[[Port, int], Awaitable[None]]) -> None:
    """Run a story under both kinds of loop."""

    async def bounded() -> None:
        async with asyncio.timeout(20):
            port = Port()
            number = await port.listener.listen("127.0.0.1", 0)
            try:
                await story(port, number)
            finally:
                for one in list(port.listener._strangers):
                    one.abort()
                await port.listener.close()

    for factory in (uvloop.new_event_loop, asyncio.new_event_loop):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(bounded())


async def flood(port: Port, number: int, *, first: bytes, then: bytes) -> int:
    """Send without ever reading; the most that waited on the relay's side."""
    loop = asyncio.get_running_loop()
    road = socket.create_connection(("127.0.0.1", number))
    road.setblocking(False)
    worst = 0
    try:
        await loop.sock_sendall(road, first)
        for _ in range(200):
            try:
                async with asyncio.timeout(0.05):
                    await loop.sock_sendall(road, then)
            except (TimeoutError, ConnectionError):
                break
            worst = max(worst, port.unsent())
    finally:
        road.close()
    return worst


async def ended(road: socket.socket) -> bool:
    """Wait until the relay has closed a connection."""
    try:
        return await asyncio.get_running_loop().sock_recv(road, 1) == b""
    except ConnectionError:
        return True


def upgrade() -> bytes:
    return f"GET {SECRET_PATH} HTTP/1.1\r\n{UPGRADE}".encode()


def test_pings_whose_answers_nobody_fetches_fill_no_memory() -> None:
    pings = build_frame(PING, bytes(125), bytes(4)) * 2_000

    async def story(port: Port, number: int) -> None:
        assert await flood(port, number, first=upgrade(), then=pings) < BOUND

    at_port(story)


def test_pages_that_nobody_fetches_fill_no_memory() -> None:
    asked = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    async def story(port: Port, number: int) -> None:
        worst = await flood(port, number, first=asked, then=asked * 90)
        assert worst < 2 * (2 << 20)

    at_port(story)


def test_pages_asked_for_at_once_all_come_to_who_fetches_them() -> None:
    asked = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 4
    last = b"GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    async def story(_: Port, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(asked + last)
        got = await reader.read(-1)
        writer.close()
        assert got.count(b"200 OK") == 4
        assert got.endswith(b"<h1>Not found</h1>")

    at_port(story)


def test_who_guesses_resumptions_gets_a_few_answers_and_a_closed_road() -> None:
    guess = (73).to_bytes(2, "big") + bytes(73)

    async def story(_: Port, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(guess * 1_000)
        got = await reader.read(-1)
        writer.transport.abort()
        assert len(got) <= 8 * 49

    at_port(story)


def test_a_crowd_that_comes_at_once_is_held_to_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strangers, "MOST_STRANGERS", 5)

    async def story(port: Port, number: int) -> None:
        roads = [socket.create_connection(("127.0.0.1", number)) for _ in range(60)]
        try:
            for road in roads[:55]:
                road.setblocking(False)
                assert await ended(road)
                assert len(port.listener._strangers) <= 5
        finally:
            for road in roads:
                road.close()

    at_port(story)


def test_empty_lines_do_not_hold_a_connection() -> None:
    async def story(port: Port, number: int) -> None:
        port.listener.now = lambda: 1_000.0
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(b"\r\n")
        while not port.listener._strangers:  # noqa: ASYNC110 - real bytes
            await asyncio.sleep(0)
        port.listener.now = lambda: 1_000.0 + HEAD_SECONDS - 1
        writer.write(b"\r\n" * 9)
        for _ in range(50):
            await asyncio.sleep(0.001)
        port.listener.tend(1_000.0 + HEAD_SECONDS)

        assert await reader.read() == b""
        writer.close()

    at_port(story)


def session_at(reception: Reception, now: float) -> RelaySession:
    client = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
    opening = reception.greet(client.hello(now), now)
    assert isinstance(opening, Opening)
    pending = reception.accept(opening, unix_time=0)
    client.welcome(pending.answer, now)
    reception.confirm(pending, client.flush(now)[0], now)
    return pending.session


def test_the_longest_without_a_carrier_make_room_and_those_with_one_stay() -> None:
    reception = Reception(RELAY_KEY, entropy=os.urandom)
    sessions = [session_at(reception, 0.0) for _ in range(3)]
    for session in (sessions[1], sessions[0], sessions[1]):
        reception.detach(session, 1.0)

    assert (len(reception), reception.attached) == (3, 1)
    assert reception.longest_detached() is sessions[0]
    reception.forget(sessions[0])
    assert reception.longest_detached() is sessions[1]
    reception.forget(sessions[1])
    assert (reception.longest_detached(), reception.attached) == (None, 1)


def test_a_crowd_without_passes_does_not_keep_out_who_holds_one() -> None:
    store, token = MemoryStore(), b"p" * 32
    store.add_pass(NewPass(hashed(token), 9, 9, 0, 0))
    door = Door(Mode.INVITE, store)
    for _ in range(OPENINGS_BURST):
        assert door.admits(b"?" * 32, 1.0) is None

    assert door.admits(None, 1.0) is OpeningRefusal.FULL
    assert door.admits(token, 1.0) is None
