"""Tries every road to the relays of an account (spec/carriers.md §10)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from linnet.carriers.diagnosis import Attempt, Came, comparisons, conclusion
from linnet.carriers.sounding import sound
from linnet.client.core.given_roads import GivenRoad, advice
from linnet.client.leaving import way_out_of
from linnet.client.road_sharing import Road
from linnet.client.standing import relay_name
from linnet.client.sync.hub import Hub
from linnet.client.sync.known_ways import known_ways
from linnet.wire.links import RelayDescriptor


@dataclass(frozen=True, slots=True)
class Finding:
    """What one road did.

    Attributes:
        relay: the first characters of the relay's key.
        address: which of the relay's addresses, from 1.
        road: what kind of road, in words.
        is_passage: whether it is of use.
        came: what came of trying it.
        octets: bytes of messages that crossed, both directions together.
        seconds: how long it took.
        sentence: all of it, in words.
    """

    relay: str
    address: int
    road: str
    is_passage: bool
    came: Came
    octets: int
    seconds: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of one relay in the end.

    Attributes:
        relay: the first characters of its key.
        is_reachable: whether a road to it works.
        sentences: what works, what does not, and what to do.
    """

    relay: str
    is_reachable: bool
    sentences: tuple[str, ...]


async def diagnose(hub: Hub) -> AsyncIterator[Finding | Diagnosis]:
    """Try each road to each relay; after the last of a relay comes its diagnosis."""
    way_out = way_out_of(hub.store.roads)
    budget = hub.surroundings.budget
    try:
        for relay in _used(hub):
            attempts: list[Attempt] = []
            async for attempt in sound(
                relay, budget, entropy=hub.entropy, egress=way_out
            ):
                attempts.append(attempt)
                yield _finding(relay, attempt)
            yield _diagnosis(hub, relay, attempts)
    finally:
        await way_out.close()


def _used(hub: Hub) -> list[RelayDescriptor]:
    """Return the account's relays, and those that its conversations are on."""
    store = hub.store
    if store.devices.is_removed:
        return []  # nothing more is to be reached
    used = {row.relay for row in store.conversations.all()}
    return [
        known_ways(store, one.descriptor, hub.surroundings)
        for one in store.account.relays()
        if one.is_mine or one.descriptor.key in used
    ]


def _finding(relay: RelayDescriptor, attempt: Attempt) -> Finding:
    addresses = list(dict.fromkeys(relay.addresses))
    return Finding(
        relay=relay_name(relay.key),
        address=addresses.index(attempt.way.address) + 1,
        road=attempt.road,
        is_passage=attempt.came.is_passage,
        came=attempt.came,
        octets=attempt.octets,
        seconds=round(attempt.seconds, 1),
        sentence=attempt.sentence,
    )


def _diagnosis(
    hub: Hub, relay: RelayDescriptor, attempts: Sequence[Attempt]
) -> Diagnosis:
    said = *comparisons(attempts), conclusion(attempts), _advice(hub, relay, attempts)
    return Diagnosis(
        relay=relay_name(relay.key),
        is_reachable=any(one.came.is_passage for one in attempts),
        sentences=tuple(one for one in said if one),
    )


def _advice(hub: Hub, relay: RelayDescriptor, attempts: Sequence[Attempt]) -> str:
    """Say of roads that were given to the person alone what is to be done."""
    store, memory = hub.store, hub.surroundings.memory
    rows: list[Road] = [*store.shared_roads.all(), *store.own_roads.all()]
    known = {one.address: one for one in rows if one.relay == relay.key}
    given = []
    for address, row in known.items():
        tried = [one for one in attempts if one.way.address == address]
        if tried:
            works = any(one.came.is_passage for one in tried)
            worked_at = max(memory.worked_at(one.way) for one in tried)
            given.append(GivenRoad(row.id, works, worked_at, row.added_at))
    passing = {one.way.address for one in attempts if one.came.is_passage}
    return advice(given, others_work=bool(passing - set(known)), now=hub.now())
