"""Inverses and invariants, tried with whatever Hypothesis thinks of."""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import (
    NOW,
    SETTINGS,
    SUITE,
    Person,
    assert_agreement,
    commit,
    create,
    gather,
    invite,
    key_package,
)

from mls import (
    CommitOptions,
    Group,
    GroupInfo,
    KeyPackage,
    MLSError,
    OwnKeyPackage,
    Remove,
    StagedCommit,
    peek,
)
from mls.codec import Reader, decode, length, opaque, optional, vector
from mls.errors import MalformedMessage
from mls.key_sets import KeySet
from mls.tree import RatchetTree
from mls.tree_hash import tree_hash, verify_parent_hashes
from mls.tree_math import LeafIndex, NodeIndex, common_ancestor, node_of, parent
from mls.tree_rules import all_keys, check_whole_tree, keys_after


@given(st.integers(0, 2**30 - 1))
def test_a_length_reads_back(value: int) -> None:
    assert Reader(length(value)).length() == value


@given(st.lists(st.binary()))
def test_a_vector_reads_back(values: list[bytes]) -> None:
    encoded = vector(map(opaque, values))

    assert decode(encoded, lambda reader: reader.vector(Reader.opaque)) == tuple(values)


@given(st.none() | st.binary())
def test_an_optional_reads_back(value: bytes | None) -> None:
    encoded = optional(None if value is None else opaque(value))

    assert decode(encoded, lambda reader: reader.optional(Reader.opaque)) == value


@pytest.mark.parametrize(
    "encoded", [b"\x40\x01", b"\x80\x00\x00\x01", b"\xc0", b"\x05"]
)
def test_a_length_that_is_not_canonical_is_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(encoded, Reader.opaque)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 80)), max_size=200))
def test_a_key_set_holds_what_a_set_would(steps: list[tuple[bool, int]]) -> None:
    ours, theirs = KeySet.of([]), set[bytes]()
    for adds, number in steps:
        key = bytes([number])
        ours = ours.add(key) if adds else ours.discard(key)
        theirs = theirs | {key} if adds else theirs - {key}

    assert all((bytes([it]) in ours) == (bytes([it]) in theirs) for it in range(81))


@given(st.integers(0, 63), st.integers(0, 63))
def test_a_common_ancestor_is_the_lowest_node_above_both(one: int, other: int) -> None:
    def above(leaf: int) -> list[NodeIndex]:
        path, node = [], parent(node_of(LeafIndex(leaf)), 64)
        while node is not None:
            path.append(node)
            node = parent(node, 64)
        return path

    if one != other:
        lowest = next(node for node in above(one) if node in above(other))
        assert common_ancestor(LeafIndex(one), LeafIndex(other)) == lowest


@given(st.lists(st.integers(0, 9), min_size=1, max_size=14))
def test_a_tree_changed_step_by_step_is_the_tree_read_whole(steps: list[int]) -> None:
    leaves = [package.public.leaf for package in packages()]
    tree, keys, unused = RatchetTree.of(leaves[0]), None, leaves[1:]
    for step in steps:
        before = tree
        keys = keys or all_keys(before)
        present = [index for index, _ in tree.leaves() if index]
        if step < 6 and unused:
            tree, _ = tree.add(unused.pop())
        elif present:
            tree = tree.remove(present[step % len(present)])
        keys = keys_after(keys, before, tree)

    whole = decode(tree.encode(), RatchetTree.decode)

    assert tree_hash(SUITE, whole.root) == tree_hash(SUITE, tree.root)
    assert [leaf for _, leaf in whole.leaves()] == [leaf for _, leaf in tree.leaves()]
    assert whole.next_free() == tree.next_free()
    check_whole_tree(SUITE, whole, b"")


@cache
def packages() -> list[OwnKeyPackage]:
    return [key_package(f"person {number}") for number in range(15)]


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "update", "commit", "outside", "restart"]),
        st.integers(0, 7),
    ),
    max_size=12,
)


@given(STEPS)
def test_people_agree_whatever_they_do(steps: list[Step]) -> None:
    everyone = gather("person", "friend")
    for number, (verb, choice) in enumerate(steps):
        actor = everyone[choice % len(everyone)]
        others = [person for person in everyone if person is not actor]
        everyone = act(verb, actor, others, f"newcomer {number}")
        assert_agreement(everyone)
        verify_parent_hashes(SUITE, actor.group._state.tree)
        message = everyone[0].say(b"agreed")
        for person in everyone[1:]:
            person.hear(message)


def act(verb: str, actor: Person, others: list[Person], name: str) -> list[Person]:
    if verb == "add":
        return [actor, *others, *invite(actor, others, [name])]
    if verb == "remove" and others:
        gone = others[-1]
        commit(actor, others, [Remove(gone.group.own_leaf)])
        return [actor, *others[:-1]]
    if verb == "update" and others:
        proposal = actor.propose_update()
        for other in others:
            other.hear(proposal)
        rest = [actor, *others[1:]]
        commit(others[0], rest, options=CommitOptions(public=True))
    elif verb == "outside":
        info = actor.group.export_group_info(entropy=os.urandom)
        joined = Group.join_by_external_commit(
            info, key_package(name).identity, settings=SETTINGS, entropy=os.urandom
        )
        for person in (actor, *others):
            person.hear(joined.message)
        return [actor, *others, Person(name, joined.group)]
    elif verb == "restart":
        actor.restart()
    else:
        commit(actor, others)
    return [actor, *others]


@cache
def scene() -> tuple[Group, dict[str, bytes]]:
    """A member that listens, and one true message of every kind."""
    alice, bob = gather("alice", "bob")
    proposal = alice.group.propose_update(entropy=os.urandom)[1]
    staged = alice.group.commit(now=NOW, entropy=os.urandom)
    public = alice.group.commit(
        now=NOW, entropy=os.urandom, options=CommitOptions(public=True)
    )
    text = alice.group.encrypt(b"text", entropy=os.urandom)[1]
    return bob.group, {
        "application": text,
        "proposal": proposal,
        "commit": staged.message,
        "public commit": public.message,
    }


@pytest.mark.fuzz
@given(st.data())
def test_a_message_that_was_tampered_with_is_refused_by_name(
    data: st.DataObject,
) -> None:
    group, messages = scene()
    message = bytearray(messages[data.draw(st.sampled_from(sorted(messages)))])
    at = data.draw(st.integers(0, len(message) - 1))
    message[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(MLSError):
        group.process(bytes(message), now=NOW)


PARSERS: dict[str, Callable[[bytes], object]] = {
    "message": lambda data: scene()[0].process(data, now=NOW),
    "private": lambda data: scene()[0].process(b"\0\1\0\2" + data, now=NOW),
    "public": lambda data: scene()[0].process(b"\0\1\0\1" + data, now=NOW),
    "key package": lambda data: KeyPackage.from_message(b"\0\1\0\5" + data),
    "group info": lambda data: GroupInfo.from_message(b"\0\1\0\4" + data),
    "tree": lambda data: decode(data, RatchetTree.decode),
    "welcome": lambda data: Group.join(
        b"\0\1\0\3" + data, packages()[:1], settings=SETTINGS
    ),
    "outside": lambda data: Group.join_by_external_commit(
        b"\0\1\0\4" + data,
        packages()[0].identity,
        settings=SETTINGS,
        entropy=os.urandom,
    ),
    "own package": OwnKeyPackage.from_bytes,
    "staged": lambda data: StagedCommit.from_bytes(data, settings=SETTINGS),
    "epoch part": lambda data: Group.restore(
        data, create("x").group.ratchet_state(), settings=SETTINGS
    ),
    "ratchet part": lambda data: Group.restore(
        create("x").group.epoch_state(), data, settings=SETTINGS
    ),
    "peek": peek,
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", PARSERS)
@given(data=st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_named_error(name: str, data: bytes) -> None:
    with suppress(MLSError):
        PARSERS[name](data)


@pytest.mark.fuzz
@given(st.data())
def test_a_stored_group_that_was_damaged_is_refused_by_name(
    data: st.DataObject,
) -> None:
    group, _ = scene()
    parts = [bytearray(group.epoch_state()), bytearray(group.ratchet_state())]
    part = data.draw(st.sampled_from(parts))
    part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))

    with suppress(MLSError):
        Group.restore(bytes(parts[0]), bytes(parts[1]), settings=SETTINGS)
