"""Ratchet trees that break a rule, given to a newcomer (RFC 9420 §7.9, §12.4.3.1)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from kit.insider import ENTROPY, forge, inside
from kit.newcomers import DAVE, added, join
from kit.packages import bent_package
from kit.people import People
from kit.scenes import refused, scene
from kit.welcomes import WelcomeBend

from mls import (
    Add,
    Group,
    GroupInfo,
    InvalidGroupInfo,
    InvalidTree,
    InvalidWelcome,
    MalformedMessage,
)
from mls.tree import ParentNode, RatchetTree
from mls.tree_hash import tree_hash
from mls.tree_math import LeafIndex, NodeIndex

Rebuild = Callable[[RatchetTree], RatchetTree]


def test_a_welcome_without_a_tree_is_refused() -> None:
    with refused(InvalidGroupInfo, "the ratchet tree is missing"):
        join(WelcomeBend(with_tree=False))


def test_a_welcome_takes_its_tree_from_elsewhere() -> None:
    forged = added()
    group = join(WelcomeBend(with_tree=False), forged=forged, tree=forged.tree.encode())

    assert len(group.members) == 4


def test_a_tree_from_elsewhere_that_is_not_the_one_of_the_group_is_refused() -> None:
    with refused(InvalidGroupInfo, "not the one of the group"):
        join(WelcomeBend(with_tree=False), tree=scene().alice.export_ratchet_tree())


def test_a_tree_that_is_not_the_one_of_the_group_is_refused() -> None:
    with refused(InvalidGroupInfo, "not the one of the group"):
        join(WelcomeBend(tree=lambda tree: tree.remove(LeafIndex(1))))


def bent_tree(rebuild: Rebuild) -> WelcomeBend:
    """A tree that breaks a rule, in a group info whose tree hash fits it."""

    def info(honest: GroupInfo) -> GroupInfo:
        context = honest.context
        tree = rebuild(added_tree())
        return replace(
            honest,
            context=replace(context, tree_hash=tree_hash(context.suite, tree.root)),
        )

    return WelcomeBend(tree=lambda _: rebuild(added_tree()), info=info)


FIXED = added()


def added_tree() -> RatchetTree:
    return FIXED.tree


def with_parent(node: int, change: Callable[[ParentNode], ParentNode]) -> Rebuild:
    def rebuild(tree: RatchetTree) -> RatchetTree:
        leaf = LeafIndex(2 if node == 5 else 0)
        parents = {
            NodeIndex(index): parent
            for index in range(1, 7, 2)
            if isinstance(parent := tree_node(tree, index), ParentNode)
        }
        old = parents[NodeIndex(node)]
        parents[NodeIndex(node)] = replace(change(old), encoded=b"")
        own = tree.leaf(leaf)
        assert own is not None
        return tree.with_path(leaf, own, parents)

    return rebuild


def tree_node(tree: RatchetTree, index: int) -> object:
    subtree = tree.subtree(NodeIndex(index))
    assert subtree is not None
    return subtree.node


def join_tree(rebuild: Rebuild) -> None:
    join(bent_tree(rebuild), forged=FIXED)


def test_a_tree_whose_parent_hash_is_wrong_is_refused() -> None:
    def other(parent: ParentNode) -> ParentNode:
        return replace(parent, parent_hash=b"\x01" * 32)

    with refused(InvalidTree, "parent hash"):
        join_tree(with_parent(1, other))


def test_a_tree_with_a_key_that_nobody_below_has_set_is_refused() -> None:
    """An insider who knows the key of a node above others could read them for ever."""
    stolen = scene().people.suite.generate_key(ENTROPY).public

    def other(parent: ParentNode) -> ParentNode:
        return replace(parent, encryption_key=stolen)

    for node in (1, 3):
        with refused(InvalidTree, "parent hash"):
            join_tree(with_parent(node, other))


@pytest.mark.parametrize("node", [1, 5])
def test_a_key_that_an_insider_plants_below_before_its_commit_is_found(
    node: int,
) -> None:
    """Everything above is then honestly made, and hashes to what it should."""
    groups = People(seed="four").group("alice", "bob", "carol", "dan")
    state = inside(groups["alice" if node == 5 else "dan"])
    planted = scene().people.suite.generate_key(ENTROPY).public

    def plant(parent: ParentNode) -> ParentNode:
        return replace(parent, encryption_key=planted)

    def invite(tree: RatchetTree) -> None:
        cheat = Group(replace(state, tree=tree))
        join(forged=forge(cheat, [Add(DAVE.public)]))

    invite(state.tree)
    with refused(InvalidTree, "parent hash"):
        invite(with_parent(node, plant)(state.tree))


def test_a_tree_with_an_unmerged_leaf_that_is_blank_is_refused() -> None:
    bare = forge(scene().alice, [Add(DAVE.public)])
    assert bare.tree.leaf(4) is None

    def more(parent: ParentNode) -> ParentNode:
        return replace(parent, unmerged_leaves=(LeafIndex(4),))

    with refused(InvalidTree, "unmerged leaf"):
        join_tree(with_parent(3, more))


def test_a_tree_with_an_unmerged_leaf_that_is_not_below_is_refused() -> None:
    def more(parent: ParentNode) -> ParentNode:
        return replace(parent, unmerged_leaves=(LeafIndex(2),))

    with refused(InvalidTree, "unmerged leaf"):
        join_tree(with_parent(1, more))


def test_a_tree_with_a_leaf_that_is_merged_below_and_unmerged_above_is_refused() -> (
    None
):
    def more(parent: ParentNode) -> ParentNode:
        return replace(parent, unmerged_leaves=(LeafIndex(1),))

    with refused(InvalidTree, "merged"):
        join_tree(with_parent(3, more))


def test_a_tree_with_unmerged_leaves_out_of_order_does_not_parse() -> None:
    def more(parent: ParentNode) -> ParentNode:
        return replace(parent, unmerged_leaves=(LeafIndex(2), LeafIndex(1)))

    with refused(MalformedMessage, "increasing order"):
        join_tree(with_parent(3, more))


def test_a_tree_with_one_encryption_key_twice_is_refused() -> None:
    other = scene().bob.identity
    bob = FIXED.tree.leaf(1)
    assert bob is not None
    twin = bent_package(
        scene().people,
        leaf=lambda leaf: replace(leaf, encryption_key=bob.encryption_key, encoded=b""),
    )
    forged = forge(scene().alice, [Add(DAVE.public), Add(twin.public)])

    assert other is not None
    with refused(InvalidTree, "a key occurs twice"):
        join(forged=forged)


def test_a_tree_with_one_signature_key_twice_is_refused() -> None:
    twin = bent_package(scene().people, identity=scene().bob.identity)
    forged = forge(scene().alice, [Add(DAVE.public), Add(twin.public)])

    with refused(InvalidTree, "a key occurs twice"):
        join(forged=forged)


def test_a_tree_in_which_we_are_not_is_refused() -> None:
    other = bent_package(
        scene().people,
        identity=DAVE.identity,
        leaf=lambda leaf: replace(leaf, extensions=(), encoded=b""),
    )
    forged = forge(scene().alice, [Add(other.public)])
    disguised = replace(forged, added=((LeafIndex(3), DAVE.public),))

    with refused(InvalidWelcome, "that we are not in"):
        join(forged=disguised)


@pytest.mark.parametrize("encoded", [b"", b"\x00", b"\x01\x00", b"\x02\x00\x00"])
def test_a_tree_that_ends_with_a_blank_node_is_refused(encoded: bytes) -> None:
    with pytest.raises(MalformedMessage):
        join(WelcomeBend(with_tree=False), tree=encoded)
