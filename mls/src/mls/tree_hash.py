"""Hashes of a ratchet tree: what it is, who set its keys (RFC 9420 §7.8, §7.9).

A hash is kept in the subtree it is of, so that a change costs only the hashes above it.
"""

from mls.codec import opaque, optional, uint32
from mls.errors import InvalidTree
from mls.leaf_nodes import LeafNode
from mls.suites import Suite
from mls.tree import ParentNode, RatchetTree, Subtree
from mls.tree_math import LeafIndex, node_of


def tree_hash(suite: Suite, at: Subtree) -> bytes:
    """The tree hash of a node (§7.8)."""
    if at.hash is None:
        at.hash = suite.hash(_hashed(suite, at, at.node, frozenset()))
    return at.hash


def _hashed(
    suite: Suite,
    at: Subtree,
    node: LeafNode | ParentNode | None,
    without: frozenset[LeafIndex],
) -> bytes:
    encoded = optional(None if node is None else node.encode())
    if at.left is None or at.right is None:
        return b"\x01" + uint32(at.first) + encoded
    left = original_hash(suite, at.left, without)
    right = original_hash(suite, at.right, without)
    return b"\x02" + encoded + opaque(left) + opaque(right)


def original_hash(suite: Suite, at: Subtree, without: frozenset[LeafIndex]) -> bytes:
    """The tree hash a node had before some leaves were added (§7.9)."""
    below = frozenset(filter(at.contains, without)) if without else without
    if not below:
        return tree_hash(suite, at)
    node = at.node
    if isinstance(node, LeafNode):
        node = None
    elif node is not None and not below.isdisjoint(node.unmerged_leaves):
        rest = tuple(leaf for leaf in node.unmerged_leaves if leaf not in below)
        node = ParentNode(node.encryption_key, node.parent_hash, rest)
    return suite.hash(_hashed(suite, at, node, below))


def parent_hash(suite: Suite, parent: ParentNode, beside: Subtree) -> bytes:
    """What a node below `parent` must carry, `beside` being its other child (§7.9)."""
    sibling = original_hash(suite, beside, frozenset(parent.unmerged_leaves))
    key = opaque(parent.encryption_key)
    return suite.hash(key + opaque(parent.parent_hash) + opaque(sibling))


def verify_parent_hashes(suite: Suite, tree: RatchetTree) -> None:
    """Make sure that every key was set by someone below it (§7.9.2).

    Raises:
        InvalidTree: one was not.
    """
    _verify_below(suite, tree.root)


def _verify_below(suite: Suite, at: Subtree) -> None:
    if at.left is None or at.right is None:
        return
    if isinstance(at.node, ParentNode):
        left, right = at.left, at.right
        by_left = _links(suite, at.node, left, right)
        if by_left + _links(suite, at.node, right, left) != 1:
            raise InvalidTree("a parent hash is wrong")
    _verify_below(suite, at.left)
    _verify_below(suite, at.right)


def _links(suite: Suite, parent: ParentNode, child: Subtree, beside: Subtree) -> int:
    """Whether one node of `child`'s resolution set `parent`; the rest are unmerged."""
    unmerged = {
        node_of(leaf) for leaf in parent.unmerged_leaves if child.contains(leaf)
    }
    merged = [entry for entry in child.resolution if entry.node not in unmerged]
    if len(merged) != 1 or len(child.resolution) != len(unmerged) + 1:
        return 0
    setter = _find(child, merged[0].node)
    carried = setter.parent_hash if setter is not None else b""
    return int(bool(carried) and carried == parent_hash(suite, parent, beside))


def _find(at: Subtree, index: int) -> LeafNode | ParentNode | None:
    while at.index != index:
        left, right = at.halves
        at = left if index < at.index else right
    return at.node
