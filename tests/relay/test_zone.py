"""A real relay process that is name server of a zone."""

import asyncio
import socket
from pathlib import Path

import pytest

from linnet.carriers.dns.message import Kind, Message
from linnet.wire.links import Address, PassLink, Road
from tests.relay.processes import RelayProcess, calling, free_port
from tests.relay.test_serve import create

pytestmark = pytest.mark.slow

ZONE = "t.example.org"


def test_a_relay_is_reached_through_its_zone_which_its_links_name_last(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        port = free_port()
        words = ("--dns", ZONE, "--dns-listen", f"127.0.0.1:{port}")
        relay = await RelayProcess(tmp_path, words).start()
        link = await relay.pass_link()
        assert link.relay.addresses[-1] == Address(Road.DNS, ZONE, 53)

        way = Address(Road.DNS, ZONE, port, "127.0.0.1")
        only = PassLink(type(link.relay)(link.relay.key, (way,)), link.token)
        async with calling(only) as alice:
            await create(alice)
        assert (await relay.end())[0] == 0

    asyncio.run(asyncio.wait_for(story(), 60))


def test_a_relay_answers_for_its_zone_by_tcp_too(tmp_path: Path) -> None:
    async def story() -> None:
        port = free_port()
        words = ("--dns", ZONE, "--dns-listen", f"127.0.0.1:{port}")
        relay = await RelayProcess(tmp_path, words).start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        query = Message.asking(ZONE, Kind.SOA, 9).pack()
        writer.write((len(query).to_bytes(2) + query) * 2)
        for _ in range(2):
            size = int.from_bytes(await reader.readexactly(2))
            answer = Message.read(await reader.readexactly(size))
            assert (answer.number, answer.answers[0].kind) == (9, Kind.SOA)
        writer.close()
        await relay.end()

    asyncio.run(asyncio.wait_for(story(), 60))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dns", "t..org"), "'t..org' is no zone"),
        (("--dns", ".".join(["a" * 60] * 3)), "too long"),
        (("--dns-server", "ns.example.org"), "--dns ZONE"),
        (("--dns", ZONE, "--dns-listen", "53"), "write HOST:PORT"),
    ],
)
def test_a_zone_that_cannot_be_served_gets_a_sentence(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    async def story() -> None:
        relay = RelayProcess(tmp_path, words)
        status, _, err = await relay.verb("run", "--listen", "127.0.0.1:0", *words)
        assert (status, said in err) == (2, True), err

    asyncio.run(asyncio.wait_for(story(), 30))


def test_a_place_that_somebody_has_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            place = f"127.0.0.1:{taken.getsockname()[1]}"
            words = ("--dns", ZONE, "--dns-listen", place)
            relay = RelayProcess(tmp_path)
            status, _, err = await relay.verb("run", "--listen", "127.0.0.1:0", *words)
        assert (status, "--dns-listen HOST:PORT" in err) == (2, True), err

    asyncio.run(asyncio.wait_for(story(), 30))
