"""Real asyncio code on the simulated network: streams, TLS, UDP."""

import asyncio
import errno
import socket
from typing import cast

import pytest

from linnet.carriers.outside import unchecked
from linnet.errors import LocalError
from linnet.lab.packets import Endpoint, Flags
from linnet.lab.simulated.line import Shape
from tests.lab.town import (
    CLIENT,
    NAME,
    QUIET,
    SERVER,
    Town,
    answer,
    browse,
    certificate,
    fetch,
)


def test_a_page_comes_over_tls_through_s0_in_virtual_time() -> None:
    town = Town()

    page = town.run(lambda: browse(town))

    assert page.endswith(bytes(20_000))
    first = next(packet for _, packet in town.log if packet.payload)
    assert first.payload[0] == 22
    assert NAME.encode() in first.payload


def test_a_handshake_takes_the_turns_that_it_takes() -> None:
    town = Town(shape=QUIET)

    async def story() -> float:
        await browse(town)
        return asyncio.get_running_loop().time()

    # TCP, TLS 1.3, and the page in two flights: 60 ms each.
    assert town.run(story) == pytest.approx(0.24, abs=0.001)


def test_a_seed_gives_one_log_of_packets_and_another_seed_another() -> None:
    def outline(seed: int) -> list[tuple[float, str, int, int]]:
        town = Town(seed, Shape(loss=0.05))
        town.run(lambda: browse(town))
        return town.outline()

    assert outline(7) == outline(7)
    assert outline(7) != outline(8)


def test_a_meter_counts_what_passes_at_the_client() -> None:
    town = Town(shape=QUIET)
    town.run(lambda: browse(town))

    (figures,) = town.meter.of(Endpoint.at(SERVER, 443).host)

    assert figures.connections == town.meter.connections == 1
    up = [packet for _, packet in town.log if str(packet.source.host) == CLIENT]
    assert figures.up.packets == len(up)
    assert figures.up.octets == sum(len(packet.pack()) for packet in up)
    assert 20_000 < figures.down.payload < 25_000


def test_a_name_that_nobody_has_leads_nowhere() -> None:
    town = Town()

    async def story() -> None:
        with town.client.here(), pytest.raises(socket.gaierror):
            await asyncio.open_connection("nobody.example", 443)

    town.run(story)


def test_a_line_with_a_rate_takes_as_long_as_the_octets_do() -> None:
    town = Town(shape=Shape(down=128_000))

    async def story() -> float:
        await browse(town)
        return asyncio.get_running_loop().time()

    assert town.run(story) == pytest.approx(22_000 * 8 / 128_000 + 0.2, abs=0.2)


def test_a_reader_who_stops_stops_the_writer_on_the_other_side() -> None:
    town = Town(shape=QUIET)
    sent = 0

    async def pour(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while sent < 2_000_000:
            writer.write(bytes(10_000))
            sent += 10_000
            await writer.drain()
        writer.close()

    async def story() -> None:
        with town.server.here():
            server = await asyncio.start_server(pour, SERVER, 80)
        with town.client.here():
            reader, writer = await asyncio.open_connection(SERVER, 80)
            transport = cast("asyncio.Transport", writer.transport)
            transport.pause_reading()
            await asyncio.sleep(30)
            assert 100_000 < sent < 400_000
            transport.resume_reading()
            assert len(await reader.read()) == 2_000_000
            writer.close()
        server.close()

    town.run(story)


def test_half_a_connection_can_be_closed() -> None:
    town = Town(shape=QUIET)

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(str(len(await reader.read())).encode())
        writer.close()

    async def story() -> bytes:
        with town.server.here():
            server = await asyncio.start_server(count, SERVER, 80)
        async with server:
            with town.client.here():
                reader, writer = await asyncio.open_connection(SERVER, 80)
            writer.write(bytes(5_000))
            writer.write_eof()
            heard = await reader.read()
            writer.close()
            return heard

    assert town.run(story) == b"5000"


def test_tls_can_begin_on_a_connection_that_is_open() -> None:
    town = Town(shape=QUIET)

    async def turn(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"begin")
        await writer.drain()
        await writer.start_tls(certificate())
        writer.write(b"begun")
        writer.close()

    async def story() -> bytes:
        with town.server.here():
            server = await asyncio.start_server(turn, SERVER, 25)
        async with server:
            with town.client.here():
                reader, writer = await asyncio.open_connection(SERVER, 25)
            await reader.readexactly(5)
            await writer.start_tls(unchecked(), server_hostname=NAME)
            heard = await reader.read()
            writer.close()
            return heard

    assert town.run(story) == b"begun"


class Box(asyncio.DatagramProtocol):
    """Keeps what comes, and sends it back when asked to."""

    def __init__(self, *, echoes: bool) -> None:
        self.echoes = echoes
        self.came: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self.errors: list[Exception] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.came.put_nowait((data, addr))
        if self.echoes:
            self.transport.sendto(data.upper(), addr)

    def error_received(self, exc: Exception) -> None:
        self.errors.append(exc)


def test_datagrams_go_and_come_and_none_is_taken_apart() -> None:
    town = Town(shape=QUIET)

    async def story() -> None:
        loop = asyncio.get_running_loop()
        with town.server.here():
            far, _ = await loop.create_datagram_endpoint(
                lambda: Box(echoes=True), local_addr=(SERVER, 53)
            )
        with town.client.here():
            near, box = await loop.create_datagram_endpoint(
                lambda: Box(echoes=False), remote_addr=(NAME, 53)
            )
        near.sendto(bytes(1_473))
        near.sendto(b"who is there")
        assert await box.came.get() == (b"WHO IS THERE", (SERVER, 53))
        assert loop.time() == pytest.approx(0.06, abs=0.001)
        assert [str(errno.EMSGSIZE) in str(error) for error in box.errors] == [True]
        near.close()
        far.close()

    town.run(story)


def test_an_end_is_listened_at_once_and_only_where_its_host_is() -> None:
    town = Town()

    async def story() -> None:
        with town.server.here():
            async with await asyncio.start_server(answer, SERVER, 80) as server:
                assert server.sockets[0].getsockname() == (SERVER, 80)
                with pytest.raises(OSError, match="in use"):
                    await asyncio.start_server(answer, SERVER, 80)
            await asyncio.start_server(answer, SERVER, 80)
            with pytest.raises(OSError, match="assign"):
                await asyncio.start_server(answer, "203.0.113.1", 80)

    town.run(story)


def test_who_does_not_say_where_it_runs_is_told_to() -> None:
    town = Town()

    with pytest.raises(LocalError, match="which host"):
        town.run(lambda: fetch(SERVER))


def test_a_client_of_plain_tcp_closes_with_a_fin_that_is_answered() -> None:
    town = Town(shape=QUIET)

    async def hang_up(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()
        writer.close()

    async def story() -> None:
        with town.server.here():
            server = await asyncio.start_server(hang_up, SERVER, 80)
        with town.client.here():
            _, writer = await asyncio.open_connection(SERVER, 80)
            writer.close()
            await asyncio.sleep(1)
        server.close()

    town.run(story)
    said = [(str(one.source.host) == CLIENT, one.flags) for _, one in town.log[3:]]
    fin = Flags.FIN | Flags.ACK
    assert said == [
        (True, fin),
        (False, Flags.ACK),
        (False, fin),
        (True, Flags.ACK),
    ]


def test_a_network_runs_once() -> None:
    town = Town(shape=QUIET)
    town.run(lambda: browse(town))

    with pytest.raises(LocalError, match="runs once"):
        town.run(lambda: browse(town))
