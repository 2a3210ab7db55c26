"""A censor on a simulated line: it drops, resets, injects and asks."""

import asyncio
import errno
from random import Random

import pytest

from linnet.lab.censor import Answered, Censor, Inject, Probe, Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.packets import Protocol
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.simulated.line import Shape
from tests.lab.town import (
    CLIENT,
    OTHER,
    QUIET,
    SERVER,
    Town,
    answer,
    browse,
    certificate,
    fetch,
)


def test_nobody_there_is_a_refusal_and_a_listed_address_is_silence() -> None:
    censor = Censor([AddressBlock.of([f"{OTHER}/32"])], Random(1))
    town = Town(shape=QUIET, censor=censor)

    async def story() -> None:
        loop = asyncio.get_running_loop()
        with town.client.here():
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(SERVER, 81)
            assert loop.time() == pytest.approx(0.06, abs=0.001)
            with pytest.raises(TimeoutError) as caught:
                await asyncio.open_connection(OTHER, 443)
            assert caught.value.errno == errno.ETIMEDOUT
            assert loop.time() == pytest.approx(127.06, abs=0.001)

    town.run(story)
    assert {line.rule for line in town.line.verdicts} == {"S1"}


def test_a_server_whose_answers_become_resets_refuses() -> None:
    block = AddressBlock.of([f"{SERVER}/32"], resets=True)
    town = Town(shape=QUIET, censor=Censor([block], Random(1)))

    with pytest.raises(ConnectionRefusedError):
        town.run(lambda: browse(town))


class ResetOnHello(Rule):
    """Resets both ends, 2 ms after a ClientHello has passed."""

    ID, SOURCE = "T1", "this test"

    def judge(self, seen: Seen, now: float) -> Verdict:
        if seen.hello is None:
            return Verdict()
        both = seen.packet.reset(), seen.packet.cut_to_reset()
        return Verdict(injects=tuple(Inject(one, 0.002) for one in both))


def test_an_injected_reset_with_a_fitting_number_ends_a_connection() -> None:
    town = Town(shape=QUIET, censor=Censor([ResetOnHello()], Random(1)))

    async def story() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(ConnectionResetError):
            await browse(town)
        # 60 ms for TCP; 5 up to the box, 2 of delay, 5 down again.
        assert loop.time() == pytest.approx(0.072, abs=0.001)

    town.run(story)


class ProbeOnce(Rule):
    """Asks the server of the first data that passes, and keeps the answer."""

    ID, SOURCE = "T7", "this test"

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.asked = False
        self.answers: list[tuple[Answered, float]] = []

    def judge(self, seen: Seen, now: float) -> Verdict:
        if self.asked or not seen.packet.payload:
            return Verdict()
        self.asked = True
        server = seen.flow.server
        packet = seen.packet
        question = type(packet)(packet.source, server, Protocol.TCP, self.payload)
        return Verdict(probes=(Probe(3, question, "HTTP", after=5.0),))

    def learn(self, answer: Answered, now: float) -> None:
        self.answers.append((answer, now))


@pytest.mark.parametrize(("port", "data"), [(80, b"HTTP/1.1 200 OK"), (81, b"")])
def test_a_probe_asks_from_the_censors_own_host_and_is_told(
    port: int, data: bytes
) -> None:
    rule = ProbeOnce(b"GET / HTTP/1.1\r\n\r\n")
    town = Town(shape=QUIET, censor=Censor([rule], Random(1)))
    peers: list[str] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])
        await (answer(reader, writer) if port == 80 else reader.read())
        writer.close()

    async def story() -> None:
        with town.server.here():
            server = await asyncio.start_server(greet, SERVER, port)
        with town.client.here():
            _, writer = await asyncio.open_connection(SERVER, port)
            writer.write(b"x")
            await asyncio.sleep(60)
            writer.close()
        server.close()

    town.run(story)

    ((told, at),) = rule.answers
    assert town.line.prober is not None
    assert peers == [CLIENT, str(town.line.prober.addresses[0])]
    assert (told.number, told.data[:15], told.closed) == (3, data, port == 80)
    assert at - told.seconds == pytest.approx(5.1, abs=0.1)


def test_a_censor_can_be_replaced_while_a_connection_stands() -> None:
    town = Town(shape=QUIET)

    async def story() -> None:
        with town.server.here():
            server = await asyncio.start_server(answer, SERVER, 80)
        with town.client.here():
            reader, writer = await asyncio.open_connection(SERVER, 80)
            town.line.censor = Censor([AddressBlock.of([f"{SERVER}/32"])], Random(1))
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    await reader.read()
            town.line.censor = None
            # The request is said for the fourth time after 7 seconds.
            page = await reader.read()
            assert page.endswith(bytes(20_000))
            assert 7 < asyncio.get_running_loop().time() < 8
            writer.close()
        server.close()

    town.run(story)


def test_hosts_of_one_line_reach_each_other_without_the_censor() -> None:
    everything = AddressBlock.of(["0.0.0.0/0"])
    town = Town(shape=Shape(loss=1.0), censor=Censor([everything], Random(1)))
    neighbour = town.network.host("10.0.0.3", line=town.line)

    async def story() -> bytes:
        with neighbour.here():
            server = await asyncio.start_server(answer, None, 443, ssl=certificate())
        async with server:
            with town.client.here():
                return await fetch("10.0.0.3")

    assert len(town.run(story)) > 20_000
    assert town.line.verdicts == []


class Faulty(Rule):
    """Fails on the first packet with data."""

    ID, SOURCE = "T0", "this test"

    def judge(self, seen: Seen, now: float) -> Verdict:
        if seen.packet.payload:
            raise ZeroDivisionError
        return Verdict()


def test_a_rule_that_fails_ends_the_run() -> None:
    town = Town(censor=Censor([Faulty()], Random(1)))

    with pytest.raises(ZeroDivisionError):
        town.run(lambda: browse(town))
