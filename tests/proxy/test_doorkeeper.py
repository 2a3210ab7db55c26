"""A web server asks whose a request is (spec/carriers.md §9.2)."""

import asyncio

import pytest

from linnet.proxy.doorkeeper import LARGEST_QUESTION, MOST_ASKERS
from tests.proxy.places import ALICE, BOB, Place, proxy

HEADERS = "Host: x\r\nExpect: 100-continue\r\nUpgrade: websocket\r\n\r\n"


async def statuses(place: Place, *heads: bytes) -> list[bytes]:
    """What is answered to questions on one connection, until there are as many."""
    reader, writer = await asyncio.open_connection("127.0.0.1", place.doorkeeper)
    writer.write(b"".join(heads))
    found = []
    for _ in heads:
        head = await reader.readuntil(b"\r\n\r\n")
        found.append(head.split(b" ")[1])
    writer.close()
    return found


def question(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\n{HEADERS}".encode()


def test_the_doorkeeper_knows_paths_of_people_and_nothing_else() -> None:
    async def story() -> None:
        async with proxy() as place:
            place.revoke(BOB)
            path = place.path(ALICE)
            changed = path[:-1] + ("A" if path[-1] != "A" else "B")
            asked = [path, path + "?a", path + "/", changed, place.path(BOB), "/", "*"]
            answers = await statuses(place, *map(question, asked))
            assert answers == [b"204", b"204", *[b"403"] * 5]

    asyncio.run(asyncio.wait_for(story(), 30))


def test_whatever_a_stranger_says_to_the_web_server_is_no_persons() -> None:
    async def story() -> None:
        async with proxy() as place:
            long = b"GET /" + b"a" * 500_000 + b" HTTP/1.1\r\n\r\n"
            odd = [b"\r\n\r\n", b"\xff\0 \xff\r\n\r\n", b"GET\r\n\r\n", long]
            assert await statuses(place, *odd) == [b"403"] * 4

    asyncio.run(asyncio.wait_for(story(), 30))


def test_a_question_in_pieces_is_answered_once_it_is_whole() -> None:
    async def story() -> None:
        async with proxy() as place:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", place.doorkeeper
            )
            for octet in question(place.path(ALICE)):
                writer.write(bytes((octet,)))
                await writer.drain()
            assert (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1] == b"204"
            writer.close()

    asyncio.run(asyncio.wait_for(story(), 30))


def test_a_question_without_end_is_cut_off() -> None:
    async def story() -> None:
        async with proxy() as place:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", place.doorkeeper
            )
            writer.write(b"a" * (LARGEST_QUESTION + 1))
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readexactly(1)
            writer.close()

    asyncio.run(asyncio.wait_for(story(), 30))


def test_so_many_askers_are_borne_and_then_the_oldest_goes() -> None:
    async def story() -> None:
        async with proxy() as place:
            opened = [
                await asyncio.open_connection("127.0.0.1", place.doorkeeper)
                for _ in range(MOST_ASKERS)
            ]
            assert await statuses(place, question("/")) == [b"403"]
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await opened[0][0].readexactly(1)
            for _, writer in opened:
                writer.close()

    asyncio.run(asyncio.wait_for(story(), 60))
