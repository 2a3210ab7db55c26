"""Short bursts on a simulated network, where packets can be counted."""

from functools import partial
from ipaddress import IPv4Address, IPv4Network
from random import Random

from linnet.carriers.burst import PAUSE, BurstCarrier, Gate, burst
from linnet.carriers.burst_bounds import AT_ONCE, MOST_BYTES, MOST_PACKETS
from linnet.carriers.guises import PLAIN, Wardrobe
from linnet.carriers.openers import Dial
from linnet.ids import Epoch, Handle
from linnet.lab.censor import Censor
from linnet.lab.hellos import find_hello
from linnet.lab.rules.freeze import Freeze
from linnet.lab.rules.hello_policing import HelloPolicing
from linnet.wire.replies import Appended
from linnet.wire.requests import Append, Create, Open
from tests.lab.lines import python_hello
from tests.lab.relays import FIRST
from tests.lab.test_simulated_link import Talk, talking
from tests.lab.town import NAME, QUIET, SERVER, Town
from tests.relay.desk import APPEND, READ, STREAM, hashed, named

CLOSING = 4
"""Packets by which a connection ends: what is lost of them is not missed."""


def watched_town(seed: int) -> Town:
    """A town whose line freezes flows after 25 packets and polices ClientHellos."""
    hello = find_hello(python_hello(NAME, "http/1.1"))
    assert hello is not None
    rules = (
        Freeze((IPv4Network(f"{SERVER}/32"),), share=1.0),
        HelloPolicing(fingerprints=frozenset({hello.ja4()})),
    )
    return Town(seed, QUIET, Censor(rules, Random(seed)))


def bursts() -> Dial:
    """How a link opens carriers here: at the pace of life."""
    wardrobe = Wardrobe(b"", (PLAIN,), lambda: 0.0)
    return partial(burst, wardrobe=wardrobe, gate=Gate())


async def chat(talk: Talk, sizes: list[int]) -> list[int]:
    """Append to a stream, one after another; the numbers that the relay gave."""
    await talk.until_open()
    tokens = hashed(APPEND), hashed(READ), hashed(READ)
    await talk.ask(Create(STREAM, *tokens), Open(STREAM, Epoch(0), APPEND, READ))
    numbers: list[int] = []
    for number, size in enumerate(sizes):
        reply = await talk.ask(Append(Handle(1), named(number), bytes(size)))
        assert isinstance(reply, Appended)
        numbers += [receipt.sequence for receipt in reply.receipts]
    return numbers


def test_a_talk_in_bursts_is_noticed_by_nobody_who_counts_packets_or_hellos() -> None:
    town = watched_town(4)

    async def story() -> tuple[list[int], Talk]:
        async with talking(town, 4, FIRST, dial=bursts(), poll=None) as talk:
            return await chat(talk, [200] * 10 + [9_000] * 10), talk

    numbers, talk = town.run(story)
    flows = town.meter.of(IPv4Address(SERVER))
    packets = [flow.up.packets + flow.down.packets for flow in flows]
    octets = [flow.up.payload + flow.down.payload for flow in flows]

    assert numbers == list(range(1, 21))
    assert talk.roads == [(SERVER, False)]
    assert not town.line.verdicts
    assert max(packets) <= MOST_PACKETS + CLOSING
    assert max(octets) <= MOST_BYTES


def test_connections_are_few_at_once_and_paced() -> None:
    town = watched_town(5)

    async def story() -> list[int]:
        async with talking(town, 5, FIRST, dial=bursts(), poll=None) as talk:
            return await chat(talk, [6_000] * 5)

    assert town.run(story) == [1, 2, 3, 4, 5]
    flows = town.meter.of(IPv4Address(SERVER))
    begun = [flow.began for flow in flows]
    at_once = [
        sum(other.began <= flow.began < other.last for other in flows) for flow in flows
    ]

    assert max(at_once) <= AT_ONCE
    for one, last in zip(begun, begun[AT_ONCE:], strict=False):
        assert last - one >= PAUSE


def test_a_link_whose_roads_are_frozen_goes_over_to_bursts_and_loses_nothing() -> None:
    town = watched_town(6)

    async def story() -> tuple[list[int], Talk, bool]:
        async with talking(town, 6, FIRST) as talk:
            numbers = await chat(talk, [200] * 30 + [9_000] * 5)
            carriers = [trip.carrier for trip in talk.link._trips.values()]
            return numbers, talk, any(isinstance(c, BurstCarrier) for c in carriers)

    numbers, talk, bursts = town.run(story)

    assert numbers == list(range(1, 36))
    assert talk.openings == 1
    assert bursts
