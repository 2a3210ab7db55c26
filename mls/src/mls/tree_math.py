"""Where the nodes of a ratchet tree are (RFC 9420 §4.1 and appendix C).

Leaves are the even nodes, parents the odd ones; a tree of 2**d leaves has 2**(d+1) - 1
nodes. Pure arithmetic: knows nothing of what a node holds.
"""

from typing import NewType

LeafIndex = NewType("LeafIndex", int)
NodeIndex = NewType("NodeIndex", int)


def node_of(leaf: LeafIndex) -> NodeIndex:
    """The node that a leaf is."""
    return NodeIndex(2 * leaf)


def level(node: NodeIndex) -> int:
    """How high above the leaves a node is: the number of its trailing one bits."""
    return (~node & (node + 1)).bit_length() - 1


def node_count(leaf_count: int) -> int:
    """How many nodes a tree of so many leaves has."""
    return 2 * leaf_count - 1


def root(leaf_count: int) -> NodeIndex:
    """The root of a tree of so many leaves."""
    return NodeIndex((1 << (node_count(leaf_count).bit_length() - 1)) - 1)


def left(node: NodeIndex) -> NodeIndex | None:
    """The left child of a node; leaves have none."""
    height = level(node)
    return NodeIndex(node ^ (1 << (height - 1))) if height else None


def right(node: NodeIndex) -> NodeIndex | None:
    """The right child of a node; leaves have none."""
    height = level(node)
    return NodeIndex(node ^ (3 << (height - 1))) if height else None


def parent(node: NodeIndex, leaf_count: int) -> NodeIndex | None:
    """The parent of a node; the root has none."""
    if node == root(leaf_count):
        return None
    height = level(node)
    bit = (node >> (height + 1)) & 1
    return NodeIndex((node | (1 << height)) ^ (bit << (height + 1)))


def sibling(node: NodeIndex, leaf_count: int) -> NodeIndex | None:
    """The other child of a node's parent; the root has none."""
    above = parent(node, leaf_count)
    if above is None:
        return None
    return right(above) if node < above else left(above)


def common_ancestor(one: LeafIndex, other: LeafIndex) -> NodeIndex:
    """The lowest node that is above both of two different leaves."""
    height = (one ^ other).bit_length()
    return NodeIndex(((one >> height) << (height + 1)) + (1 << height) - 1)
