"""What `linnet doctor` says on a simulated line, and whether it is true."""

from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Network
from random import Random

import pytest

from linnet.carriers.budget import Budget
from linnet.carriers.burst import Gate, burst
from linnet.carriers.diagnosis import Attempt, Came, comparisons, conclusion
from linnet.carriers.dial import dial
from linnet.carriers.guises import PLAIN, Wardrobe
from linnet.carriers.poller import poll
from linnet.carriers.sounding import OPENERS, Openers, sound
from linnet.lab.censor import Censor, Rule
from linnet.lab.reactions import Countdown, Resets, Silence
from linnet.lab.rules.addresses import AddressBlock
from linnet.lab.rules.freeze import Freeze
from linnet.lab.rules.server_names import NameBlock
from linnet.wire.links import Address, RelayDescriptor, Road
from linnet.wire.noise import public_key
from tests.carriers.people import RELAY_KEY, SECRET_PATH
from tests.lab.relays import FIRST, SECOND, relay_in
from tests.lab.town import NAME, OTHER, QUIET, SERVER, Town

RENAMED = Address(Road.WSS, SERVER, 443, SECRET_PATH, "other.example")
BLOCKED = frozenset({NAME})


def openers() -> Openers:
    """What opens roads here: of this town alone, at the pace of life."""
    wardrobe = Wardrobe(b"", (PLAIN,), lambda: 0.0)
    assert OPENERS.keys() == {"connection", "requests", "bursts"}
    return {
        "connection": partial(dial, wardrobe=wardrobe),
        "requests": partial(poll, wardrobe=wardrobe),
        "bursts": partial(burst, wardrobe=wardrobe, gate=Gate()),
    }


def examined(town: Town, *addresses: Address) -> list[Attempt]:
    """Try every road of a relay from behind the line."""
    descriptor = RelayDescriptor(public_key(RELAY_KEY), addresses)

    async def story() -> list[Attempt]:
        async with relay_in(town, 1):
            with town.client.here():
                chance = Random(1).randbytes
                found = sound(descriptor, Budget(), entropy=chance, openers=openers())
                return [one async for one in found]

    return town.run(story)


def behind(rule: Rule | None) -> Town:
    """A town whose line has a censor of one rule."""
    return Town(2, QUIET, Censor([rule], Random(2)) if rule else None)


def came(attempts: Sequence[Attempt]) -> list[Came]:
    """What came of each."""
    return [one.came for one in attempts]


def test_on_an_open_line_every_road_works_and_32_kilobytes_crossed() -> None:
    town = behind(None)

    found = examined(town, FIRST, Address(Road.TCP, SERVER, 80))

    assert came(found) == [Came.WORKS] * 4
    assert all(one.octets >= 32_000 for one in found if not one.way.bursts)
    assert "nothing is blocked" in conclusion(found)


def test_it_makes_no_storm() -> None:
    town = behind(None)

    examined(town, FIRST, SECOND)
    flows = sorted(town.meter.flows.values(), key=lambda flow: flow.began)
    at_once = [
        sum(other.began <= flow.began < other.last for other in flows) for flow in flows
    ]

    assert max(at_once) <= 2
    for flow in flows:
        near = [one for one in flows if 0 <= one.began - flow.began < 10]
        assert len(near) <= 5  # as many as bursts may begin (spec/carriers.md §8)


@pytest.mark.parametrize(
    ("resets", "expected"), [(False, Came.NOBODY), (True, Came.REFUSED)]
)
def test_s1_a_blocked_address_is_told_from_one_that_works(
    resets: bool, expected: Came
) -> None:
    town = behind(AddressBlock.of([f"{SERVER}/32"], resets=resets))

    found = examined(town, FIRST, SECOND)

    # The blocked address is knocked at once only.
    assert came(found) == [expected, Came.WORKS, Came.WORKS, Came.WORKS]
    assert [one.way.address.host for one in found] == [SERVER, OTHER, OTHER, OTHER]
    told = "The same name passes at another address: the address is blocked."
    assert (told in comparisons(found)) is not resets
    assert "Linnet takes what works" in conclusion(found)


def test_s2_silence_to_a_name_is_laid_to_the_name_and_not_to_the_address() -> None:
    town = behind(NameBlock.of(BLOCKED, Silence()))

    found = examined(town, FIRST, RENAMED)

    assert [one.came for one in found if one.way.address == FIRST] == [Came.SILENT] * 3
    assert [one.came for one in found if one.way.address == RENAMED] == [Came.WORKS] * 3
    assert "TLS is never answered" in found[0].sentence
    assert comparisons(found) == [
        "The same address answers under another name: a name is blocked here."
    ]


def test_s2_a_countdown_is_never_taken_for_a_road_that_works() -> None:
    town = behind(NameBlock.of(BLOCKED, Countdown()))

    found = examined(town, FIRST)

    assert not any(one.came.is_passage for one in found)
    assert set(came(found)) <= {Came.SILENT, Came.UNANSWERED, Came.FROZEN}
    assert "what is said there is blocked" in conclusion(found)
    assert "linnet road add" in conclusion(found)


def test_s2_resets_are_called_resets() -> None:
    town = behind(NameBlock.of(BLOCKED, Resets()))

    found = examined(town, FIRST)

    assert found[0].came is Came.RESET
    assert not any(one.came.is_passage for one in found)


def test_s8_a_road_that_opens_and_freezes_does_not_count_as_working() -> None:
    town = behind(Freeze((IPv4Network("192.0.2.0/24"),), share=1.0))

    found = examined(town, FIRST)

    assert came(found) == [Came.FROZEN, Came.FROZEN, Came.WORKS]
    assert 0 < found[0].octets < 15_000
    assert "falls silent after" in found[0].sentence
    assert "Short connections pass where long ones are frozen." in comparisons(found)
    assert "files will be slow" in conclusion(found)
