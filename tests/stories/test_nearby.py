"""Devices on one network, which here is this machine's loopback, swap bags."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from linnet.carriers.nearby.lan import Lan, look_around
from linnet.client import MessageState, Nearby
from tests.relay.processes import free_port
from tests.stories.people import Person, Town
from tests.stories.test_bags import cut_off, state, told

pytestmark = pytest.mark.slow


async def here(stack: AsyncExitStack, port: int, *people: Person) -> list[Nearby]:
    """Let people be found on the loopback, and nowhere else."""
    found = [Nearby(one.me._hub, "lo", port) for one in people]
    for one in found:
        await stack.enter_async_context(one.serving())
    return found


def test_a_neighbour_with_a_connection_carries_for_one_without(tmp_path: Path) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        carol = await place.person("Carol")
        await cut_off(alice)
        await alice.chat("Bob").send("over the garden wall")
        async with AsyncExitStack() as stack:
            near, helping = await here(stack, free_port(), alice, carol)

            [met] = await near.look()

            assert (met.on_the_relay, met.sentences) == (1, ())
            assert helping.met.get_nowait().carried >= 1
        assert state(alice, "Bob", "over the garden wall") == MessageState.ON_THE_RELAY
        await bob.hears("Alice", "over the garden wall")

    told(tmp_path, story)


def test_two_members_without_a_connection_read_each_other_at_once(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        await cut_off(alice, bob)
        await alice.chat("Bob").send("is the line dead for you too?")
        await bob.chat("Alice").send("it is")
        async with AsyncExitStack() as stack:
            near, _ = await here(stack, free_port(), alice, bob)
            [met] = await near.look()
            assert met.received == 1

            assert "it is" in alice.texts("Bob")
            assert "is the line dead for you too?" in bob.texts("Alice")
            [again] = await near.look()
            assert again.received == 0

    told(tmp_path, story)


def test_who_talks_nonsense_nearby_is_left_and_the_next_is_served(
    tmp_path: Path,
) -> None:
    async def story(place: Town) -> None:
        alice, bob = await place.friends("Alice", "Bob")
        await cut_off(alice, bob)
        await alice.chat("Bob").send("still here")
        async with AsyncExitStack() as stack:
            port = free_port()
            near, other = await here(stack, port, alice, bob)
            around = await look_around(Lan(port, "lo"), 1.0)
            [place_of_bob] = [one for one in around if one.name == other._own]
            for nonsense in (b"", b"x" * 100, bytes(1_120) + b"\xff" * 4):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", place_of_bob.port
                )
                writer.write(nonsense)
                writer.write_eof()
                await reader.read()
                writer.close()

            await near.look()

        assert bob.texts("Alice") == ["still here"]

    told(tmp_path, story)
