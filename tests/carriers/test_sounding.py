"""Trying roads over real sockets: as whom, and what a relay that misbehaves causes."""

import asyncio

from linnet.carriers.budget import Budget
from linnet.carriers.diagnosis import Attempt, Came
from linnet.carriers.sounding import sound
from linnet.wire.handshakes import OpeningRefusal
from linnet.wire.links import RelayDescriptor, Road
from linnet.wire.reception import Opening
from tests.carriers.people import Echo, descriptor, echo_relay


async def tried(relay: RelayDescriptor) -> list[Attempt]:
    async with asyncio.timeout(60):
        return [one async for one in sound(relay, Budget())]


def test_each_road_is_tried_by_a_new_session_that_shows_no_pass() -> None:
    shown: list[bytes | None] = []

    class Porter(Echo):
        def admits(self, opening: Opening) -> OpeningRefusal | None:
            shown.append(opening.pass_token)
            return None

    async def story() -> list[Attempt]:
        async with echo_relay() as (echo, port):
            echo.admits = Porter().admits  # type: ignore[method-assign]
            return await tried(descriptor(port, Road.TCP, Road.WS))

    found = asyncio.run(story())

    assert [one.came for one in found] == [Came.WORKS] * 3
    assert shown == [None] * 3


def test_a_relay_that_opens_no_session_has_a_road_that_works() -> None:
    async def story() -> list[Attempt]:
        async with echo_relay() as (echo, port):
            echo.refusal = OpeningRefusal.PASS_NEEDED
            return await tried(descriptor(port, Road.WS))

    found = asyncio.run(story())

    assert {one.came for one in found} == {Came.TURNED_AWAY}


def test_another_relay_in_its_place_is_not_taken_for_it() -> None:
    async def story() -> list[Attempt]:
        async with echo_relay() as (_, port):
            here = descriptor(port, Road.TCP, Road.WS)
            return await tried(RelayDescriptor(bytes(31) + b"\x09", here.addresses))

    found = asyncio.run(story())

    assert {one.came for one in found} == {Came.UNANSWERED}


def test_a_website_without_the_door_is_called_so() -> None:
    async def story() -> list[Attempt]:
        async with echo_relay() as (_, port):
            here = descriptor(port, Road.WS)
            address = here.addresses[0]
            wrong = type(address)(Road.WS, address.host, address.port, "/elsewhere")
            return await tried(RelayDescriptor(here.key, (wrong,)))

    found = asyncio.run(story())

    assert {one.came for one in found} == {Came.NO_DOOR}
