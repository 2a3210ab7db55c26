"""Names that are asked for over the line, where a censor can answer first."""

import asyncio
import socket
from collections.abc import Callable
from random import Random

import pytest

from linnet.lab.censor import Censor
from linnet.lab.rules.resolvers import ForgedAnswers
from linnet.lab.simulated.line import Shape
from linnet.lab.simulated.resolver import asking, serve_names
from tests.lab.town import NAME, QUIET, SERVER, Town

RESOLVER = "8.8.8.8"


def found(town: Town, name: str) -> list[str]:
    """Which addresses the town's client is told."""
    resolver = town.network.host(RESOLVER)
    town.client.resolve = asking(RESOLVER, Random(1))

    async def story() -> list[str]:
        server = await serve_names(resolver, {NAME: [SERVER]})
        loop = asyncio.get_running_loop()
        with town.client.here():
            infos = await loop.getaddrinfo(name, 443)
        server.close()
        return [str(info[4][0]) for info in infos]

    return town.run(story)


def test_a_name_is_asked_for_in_one_datagram_and_answered_in_another() -> None:
    town = Town(shape=QUIET)

    assert found(town, NAME) == [SERVER]
    assert [str(one.target.host) == RESOLVER for _, one in town.log] == [True, False]


def test_a_name_that_nobody_has_leads_nowhere_after_one_answer() -> None:
    town = Town(shape=QUIET)

    with pytest.raises(socket.gaierror, match="not known"):
        found(town, "nobody.example")
    assert len(town.log) == 2


def test_silence_is_asked_twice_and_then_leads_nowhere() -> None:
    town = Town(shape=Shape(loss=1.0))

    with pytest.raises(socket.gaierror, match="Temporary"):
        found(town, NAME)
    assert [round(at) for at, _ in town.log] == [0, 5]


Forging = Callable[[list[str]], ForgedAnswers]


@pytest.mark.parametrize(
    ("rule", "told"),
    [(ForgedAnswers.of_iran, "10.10.34.36"), (ForgedAnswers.of_china, "203.0.113.")],
)
def test_the_first_answer_is_believed_though_a_censor_gave_it(
    rule: Forging, told: str
) -> None:
    town = Town(shape=QUIET, censor=Censor([rule([NAME])], Random(1)))

    (address,) = found(town, NAME)

    assert address.startswith(told)
    assert {line.rule for line in town.line.verdicts} == {"S3"}
