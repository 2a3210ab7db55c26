"""The road of names on lines that lose and delay, with a resolver in between."""

import asyncio
from random import Random

import pytest

from linnet.carriers.dns.message import PORT, Code, Message
from linnet.errors import Malformed
from linnet.lab.censor import PASS, Censor, Inject, Rule, Verdict
from linnet.lab.flows import Seen
from linnet.lab.packets import Packet
from linnet.lab.simulated.line import Shape
from tests.carriers.people import hear, running, until_open
from tests.lab.names import LINES, PATIENCE, fares, link_by_names, relay_of_names
from tests.lab.town import QUIET, Town

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_first_message_takes_less_than_thirty_seconds_at_300_ms_and_5_percent(
    seed: int,
) -> None:
    assert fares(LINES["300 ms, 5 % lost"], seed).first < 30


def test_a_session_opens_and_carries_at_half_a_second_and_40_percent_loss() -> None:
    found = fares(LINES["500 ms, 40 % lost"])

    assert found.first < 60
    assert found.rate > 200


def test_questions_keep_their_pace_and_become_few_when_nothing_is_said() -> None:
    found = fares(QUIET)

    # Each question and its answer; the pause may be a quarter shorter by chance.
    assert 15 < found.packets < 2 * 10 / 0.75
    assert found.idle_packets < 1.5


class Meddler(Rule):
    """Answers each question first, falsely; and sends every true answer twice more."""

    ID, SOURCE = "meddler", "nobody; the worst that a resolver's neighbour may do"

    def __init__(self, chances: Random) -> None:
        self.chances, self.forged = chances, 0

    def judge(self, seen: Seen, now: float) -> Verdict:
        packet = seen.packet
        if packet.source.port == PORT:
            late = [self.chances.uniform(0, 3) for _ in range(2)]
            return Verdict(injects=tuple(Inject(packet, after) for after in late))
        if packet.target.port != PORT:
            return PASS
        self.forged += 1
        back = Packet(
            packet.target, packet.source, packet.protocol, self.forgery(packet.payload)
        )
        return Verdict(injects=(Inject(back),))

    def forgery(self, query: bytes) -> bytes:
        try:
            asked = Message.read(query)
        except Malformed:
            return query
        lies = [
            asked.answered(Code.REFUSED).pack(),
            asked.answered(Code.FAILED).pack(),
            Message(asked.number ^ 1, 0x8180, asked.questions).pack(),
            Message(asked.number, 0x8180, ()).pack(),
            self.chances.randbytes(40),
        ]
        return self.chances.choice(lies)


def test_forged_answers_and_doubled_late_ones_change_nothing() -> None:
    meddler = Meddler(Random(5))
    town = Town(1, Shape(loss=0.02), Censor([meddler], Random(1)))

    async def story() -> None:
        async with relay_of_names(town, 1) as echo:
            with town.client.here():
                link = link_by_names()
                async with running(link, PATIENCE) as events:
                    await until_open(events)
                    said = [bytes([n]) * 900 for n in range(8)]
                    for one in said:
                        link.send(one)
                    assert await hear(events, 8) == said
            assert (len(echo.sessions), echo.heard) == (1, said)

    town.run(story)
    assert meddler.forged > 60


def test_a_road_that_is_silent_for_half_a_minute_goes_on_with_the_same_session() -> (
    None
):
    town = Town(1, Shape(loss=0.01))

    async def story() -> None:
        async with relay_of_names(town, 1) as echo:
            with town.client.here():
                link = link_by_names()
                async with running(link, PATIENCE) as events:
                    await until_open(events)
                    link.send(b"before")
                    assert await hear(events, 1) == [b"before"]
                    town.line.shape = Shape(loss=1.0)
                    link.send(b"in the dark")
                    await asyncio.sleep(30)
                    town.line.shape = Shape(loss=0.01)
                    assert await hear(events, 1) == [b"in the dark"]
            assert len(echo.sessions) == 1

    town.run(story)
