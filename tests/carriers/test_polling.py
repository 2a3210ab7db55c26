"""Carriers made of requests, over real sockets and roads that are cut."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeGuard

import pytest

from linnet.carriers.guises import WARDROBE
from linnet.carriers.link import Link, Opened, Received, StatusChanged
from linnet.carriers.poll_connection import PollConnection
from linnet.carriers.poller import RETRY_SECONDS, PollingCarrier, poll
from linnet.carriers.status import Connected, Status
from linnet.errors import Unreachable
from linnet.wire.client_session import ClientSession
from linnet.wire.links import Address, Road
from linnet.wire.noise import public_key
from tests.carriers import virtual
from tests.carriers.people import (
    RELAY_KEY,
    SECRET_PATH,
    Echo,
    descriptor,
    echo_relay,
    hear,
    running,
    until_open,
)
from tests.carriers.test_listener import cutting_proxy


def is_connected(status: Status) -> TypeGuard[Connected]:
    return isinstance(status, Connected)


class Listening:
    """The user of a carrier who keeps what comes."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = asyncio.Event()

    def arrived(self, message: bytes) -> None:
        self.messages.put_nowait(message)

    def lost(self) -> None:
        self.gone.set()

    def writable(self) -> None: ...


@asynccontextmanager
async def polled() -> AsyncIterator[tuple[Echo, PollingCarrier, Listening]]:
    """A relay and an open carrier to it."""
    async with asyncio.timeout(20), echo_relay() as (echo, port):
        user = Listening()
        carrier = await poll(Address(Road.WS, "127.0.0.1", port, SECRET_PATH), user)
        assert isinstance(carrier, PollingCarrier)
        try:
            yield echo, carrier, user
        finally:
            carrier.abort()


def test_messages_go_there_and_back_in_order() -> None:
    sent = [bytes([number]) * number * 40 for number in range(200)]

    async def story() -> tuple[list[bytes], bool]:
        async with echo_relay() as (_, port):
            relay = descriptor(port, Road.WS)
            link = Link(relay, dial=poll, poll=None)
            async with running(link) as events:
                await until_open(events)
                for message in sent:
                    if not link.send(message):
                        await link.room()
                return await hear(events, len(sent)), link.is_open

    assert asyncio.run(story()) == (sent, True)


def test_a_link_takes_requests_where_websocket_is_cut() -> None:
    async def no_websocket(address: object, user: object) -> PollingCarrier:
        raise Unreachable("Cut.")

    async def story() -> Connected:
        async with echo_relay() as (_, port):
            link = Link(descriptor(port, Road.WS), dial=no_websocket)
            async with running(link) as events:
                await until_open(events)
                link.send(b"here")
                await hear(events, 1)
                assert isinstance(link.status, Connected)
                return link.status

    status = asyncio.run(story())

    assert status.polls
    assert status.sentence == "Connected to the relay by HTTP requests."


@pytest.mark.slow
def test_everything_passes_once_though_each_connection_is_cut() -> None:
    sent = [number.to_bytes(2, "big") + os.urandom(1_000) for number in range(150)]

    async def story() -> list[bytes]:
        async with echo_relay() as (echo, port):
            proxy = await cutting_proxy(port, 10_000)
            relay = descriptor(proxy.sockets[0].getsockname()[1], Road.WS)
            link = Link(relay, dial=poll, poll=None)
            async with proxy, running(link) as events:
                await until_open(events)
                for message in sent:
                    link.send(message)
                heard = await hear(events, len(sent))
            assert len(echo.sessions) == 1
            assert echo.heard == sent
            return heard

    assert asyncio.run(story()) == sent


def test_a_session_is_resumed_in_the_middle_of_a_transfer() -> None:
    sent = [number.to_bytes(2, "big") * 1_000 for number in range(120)]

    async def story() -> tuple[list[bytes], list[bool]]:
        carriers: list[PollingCarrier] = []

        async def remember(address: Address, user: object) -> PollingCarrier:
            carrier = await poll(address, user)  # type: ignore[arg-type] # a trip
            assert isinstance(carrier, PollingCarrier)
            carriers.append(carrier)
            return carrier

        async with echo_relay() as (_, port):
            link = Link(descriptor(port, Road.WS), dial=remember, poll=None)
            async with running(link) as events:
                await until_open(events)
                for message in sent:
                    link.send(message)
                heard, resumed = [], []
                async for event in events:
                    assert not isinstance(event, Opened)
                    if isinstance(event, Received):
                        heard.append(event.message)
                        if len(heard) in {20, 60}:
                            carriers[-1]._lose()
                    elif isinstance(event, StatusChanged):
                        status = event.status
                        resumed += [status.resumed] if is_connected(status) else []
                    if len(heard) == len(sent):
                        return heard, resumed
        raise AssertionError

    heard, resumed = asyncio.run(story())

    assert heard == sent
    assert resumed == [False, True, True]


def test_a_website_without_the_path_is_named() -> None:
    async def story() -> str:
        async with echo_relay() as (_, port):
            with pytest.raises(Unreachable) as caught:
                await poll(Address(Road.WS, "127.0.0.1", port, "/old"), Listening())
            return str(caught.value)

    assert "ask for a new link" in asyncio.run(story())


def test_a_closed_port_is_named() -> None:
    async def story() -> str:
        with pytest.raises(Unreachable) as caught:
            await poll(Address(Road.WS, "127.0.0.1", 1, "/path"), Listening())
        return str(caught.value)

    assert "refuses" in asyncio.run(story())


def test_the_last_words_of_a_relay_that_closes_are_fetched() -> None:
    async def story() -> int:
        async with polled() as (_, carrier, user):
            session = ClientSession(public_key(bytes(32)), entropy=os.urandom)
            # For another relay's key: this one closes and says nothing.
            carrier.write([session.hello(0)])
            await user.gone.wait()
            return user.messages.qsize()

    assert asyncio.run(story()) == 0


def test_who_leaves_is_gone_at_once() -> None:
    async def story() -> int:
        async with polled() as (echo, carrier, user):
            session = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
            carrier.write([session.hello(0)])
            session.welcome(await user.messages.get(), 0)
            carrier.write(session.flush(0))
            await user.messages.get()
            assert echo.listener.carriers == 1
            carrier.close()
            while echo.listener.carriers:  # noqa: ASYNC110 - real bytes
                await asyncio.sleep(0)
            return len(echo.listener.hatches)

    assert asyncio.run(story()) == 0


class Emptily(PollConnection):
    """A connection on which whatever is asked is answered with nothing at once."""

    asked = 0

    async def post(self, body: bytes, patience: float) -> bytes:
        self.asked += 1
        if self.asked > 100:
            raise Unreachable("It was asked without a pause.")
        return b""


def test_who_is_answered_with_nothing_at_once_asks_again_only_slowly() -> None:
    async def story() -> int:
        address = Address(Road.WS, "127.0.0.1", 1, SECRET_PATH)
        carrier = PollingCarrier(address, Listening(), WARDROBE)
        connection = Emptily(address, WARDROBE)
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await carrier._fetch(connection)
        return connection.asked

    assert virtual.run(story()) <= 10 / RETRY_SECONDS + 1
