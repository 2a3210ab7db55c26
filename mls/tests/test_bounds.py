"""Parsing is bounded by the length of its input: counted, not timed."""

import contextlib
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import FrameType

import pytest
from kit.insider import ENTROPY, forge, inside
from kit.mangle import HUGE
from kit.people import NOW, People, processed
from kit.samples import kinds
from kit.scenes import refused, scene

from mls import (
    MalformedMessage,
    MLSError,
    Remove,
    Settings,
    TooFarAhead,
    TooManyProposals,
    UnknownProposal,
)
from mls.codec import decode, opaque, uint16, vector
from mls.commits import ProposalReference
from mls.extensions import Capabilities
from mls.secret_tree import Generation, Ratchet, RatchetLimits
from mls.tree import RatchetTree
from mls.tree_math import LeafIndex

KINDS = kinds()
MEBIBYTE = 1 << 20


def peak_of(work: Callable[[], object]) -> int:
    """The most memory that some work has in use at one time."""
    with contextlib.suppress(MLSError):
        work()
    tracemalloc.start()
    try:
        with contextlib.suppress(MLSError):
            work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def calls_of(work: Callable[[], object]) -> int:
    """How many functions some work calls, those of the interpreter included."""
    count = 0

    def profile(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        with contextlib.suppress(MLSError):
            work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_a_length_that_lies_reserves_no_memory(name: str) -> None:
    sample = KINDS[name].samples[0][:4000]
    step = max(1, len(sample) // 40)
    for at in range(0, len(sample), step):
        for prefix in HUGE:
            data = sample[:at] + prefix + sample[at + len(prefix) :]
            assert peak_of(partial(KINDS[name].read, data)) < MEBIBYTE


def blank_tree(size: int) -> bytes:
    """The most nodes that so many bytes can stand for: all blank but the last."""
    leaf = inside(scene().alice).tree.leaf(0)
    assert leaf is not None
    node = b"\x01\x01" + leaf.encode()
    return opaque(bytes(size - size % 2) + node)


GREEDY: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "blank nodes": ("tree", blank_tree),
    "empty extensions": (
        "extensions",
        lambda size: vector(uint16(n) + b"\0" for n in range(size // 3)),
    ),
    "capabilities": ("capabilities", lambda size: opaque(bytes(size)) + bytes(4)),
    "references": ("commit", lambda size: vector([b"\2\0"] * (size // 2)) + b"\0"),
    "removes": (
        "commit",
        lambda size: vector([b"\1\0\3\0\0\0\0"] * (size // 7)) + b"\0",
    ),
    "welcomes": (
        "welcome",
        lambda size: b"\0\1\0\3\0\1" + vector([bytes(3)] * (size // 3)) + b"\0",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("greedy", GREEDY)
def test_memory_and_work_grow_no_faster_than_the_input(greedy: str) -> None:
    name, made = GREEDY[greedy]
    read, small, large = KINDS[name].read, made(2_000), made(32_000)

    assert peak_of(lambda: read(large)) < 500 * 32_000
    assert calls_of(lambda: read(large)) < 20 * calls_of(lambda: read(small))


def test_unusual_capabilities_of_strangers_are_not_remembered() -> None:
    """A cache keyed by what others send must not keep what they send."""

    own = inside(scene().alice).tree.leaf(0)
    assert own is not None

    def read(number: int) -> None:
        encoded = opaque(uint16(number) + bytes(4_000)) + bytes(4)
        capabilities = decode(encoded, Capabilities.decode)
        leaf = replace(own, capabilities=capabilities, encoded=b"")
        assert leaf.support.credentials == frozenset()

    tracemalloc.start()
    try:
        for number in range(100):
            read(number)
        assert tracemalloc.get_traced_memory()[0] < MEBIBYTE // 2
    finally:
        tracemalloc.stop()


# What a message may make a group compute.


def test_a_generation_far_ahead_costs_nothing() -> None:
    suite = scene().alice.suite
    limits = RatchetLimits(skipped_generations=256, kept_keys=256)
    ratchet = Ratchet(inside(scene().alice).secrets.init)

    def jump(to: int) -> Callable[[], object]:
        return lambda: ratchet.take(suite, Generation(to), limits)

    with refused(TooFarAhead, "more generations"):
        jump(2**32 - 1)()
    assert calls_of(jump(2**32 - 1)) < 100
    assert calls_of(jump(256)) < 257 * 150


def test_skipped_keys_are_kept_up_to_a_number_and_no_further() -> None:
    suite = scene().alice.suite
    limits = RatchetLimits(skipped_generations=256, kept_keys=100)
    ratchet = Ratchet(inside(scene().alice).secrets.init)
    for step in range(1, 6):
        _, ratchet = ratchet.take(suite, Generation(200 * step), limits)

    assert len(ratchet.kept) == 100


def test_a_commit_of_a_thousand_unknown_proposals_costs_what_its_parsing_does() -> None:
    entries = [ProposalReference(n.to_bytes(32, "big")) for n in range(1000)]
    message = forge(scene().alice, entries).message

    with refused(UnknownProposal, "do not have"):
        scene().carol.process(message, now=NOW)
    assert calls_of(lambda: scene().carol.process(message, now=NOW)) < 40_000


def test_a_commit_of_a_thousand_removes_is_refused_at_the_first_that_is_wrong() -> None:
    message = forge(scene().alice, [Remove(LeafIndex(9 + n)) for n in range(1000)])

    with pytest.raises(MLSError, match="is blank"):
        scene().carol.process(message.message, now=NOW)
    assert calls_of(lambda: scene().carol.process(message.message, now=NOW)) < 60_000


def test_only_as_many_proposals_are_kept_as_settings_allow() -> None:
    few = Settings(authenticate=lambda _: None, pending_proposals=3)
    people = People(settings=few, seed="few")
    groups = people.group("alice", "carol")
    alice, carol = groups["alice"], groups["carol"]
    for number in range(4):
        alice, message = alice.propose_update(entropy=ENTROPY)
        if number < 3:
            carol = processed(carol, message)

    with refused(TooManyProposals, "more proposals"):
        carol.process(message, now=NOW)


def test_a_message_as_deep_as_it_can_be_does_not_exhaust_the_stack() -> None:
    data = blank_tree(1 << 16)

    assert decode(data, RatchetTree.decode).leaf_count == 1 << 16


def test_a_secret_tree_higher_than_any_group_does_not_parse() -> None:
    honest = inside(scene().alice).messages.encode()
    with refused(MalformedMessage, "too high"):
        KINDS["secret tree"].read(honest[:2] + b"\xff" + b"\x02" * 300)
