"""The race of roads past a censor: the real link, relay and TLS, in virtual time."""

import asyncio
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from random import Random

import pytest

from linnet.carriers.poller import poll
from linnet.carriers.race_bounds import STALL_SECONDS
from linnet.ids import Epoch, Handle
from linnet.lab.censor import Censor, Rule
from linnet.lab.hellos import find_hello
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.rules.freeze import Freeze
from linnet.lab.rules.hello_policing import HelloPolicing
from linnet.wire.links import Address, Road
from linnet.wire.replies import Appended
from linnet.wire.requests import Append, Create, Open
from tests.carriers.people import SECRET_PATH
from tests.lab.test_simulated_link import Talk, greet, talking
from tests.lab.town import NAME, OTHER, SERVER, Town
from tests.relay.desk import APPEND, READ, STREAM, hashed, named

TOO_MANY = "too many ClientHellos of its kind"
FIRST = Address(Road.WSS, SERVER, 443, SECRET_PATH, NAME)
SECOND = Address(Road.WSS, OTHER, 443, SECRET_PATH, NAME)
ELSEWHERE = replace(SECOND, cover="elsewhere.example")
MESSAGES = 30


async def begin(talk: Talk) -> None:
    await talk.until_open()
    tokens = hashed(APPEND), hashed(READ), hashed(READ)
    await talk.ask(Create(STREAM, *tokens), Open(STREAM, Epoch(0), APPEND, READ))


async def append(talk: Talk, number: int) -> int:
    """Append something; where it came to stand."""
    reply = await talk.ask(Append(Handle(1), named(number), bytes(200)))
    assert isinstance(reply, Appended)
    return int(reply.receipts[0].sequence)


def now() -> float:
    return asyncio.get_running_loop().time()


def freeze() -> Freeze:
    return Freeze((IPv4Network("0.0.0.0/0"),), share=1.0)


@cache
def our_fingerprint() -> str:
    """The JA4 by which the rule would know this client."""
    town = Town(seed=1)
    town.run(lambda: greet(town, 1, FIRST))
    hello = find_hello(next(one.payload for _, one in town.log if one.payload))
    assert hello
    return hello.ja4()


def policing(most: int) -> HelloPolicing:
    return HelloPolicing(frozenset({our_fingerprint()}), most=most)


def converse(*rules: Rule) -> tuple[Town, list[int], float, int]:
    """Say one thing after another over one address, past these rules."""
    town = Town(seed=8, censor=Censor(rules, Random(8)))

    async def story() -> tuple[list[int], float, int]:
        async with talking(town, 8, FIRST) as talk:
            await begin(talk)
            start = now()
            places = [await append(talk, number + 1) for number in range(MESSAGES)]
            return places, now() - start, talk.openings

    return town, *town.run(story)


def test_everything_passes_once_though_each_connection_freezes() -> None:
    town, places, seconds, openings = converse(freeze())

    assert places == list(range(1, MESSAGES + 1))
    assert openings == 1
    assert town.meter.connections > 3
    # Each stall costs its five seconds and a new connection, and no more.
    assert seconds < town.meter.connections * (STALL_SECONDS + 1)


def test_between_a_rule_against_long_and_one_against_many_there_is_room() -> None:
    town, places, _, openings = converse(freeze(), policing(most=3))

    assert places == list(range(1, MESSAGES + 1))
    assert openings == 1
    assert TOO_MANY not in {line.because for line in town.line.verdicts}


def test_the_rule_against_many_bites_where_fewer_are_borne() -> None:
    town, places, _, _ = converse(freeze(), policing(most=1))

    assert places == list(range(1, MESSAGES + 1))
    assert TOO_MANY in {line.because for line in town.line.verdicts}


def test_an_address_that_is_blocked_from_the_start_costs_less_than_a_second() -> None:
    block = AddressBlock.of([f"{SERVER}/32"])
    town = Town(seed=4, censor=Censor([block], Random(4)))

    async def story() -> float:
        async with talking(town, 4, FIRST, SECOND) as talk:
            await talk.until_open()
            return now()

    assert town.run(story) < 1


@pytest.mark.parametrize(("second", "most"), [(SECOND, 6.0), (ELSEWHERE, 5.3)])
def test_an_address_that_is_blocked_in_the_middle_costs_a_stall(
    second: Address, most: float
) -> None:
    town = Town(seed=6)

    async def story() -> tuple[float, list[str]]:
        async with talking(town, 6, FIRST, second) as talk:
            await begin(talk)
            town.line.censor = Censor([AddressBlock.of([f"{SERVER}/32"])], Random(6))
            start = now()
            await append(talk, 1)
            return now() - start, [host for host, _ in talk.roads]

    seconds, hosts = town.run(story)

    assert STALL_SECONDS < seconds < most
    assert hosts == [FIRST.host, second.host]


async def grudging(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A door that answers each request with nothing, and closes."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    writer.close()


class Nobody:
    def arrived(self, message: bytes) -> None: ...

    def lost(self) -> None: ...

    def writable(self) -> None: ...


def test_who_closes_each_connection_of_requests_gets_no_storm() -> None:
    town = Town(seed=2)

    async def story() -> None:
        with town.server.here():
            server = await asyncio.start_server(grudging, SERVER, 80)
        async with server:
            with town.client.here():
                carrier = await poll(Address(Road.WS, SERVER, 80, "/x"), Nobody())
                await asyncio.sleep(60)
                carrier.abort()

    town.run(story)

    assert 10 < town.meter.connections < 30
