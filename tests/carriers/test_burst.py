"""Carriers of short connections, over roads that freeze the long ones."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from linnet.carriers.burst import BurstCarrier, Gate, burst
from linnet.carriers.carrier import CarrierUser
from linnet.carriers.dial import dial
from linnet.carriers.guises import CHROME, FIREFOX, PLAIN, Guise
from linnet.carriers.link import Link, Received, StatusChanged
from linnet.errors import Unreachable
from linnet.wire.client_session import ClientSession
from linnet.wire.links import Address, Road
from linnet.wire.noise import public_key
from tests.carriers.freezing import FREEZES_AFTER_BYTES, Keeper, freezing_road
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
from tests.carriers.recorders import COVER, named, server_tls, wearing
from tests.carriers.test_listener import cutting_proxy
from tests.carriers.test_polling import Listening, is_connected

WORDS = [number.to_bytes(2) + os.urandom(200) for number in range(200)]
BLOB = [os.urandom(32_784) for _ in range(6)]


class Opening:
    """Opens carriers, and knows when all have said goodbye."""

    def __init__(self, guise: Guise = CHROME, *others: Address) -> None:
        self.carriers: list[BurstCarrier] = []
        self._guise, self._others = guise, others

    async def dial(self, address: Address, user: CarrierUser) -> BurstCarrier:
        carrier = await burst(
            address, user, self._others, wardrobe=wearing(self._guise), gate=at_once()
        )
        assert isinstance(carrier, BurstCarrier)
        self.carriers.append(carrier)
        return carrier

    async def rest(self) -> None:
        tasks = [task for one in self.carriers for task in (one._sender, one._fetcher)]
        await asyncio.wait([task for task in tasks if task is not None])


def at_once() -> Gate:
    """A gate that holds nobody up: what it paces is proved without sockets."""
    return Gate(pause=0, spread=0)


@asynccontextmanager
async def frozen_relay() -> AsyncIterator[tuple[Echo, Address, Keeper]]:
    """A relay with TLS at the end of a freezing road."""
    async with echo_relay() as (echo, _):
        tls = server_tls("http/1.1")
        port = await echo.listener.listen("127.0.0.1", 0, tls=tls)
        async with freezing_road(port) as (road, keeper):
            address = Address(Road.WSS, "127.0.0.1", road, SECRET_PATH, COVER)
            yield echo, address, keeper


@pytest.mark.slow
@pytest.mark.parametrize(
    "guise", [CHROME, FIREFOX, PLAIN], ids=lambda guise: guise.name
)
def test_words_and_a_file_pass_once_where_long_connections_are_frozen(
    guise: Guise,
) -> None:
    sent = WORDS + BLOB

    async def story() -> Keeper:
        async with frozen_relay() as (echo, address, keeper):
            opening = Opening(guise)
            link = Link(named(address), dial=opening.dial, poll=None)
            async with running(link, patience=60) as events:
                await until_open(events)
                for message in sent:
                    if not link.send(message):
                        await link.room()
                assert await hear(events, len(sent)) == sent
            await opening.rest()
            assert echo.heard == sent
            assert len(echo.sessions) == 1
            return keeper

    keeper = asyncio.run(story())

    assert (keeper.frozen, keeper.refused) == (0, 0)
    assert keeper.most_at_once == 2
    assert keeper.connections > 100


def test_a_plain_websocket_stalls_there() -> None:
    async def story() -> tuple[list[bytes], Keeper]:
        async with frozen_relay() as (echo, address, keeper):
            way = partial(dial, wardrobe=wearing(CHROME))
            link = Link(named(address), dial=way, poll=None)
            async with running(link) as events:
                await until_open(events)
                for message in WORDS + BLOB:
                    link.send(message)
                await keeper.froze.wait()
                assert keeper.connections == 1
                return list(echo.heard), keeper

    heard, keeper = asyncio.run(story())

    assert keeper.largest <= FREEZES_AFTER_BYTES
    assert len(heard) < len(WORDS)


def test_messages_go_there_and_back_in_order() -> None:
    sent = [bytes([number]) * number * 40 for number in range(200)]

    async def story() -> list[bytes]:
        async with echo_relay() as (_, port):
            opening = Opening()
            link = Link(descriptor(port, Road.WS), dial=opening.dial, poll=None)
            async with running(link) as events:
                await until_open(events)
                for message in sent:
                    if not link.send(message):
                        await link.room()
                heard = await hear(events, len(sent))
            await opening.rest()
            return heard

    assert asyncio.run(story()) == sent


@pytest.mark.slow
@pytest.mark.parametrize("allowed", [1_500, 3_000])
def test_everything_passes_once_though_connections_are_cut_earlier_than_is_thought(
    allowed: int,
) -> None:
    sent = [number.to_bytes(2) + os.urandom(1_000) for number in range(20)]

    async def story() -> list[bytes]:
        async with echo_relay() as (echo, port):
            proxy = await cutting_proxy(port, allowed)
            relay = descriptor(proxy.sockets[0].getsockname()[1], Road.WS)
            opening = Opening()
            link = Link(relay, dial=opening.dial, poll=None)
            async with proxy:
                async with running(link) as events:
                    await until_open(events)
                    for message in sent:
                        link.send(message)
                    heard = await hear(events, len(sent))
                await opening.rest()
            assert len(echo.sessions) == 1
            assert echo.heard == sent
            return heard

    assert asyncio.run(story()) == sent


def test_a_session_is_resumed_in_the_middle_of_a_transfer() -> None:
    sent = [number.to_bytes(2, "big") * 1_000 for number in range(60)]

    async def story() -> tuple[list[bytes], list[bool]]:
        opening = Opening()
        async with echo_relay() as (_, port):
            link = Link(descriptor(port, Road.WS), dial=opening.dial, poll=None)
            heard: list[bytes] = []
            resumed: list[bool] = []
            async with running(link) as events:
                await until_open(events)
                for message in sent:
                    link.send(message)
                async for event in events:
                    if isinstance(event, Received):
                        heard.append(event.message)
                        if len(heard) in {10, 30}:
                            opening.carriers[-1]._lose()
                    elif isinstance(event, StatusChanged):
                        status = event.status
                        resumed += [status.resumed] if is_connected(status) else []
                    if len(heard) == len(sent):
                        break
            await opening.rest()
            return heard, resumed

    heard, resumed = asyncio.run(story())

    assert heard == sent
    assert resumed == [False, True, True]


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Echo, BurstCarrier, Listening, Keeper]]:
    """A relay and an open carrier to it."""
    async with (
        asyncio.timeout(20),
        echo_relay() as (echo, port),
        freezing_road(port) as (road, keeper),
    ):
        user = Listening()
        address = Address(Road.WS, "127.0.0.1", road, SECRET_PATH)
        carrier = await burst(address, user, gate=at_once())
        assert isinstance(carrier, BurstCarrier)
        try:
            yield echo, carrier, user, keeper
        finally:
            carrier.abort()


def test_who_leaves_is_gone_at_once() -> None:
    async def story() -> int:
        async with opened() as (echo, carrier, user, _):
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


def test_who_is_sent_away_is_told_once() -> None:
    async def story() -> int:
        async with opened() as (_, carrier, user, _keeper):
            session = ClientSession(public_key(bytes(32)), entropy=os.urandom)
            # For another relay's key: this one closes and says nothing.
            carrier.write([session.hello(0)])
            await user.gone.wait()
            assert not carrier.is_open
            return user.messages.qsize()

    assert asyncio.run(story()) == 0


def test_who_gives_up_leaves_no_connection_open() -> None:
    async def story() -> None:
        async with opened() as (_, carrier, _user, keeper):
            while keeper.speaking != 1:  # noqa: ASYNC110 - a TAKE that waits
                await asyncio.sleep(0)
            carrier.abort()
            while keeper.speaking:  # noqa: ASYNC110 - real bytes
                await asyncio.sleep(0)

    asyncio.run(story())


def test_addresses_of_a_relay_are_taken_in_turn() -> None:
    async def story() -> tuple[int, int]:
        async with (
            echo_relay() as (_, port),
            freezing_road(port) as (first, one),
            freezing_road(port) as (second, other),
        ):
            place = Address(Road.WS, "127.0.0.1", second, SECRET_PATH)
            opening = Opening(CHROME, place)
            link = Link(descriptor(first, Road.WS), dial=opening.dial, poll=None)
            async with running(link) as events:
                await until_open(events)
                link.send(b"by two doors")
                assert await hear(events, 1) == [b"by two doors"]
            await opening.rest()
            return one.connections, other.connections

    counts = asyncio.run(story())

    assert min(counts) > 1
    assert abs(counts[0] - counts[1]) <= 1


def test_a_website_without_the_path_is_named() -> None:
    async def story() -> str:
        async with echo_relay() as (_, port):
            address = Address(Road.WS, "127.0.0.1", port, "/old")
            with pytest.raises(Unreachable) as caught:
                await burst(address, Listening(), gate=at_once())
            return str(caught.value)

    assert "ask for a new link" in asyncio.run(story())


def test_a_closed_port_is_named() -> None:
    async def story() -> str:
        address = Address(Road.WS, "127.0.0.1", 1, "/path")
        with pytest.raises(Unreachable) as caught:
            await burst(address, Listening(), gate=at_once())
        return str(caught.value)

    assert "refuses" in asyncio.run(story())
