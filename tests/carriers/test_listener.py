"""Sessions at a relay, over real sockets and roads that are cut (spec/session.md)."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

import pytest

from linnet.carriers import strangers
from linnet.carriers.dial import dial
from linnet.carriers.dns.served import AskedCarrier
from linnet.carriers.link import Link, Opened, Received, StatusChanged
from linnet.carriers.status import Connected, Waiting
from linnet.wire.client_session import ClientSession
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import (
    RELAY_KEY,
    descriptor,
    echo_relay,
    hear,
    running,
    until_open,
)
from tests.carriers.recorders import server_tls


async def cutting_proxy(port: int, allowed: int) -> asyncio.Server:
    """A road that is cut after so many bytes in either direction."""

    async def forward(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        passed = 0
        with suppress(ConnectionError):
            while passed < allowed and (data := await reader.read(1_400)):
                data = data[: allowed - passed]
                passed += len(data)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(forward(reader, far_writer))
                tasks.create_task(forward(far_reader, writer))
        finally:
            writer.transport.abort()

    return await asyncio.start_server(relay, "127.0.0.1", 0)


@pytest.mark.slow
@pytest.mark.parametrize("road", [Road.TCP, Road.WS])
def test_everything_passes_once_over_a_road_that_is_cut_after_ten_kilobytes(
    road: Road,
) -> None:
    sent = [number.to_bytes(2, "big") + os.urandom(1_000) for number in range(150)]

    async def story() -> tuple[list[bytes], int, int]:
        async with echo_relay() as (echo, port):
            proxy = await cutting_proxy(port, 10_000)
            relay = descriptor(proxy.sockets[0].getsockname()[1], road)
            link = Link(relay, poll=None)
            async with proxy, running(link) as events:
                await until_open(events)
                for message in sent:
                    link.send(message)
                answers, resumptions = [], 0
                async for event in events:
                    assert not isinstance(event, Opened)
                    if isinstance(event, Received):
                        answers.append(event.message)
                    elif isinstance(event, StatusChanged):
                        resumptions += isinstance(event.status, Connected)
                    if len(answers) == len(sent):
                        break
            return answers, resumptions, len(echo.sessions)

    answers, resumptions, sessions = asyncio.run(story())

    assert answers == sent
    assert resumptions > 10
    assert sessions == 1


def test_a_reader_that_stops_reading_fills_a_bounded_memory_and_then_goes_on() -> None:
    async def story() -> tuple[int, int, int]:
        async with echo_relay() as (echo, port):
            link = Link(descriptor(port, Road.TCP))
            async with running(link) as events:
                await until_open(events)
                link.send(b"hello")
                await hear(events, 1)
                session = echo.sessions[0]
                taken = 0
                while session.send(bytes(8_000)):
                    taken += 1
                    echo.listener.flush(session)
                echo.listener.flush(session)
                held = session._held
                await hear(events, taken + 1)
                while not echo.eases:  # noqa: ASYNC110 - the last acknowledgement
                    await asyncio.sleep(0.01)
                return taken, held, echo.eases

    taken, held, eases = asyncio.run(story())

    assert 60 <= taken <= 70
    assert held <= 600_000
    assert eases == 1


class Prober:
    """Opens a carrier by hand."""

    def __init__(self) -> None:
        self.session = ClientSession(public_key(RELAY_KEY), entropy=os.urandom)
        self.heard: list[bytes] = []
        self.changed = asyncio.Event()
        self.gone = asyncio.Event()

    def arrived(self, message: bytes) -> None:
        self.heard.append(message)
        self.changed.set()

    def lost(self) -> None:
        self.gone.set()

    def writable(self) -> None:
        pass


def probe(first: Callable[[Prober], bytes]) -> tuple[int, int]:
    """What a carrier's first message gets: (answers, sessions at the relay)."""

    async def story() -> tuple[int, int]:
        async with asyncio.timeout(10), echo_relay() as (echo, port):
            prober = Prober()
            address = Address(Road.TCP, "127.0.0.1", port)
            carrier = await dial(address, prober)
            carrier.write([first(prober)])
            await prober.gone.wait()
            return len(prober.heard), len(echo.listener.reception)

    return asyncio.run(story())


def test_a_prober_with_garbage_gets_a_closed_connection() -> None:
    assert probe(lambda _: os.urandom(1_300)) == (0, 0)
    assert probe(lambda _: b"") == (0, 0)


def test_a_prober_with_a_tampered_opening_gets_a_closed_connection() -> None:
    assert probe(lambda prober: prober.session.hello(0)[:-1] + b"x") == (0, 0)


def test_who_replays_an_opening_gets_nothing() -> None:
    async def story() -> list[int]:
        async with asyncio.timeout(10), echo_relay() as (echo, port):
            address, answers = Address(Road.TCP, "127.0.0.1", port), []
            hello = Prober().session.hello(0)
            for _ in range(2):
                prober = Prober()
                carrier = await dial(address, prober)
                carrier.write([hello])
                await asyncio.wait(
                    [
                        asyncio.get_running_loop().create_task(event.wait())
                        for event in (prober.changed, prober.gone)
                    ],
                    return_when=asyncio.FIRST_COMPLETED,
                )
                answers.append(len(prober.heard))
                carrier.abort()
            return [*answers, len(echo.listener.reception)]

    assert asyncio.run(story()) == [1, 0, 0]


def test_another_relay_at_the_address_is_named_as_such() -> None:
    async def story() -> Waiting:
        async with echo_relay() as (_, port):
            genuine = descriptor(port, Road.WS)
            link = Link(RelayDescriptor(public_key(b"\x77" * 32), genuine.addresses))
            async with running(link) as events:
                async for event in events:
                    if isinstance(event, StatusChanged) and isinstance(
                        event.status, Waiting
                    ):
                        return event.status
        raise AssertionError

    assert "not the relay that the link names" in asyncio.run(story()).reason


def test_a_client_that_ends_its_session_is_forgotten() -> None:
    async def story() -> tuple[int, int]:
        async with echo_relay() as (echo, port):
            link = Link(descriptor(port, Road.WS))
            async with running(link) as events:
                await until_open(events)
                link.send(b"x")
                await hear(events, 1)
            while not echo.departures:  # noqa: ASYNC110 - the last record
                await asyncio.sleep(0.001)
            return echo.departures, len(echo.listener.reception)

    assert asyncio.run(story()) == (1, 0)


def test_a_client_whose_carrier_dies_is_kept_and_then_forgotten() -> None:
    async def story() -> list[int]:
        async with echo_relay() as (echo, port):
            link = Link(descriptor(port, Road.TCP))
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(link.run())
                await until_open(link.events())
                work.cancel()
            listener = echo.listener
            while listener.carriers:  # noqa: ASYNC110 - the socket's end
                await asyncio.sleep(0.001)
            kept = len(listener.reception)
            listener.tend(listener.now() + 599)
            still = len(listener.reception)
            listener.tend(listener.now() + 601)
            return [kept, still, len(listener.reception), echo.departures]

    assert asyncio.run(story()) == [1, 1, 0, 1]


def test_too_many_strangers_push_out_the_oldest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strangers, "MOST_STRANGERS", 5)

    async def story() -> tuple[bool, bytes]:
        async with asyncio.timeout(10), echo_relay() as (_, port):
            roads = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
            pushed_out = await roads[0][0].read()
            roads[-1][1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            served = await roads[-1][0].readline()
            for _, writer in roads:
                writer.transport.abort()
            return pushed_out == b"", served

    assert asyncio.run(story()) == (True, b"HTTP/1.1 200 OK\r\n")


def test_a_full_relay_is_tried_again_later() -> None:
    async def story() -> int:
        async with echo_relay() as (echo, port):
            echo.listener._most_sessions = 0
            link = Link(descriptor(port, Road.TCP))
            async with running(link) as events:
                async for event in events:
                    if isinstance(event, StatusChanged) and isinstance(
                        event.status, Waiting
                    ):
                        return event.status.attempt
        raise AssertionError

    assert asyncio.run(story()) == 1


def test_a_tls_handshake_that_never_ends_keeps_no_relay_from_closing() -> None:
    async def story() -> None:
        async with asyncio.timeout(10), echo_relay() as (echo, _):
            tls = server_tls()
            port = await echo.listener.listen("127.0.0.1", 0, tls=tls)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"\x16\3\1")
            gone, left = await asyncio.open_connection("127.0.0.1", port)
            left.transport.abort()
            await gone.read()
            await echo.listener.close()
            writer.close()
            await reader.read()

    asyncio.run(story())


def test_who_comes_while_a_relay_closes_is_not_waited_for() -> None:
    async def story() -> None:
        async with asyncio.timeout(10), echo_relay() as (echo, _):
            await echo.listener.close()
            echo.listener._enter()

    asyncio.run(story())


def test_a_carrier_without_a_connection_keeps_no_relay_from_closing() -> None:
    async def story() -> None:
        async with asyncio.timeout(10), echo_relay() as (echo, _):
            await echo.listener.close()
            now = asyncio.get_running_loop().time()
            carrier = AskedCarrier(echo.listener.visitor(), now)
            echo.listener.entered(carrier)
            assert not carrier.is_open
            await echo.listener.close()

    asyncio.run(story())
