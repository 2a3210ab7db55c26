"""A client's link over real sockets (spec/session.md §8)."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
import uvloop

from linnet.carriers.link import Link
from linnet.carriers.status import Connected
from linnet.wire.links import Road
from tests.carriers.people import descriptor, echo_relay, hear, running, until_open

Run = Callable[[Coroutine[None, None, list[bytes]]], list[bytes]]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("road", [Road.TCP, Road.WS])
def test_messages_go_there_and_back_in_order(road: Road, run: Run) -> None:
    sent = [bytes([number]) * number for number in range(200)]

    async def story() -> list[bytes]:
        async with echo_relay() as (_, port):
            link = Link(descriptor(port, road))
            async with running(link) as events:
                await until_open(events)
                for message in sent:
                    link.send(message)
                return await hear(events, len(sent))

    assert run(story()) == sent


def test_a_link_goes_to_the_next_address_when_the_first_is_closed() -> None:
    async def story() -> Road:
        async with echo_relay() as (_, port):
            relay = descriptor(port, Road.WS, Road.TCP)
            closed = descriptor(1, Road.TCP).addresses
            link = Link(type(relay)(relay.key, closed + relay.addresses))
            async with running(link) as events:
                await until_open(events)
                link.send(b"here")
                await hear(events, 1)
                assert isinstance(link.status, Connected)
                return link.status.address.road

    assert asyncio.run(story()) is Road.WS
