"""A proxy as people with a path find it (spec/carriers.md §9.3)."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import pytest

from linnet.carriers import strangers
from linnet.carriers.burst import Gate, burst
from linnet.carriers.carrier import Carrier, CarrierUser
from linnet.carriers.dial import dial
from linnet.carriers.link import Link
from linnet.carriers.poller import poll
from linnet.errors import Unreachable
from linnet.proxy.entrance import Bounds
from linnet.proxy.joint import Dial
from linnet.wire.links import Address
from tests.carriers.people import hear, running, until_open
from tests.proxy.places import ALICE, BOB, proxy


def in_short_bursts(address: Address, user: CarrierUser) -> Awaitable[Carrier]:
    return burst(address, user, gate=Gate(pause=0, spread=0))


WAYS: dict[str, tuple[Dial, int]] = {
    "by one connection": (dial, 60_000),
    "by requests": (poll, 60_000),
    "in short bursts": (in_short_bursts, 500),
}


class Nobody:
    """Takes what a carrier brings, and says nothing."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    def arrived(self, message: bytes) -> None:
        return

    def lost(self) -> None:
        self.gone.set()

    def writable(self) -> None:
        return


def tell(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 30))


async def until_turned_away(address: Address) -> None:
    with pytest.raises(Unreachable):
        await keep_coming(address)


async def keep_coming(address: Address) -> None:
    while True:
        (await dial(address, Nobody())).abort()


@pytest.mark.parametrize("way", WAYS)
def test_a_session_goes_through_a_proxy(way: str) -> None:
    way_there, size = WAYS[way]
    said = [bytes((n,)) * size for n in range(40)]

    async def story() -> None:
        async with proxy() as place:
            link = Link(place.road(ALICE), dial=way_there, poll=None)
            async with running(link) as events:
                await until_open(events)
                for message in said:
                    if not link.send(message):
                        await link.room()
                assert await hear(events, 40) == said
            # A carrier of requests says goodbye on a connection that is yet to come.
            await place.entrance._wait_until_empty()

    tell(story)


def test_what_leads_nowhere_opens_no_connection_to_the_relay() -> None:
    opened: list[Address] = []

    async def count(address: Address, user: CarrierUser) -> Carrier:
        opened.append(address)
        return await dial(address, user)

    async def story() -> None:
        async with proxy(dial=count) as place:
            user = Nobody()
            (known,) = place.road(ALICE).addresses
            carrier = await dial(known, user)
            assert place.entrance.joints == 1
            assert opened == []
            carrier.write([b"anything"])
            # The relay cannot make anything of it, and closes.
            await user.gone.wait()
            assert len(opened) == 1

    tell(story)


def test_a_revoked_person_is_out_and_the_others_go_on() -> None:
    async def story() -> None:
        async with proxy() as place:
            alice, bob = Link(place.road(ALICE)), Link(place.road(BOB))
            async with running(alice) as alices, running(bob) as bobs:
                await until_open(alices)
                await until_open(bobs)
                place.revoke(ALICE)
                bob.send(b"still here")
                assert await hear(bobs, 1) == [b"still here"]
                with pytest.raises(Unreachable):
                    await dial(place.road(ALICE).addresses[0], Nobody())
                assert place.entrance.joints == 1

    tell(story)


def test_the_oldest_joint_of_a_person_makes_room_for_the_newest() -> None:
    async def story() -> None:
        async with proxy(bounds=Bounds(joints=2)) as place:
            users = [Nobody() for _ in range(4)]
            await dial(place.road(BOB).addresses[0], users[3])
            for user in users[:3]:
                await dial(place.road(ALICE).addresses[0], user)
            await users[0].gone.wait()
            assert [one.gone.is_set() for one in users[1:]] == [False, False, False]

    tell(story)


def test_a_joint_too_many_for_the_proxy_is_closed() -> None:
    async def story() -> None:
        async with proxy(bounds=Bounds(all_joints=1)) as place:
            users = [Nobody(), Nobody()]
            for user, person in zip(users, (ALICE, BOB), strict=True):
                await dial(place.road(person).addresses[0], user)
            await users[1].gone.wait()
            assert not users[0].gone.is_set()

    tell(story)


def test_who_has_used_up_the_day_is_let_in_again_on_the_next() -> None:
    async def story() -> None:
        async with proxy(bounds=Bounds(day_bytes=100_000)) as place:
            today = place.entrance.unix_time()
            link = Link(place.road(ALICE))
            async with running(link) as events:
                await until_open(events)
                for _ in range(10):
                    link.send(os.urandom(30_000))
                await until_turned_away(place.road(ALICE).addresses[0])
                await dial(place.road(BOB).addresses[0], Nobody())
                place.entrance.unix_time = lambda: today + 86_400
                await dial(place.road(ALICE).addresses[0], Nobody())

    tell(story)


def test_a_relay_that_is_away_costs_a_person_the_connection_and_nothing_else() -> None:
    async def nowhere(address: Address, user: CarrierUser) -> Carrier:
        raise Unreachable("Nobody answered there in time.")

    async def story() -> None:
        async with proxy(dial=nowhere) as place:
            user = Nobody()
            carrier = await dial(place.road(ALICE).addresses[0], user)
            carrier.write([b"hello"])
            await user.gone.wait()
            assert place.entrance.joints == 0

    tell(story)


def test_who_comes_while_a_proxy_closes_is_not_waited_for() -> None:
    async def story() -> None:
        async with proxy() as place:
            await place.entrance.close()
            place.entrance._enter()

    tell(story)


def test_too_many_visitors_push_out_the_oldest_and_no_joint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strangers, "MOST_STRANGERS", 3)

    async def story() -> None:
        async with proxy() as place:
            user = Nobody()
            await dial(place.road(ALICE).addresses[0], user)
            roads = [
                await asyncio.open_connection("127.0.0.1", place.port) for _ in range(4)
            ]
            assert await roads[0][0].read() == b""
            assert not user.gone.is_set()
            for _, writer in roads:
                writer.transport.abort()

    tell(story)


def test_who_says_nothing_is_gone_after_a_while() -> None:
    async def story() -> None:
        async with proxy() as place:
            user = Nobody()
            await dial(place.road(ALICE).addresses[0], user)
            place.entrance.tend(place.entrance.now() + 21)
            await user.gone.wait()

    tell(story)
