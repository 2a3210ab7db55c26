"""Who keeps to one interface is not met by another, in namespaces of the test's own."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace
from typing import TypeVar, cast

import pytest

from linnet.carriers.nearby.lan import Lan, Neighbour, look_around
from linnet.client import Nearby
from linnet.client.sync.hub import Hub
from linnet.errors import Unreachable
from linnet.lab.real import namespaces
from linnet.lab.real.namespaces import Namespaces, enter, ip
from tests.carriers.roads import settle
from tests.relay.processes import free_port

T = TypeVar("T")

pytestmark = pytest.mark.slow
MISSING = namespaces.missing()
NEAR, FAR = "10.71.1.1", "10.71.2.1"


@pytest.fixture(scope="module")
def town() -> Iterator[Namespaces]:
    """A client with a cable to the world, `near`, and one to the censor, `far`."""
    if MISSING:
        pytest.skip(f"{MISSING} It is not on this machine.")
    with namespaces.namespaces(NEAR) as made:
        for cable, space, own in (
            ("near", made.world, NEAR),
            ("far", made.censor, FAR),
        ):
            other = ("peer", "name", "wire", "netns", space)
            ip("-n", made.client, "link", "add", cable, "type", "veth", *other)
            ip("-n", made.client, "addr", "add", f"{own}/24", "dev", cable)
            ip("-n", made.client, "link", "set", cable, "up")
            ip("-n", space, "addr", "add", f"{own[:-1]}2/24", "dev", "wire")
            ip("-n", space, "link", "set", "wire", "up")
            ip("-n", space, "route", "add", "default", "via", own)
        yield made


def within(space: str, act: Callable[[], T]) -> T:
    """Do something in a namespace; what it opens there stays there."""

    def moved() -> T:
        enter(space)
        return act()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(moved).result(timeout=20)


def is_let_in(space: str, host: str, port: int) -> bool:
    def dial() -> bool:
        with closing(socket.socket()) as stream:
            stream.settimeout(5)
            return stream.connect_ex((host, port)) == 0

    return within(space, dial)


def listening(town: Namespaces, lan: Lan) -> socket.socket:
    def listen() -> socket.socket:
        made = lan.stream()
        made.bind(("0.0.0.0", 0))  # noqa: S104  the test's own namespace
        made.listen()
        return made

    return within(town.client, listen)


def test_who_keeps_to_one_interface_is_reached_by_that_one_alone(
    town: Namespaces,
) -> None:
    with listening(town, Lan(interface="near")) as door:
        port = door.getsockname()[1]

        assert is_let_in(town.world, NEAR, port)
        assert not is_let_in(town.censor, FAR, port)
        # The weak host: its other network knows its address on this one, too.
        assert not is_let_in(town.censor, NEAR, port)


def test_who_lets_itself_be_found_on_one_interface_talks_on_that_one_alone(
    town: Namespaces,
) -> None:
    hub = cast("Hub", SimpleNamespace(entropy=os.urandom))  # what serving uses of it
    port = free_port()
    near = Nearby(hub, "near", port)

    def found(space: str) -> list[Neighbour]:
        return within(space, lambda: asyncio.run(look_around(Lan(port), 0.3)))

    def look() -> None:
        assert found(town.censor) == []
        [one] = found(town.world)
        assert is_let_in(town.world, one.host, one.port)
        assert not is_let_in(town.censor, FAR, one.port)

    async def serve() -> None:
        async with near.serving():
            await asyncio.to_thread(look)
            await settle()

    within(town.client, lambda: asyncio.run(serve()))


def test_who_names_no_interface_is_reached_by_each(town: Namespaces) -> None:
    with listening(town, Lan()) as door:
        port = door.getsockname()[1]

        assert is_let_in(town.world, NEAR, port)
        assert is_let_in(town.censor, FAR, port)


def test_who_keeps_to_one_interface_dials_by_that_one_alone(town: Namespaces) -> None:
    def dial(lan: Lan, port: int) -> int:
        with closing(lan.stream()) as stream:
            stream.settimeout(2)
            return stream.connect_ex(("10.71.2.2", port))

    def listen() -> socket.socket:
        return socket.create_server(("10.71.2.2", 0))

    with within(town.censor, listen) as door:
        port = door.getsockname()[1]

        assert within(town.client, lambda: dial(Lan(), port)) == 0
        assert within(town.client, lambda: dial(Lan(interface="near"), port)) != 0


def test_an_interface_that_is_not_there_lets_nobody_in() -> None:
    with pytest.raises(Unreachable, match="Nobody was let in"):
        Lan(interface="no such").stream()
