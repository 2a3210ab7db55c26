"""The ratchet tree, as a value that shares its structure (RFC 9420 §4, §7.7, §7.8).

A change makes new nodes along one path and keeps all others, with everything that was
computed about them: their hashes, resolutions and what their leaves support. So one
change costs the height of the tree, and the old tree stays as it was.

Knows where keys are; knows nothing of what they protect.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from mls.codec import Reader, opaque, optional, uint32, vector
from mls.errors import InvalidTree, MalformedMessage
from mls.extensions import Support
from mls.leaf_nodes import LeafNode
from mls.tree_math import LeafIndex, NodeIndex, node_of

# 65,536 places. A tree of blank nodes costs one byte each on the wire and a hundred in
# memory, so its size must be bounded by more than the length of a message.
_HIGHEST_LEVEL = 16


@dataclass(frozen=True, slots=True)
class ParentNode:
    """A key of everyone below a node, but for the unmerged leaves (§7.1)."""

    encryption_key: bytes
    parent_hash: bytes = b""
    unmerged_leaves: tuple[LeafIndex, ...] = ()
    encoded: bytes = field(default=b"", repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.encoded:
            unmerged = vector(map(uint32, self.unmerged_leaves))
            encoded = opaque(self.encryption_key) + opaque(self.parent_hash) + unmerged
            object.__setattr__(self, "encoded", encoded)

    def encode(self) -> bytes:
        """Encode as ParentNode."""
        return self.encoded

    @staticmethod
    def decode(reader: Reader) -> "ParentNode":
        """Read a ParentNode.

        Raises:
            MalformedMessage: the unmerged leaves are not in order.
        """
        start = reader.position
        encryption_key, parent_hash = reader.opaque(), reader.opaque()
        unmerged = tuple(map(LeafIndex, reader.vector(Reader.uint32)))
        if any(a >= b for a, b in pairwise(unmerged)):
            raise MalformedMessage("unmerged leaves are not in increasing order")
        return ParentNode(encryption_key, parent_hash, unmerged, reader.since(start))


class Resolved(NamedTuple):
    """A node of a resolution: where it is, and its key."""

    node: NodeIndex
    encryption_key: bytes


class Subtree:
    """A node with everything below it. Never changed; only what it caches is filled in.

    Attributes:
        first: the leftmost leaf below.
        level: the height above the leaves.
        node: what is at the top, None if it is blank.
        left: the left half; None in a leaf.
        right: the right half; None in a leaf.
        members: how many leaves below are not blank.
        support: what all those leaves support; None if there are none.
        is_empty: whether every node is blank.
        hash: the tree hash, once `mls.tree_hash` has computed it.
    """

    __slots__ = (
        "_resolution", "first", "hash", "is_empty", "left", "level", "members", "node",
        "right", "support",
    )  # fmt: skip

    def __init__(
        self,
        first: LeafIndex,
        node: LeafNode | ParentNode | None,
        halves: "tuple[Subtree, Subtree] | None" = None,
    ) -> None:
        self.first, self.node = first, node
        self.hash: bytes | None = None
        self._resolution: tuple[Resolved, ...] | None = None
        self.left: Subtree | None = None
        self.right: Subtree | None = None
        if halves is None:
            self.level, self.is_empty = 0, node is None
            self.members = 0 if node is None else 1
            self.support = node.support if isinstance(node, LeafNode) else None
        else:
            self.left, self.right = left, right = halves
            self.level, self.members = left.level + 1, left.members + right.members
            self.is_empty = node is None and left.is_empty and right.is_empty
            self.support = _merge(left.support, right.support)

    @staticmethod
    def blank(first: LeafIndex, height: int) -> "Subtree":
        """A subtree of blank nodes."""
        if height == 0:
            return Subtree(first, None)
        half = height - 1
        middle = LeafIndex(first + (1 << half))
        halves = (Subtree.blank(first, half), Subtree.blank(middle, half))
        return Subtree(first, None, halves)

    @property
    def index(self) -> NodeIndex:
        """Where the top node is."""
        return NodeIndex(2 * self.first + (1 << self.level) - 1)

    @property
    def leaf_count(self) -> int:
        """How many leaves are below, blank ones included."""
        return 1 << self.level

    def contains(self, leaf: int) -> bool:
        """Whether a leaf is below."""
        return self.first <= leaf < self.first + (1 << self.level)

    @property
    def halves(self) -> "tuple[Subtree, Subtree]":
        """Both halves; only for a node that is no leaf."""
        if self.left is None or self.right is None:
            raise InvalidTree("a leaf has no halves")
        return self.left, self.right

    def leaf(self, index: int) -> LeafNode | None:
        """A leaf below; None if it is blank or elsewhere."""
        if not self.contains(index):
            return None
        at = self
        while at.left is not None and at.right is not None:
            at = at.right if index >= at.right.first else at.left
        return at.node if isinstance(at.node, LeafNode) else None

    @property
    def resolution(self) -> tuple[Resolved, ...]:
        """The fewest nodes that cover every leaf below that is not blank (§4.1.1)."""
        if self._resolution is None:
            self._resolution = self._resolve()
        return self._resolution

    def _resolve(self) -> tuple[Resolved, ...]:
        if isinstance(self.node, LeafNode):
            return (Resolved(self.index, self.node.encryption_key),)
        if self.node is not None:
            top = Resolved(self.index, self.node.encryption_key)
            return (top, *map(self._resolved_leaf, self.node.unmerged_leaves))
        if self.left is None or self.right is None:
            return ()
        return self.left.resolution + self.right.resolution

    def _resolved_leaf(self, index: LeafIndex) -> Resolved:
        leaf = self.leaf(index)
        if leaf is None:
            raise InvalidTree("an unmerged leaf is not below its node")
        return Resolved(node_of(index), leaf.encryption_key)

    def leaves(self) -> Iterator[tuple[LeafIndex, LeafNode]]:
        """All leaves below that are not blank."""
        ahead = [self]
        while ahead:
            at = ahead.pop()
            if isinstance(at.node, LeafNode):
                yield at.first, at.node
            elif at.members and at.left is not None and at.right is not None:
                ahead += (at.right, at.left)

    def first_blank(self) -> LeafIndex | None:
        """The leftmost blank leaf below."""
        if self.members == self.leaf_count:
            return None
        at = self
        while at.left is not None and at.right is not None:
            at = at.right if at.left.members == at.left.leaf_count else at.left
        return at.first


def _merge(one: Support | None, other: Support | None) -> Support | None:
    if one is None or other is None:
        return one or other
    return one.merge(other)


_NewNode = Callable[[Subtree, LeafIndex], ParentNode | None]
"""Says what a node above a changed leaf becomes."""


class Step(NamedTuple):
    """One node of a direct path, with its child off the path (§4.1.2)."""

    parent: Subtree
    copath: Subtree


@dataclass(frozen=True, slots=True)
class RatchetTree:
    """A ratchet tree of 2**d leaves."""

    root: Subtree

    @staticmethod
    def of(leaf: LeafNode) -> "RatchetTree":
        """The tree of a group of one."""
        return RatchetTree(Subtree(LeafIndex(0), leaf))

    @property
    def leaf_count(self) -> int:
        """How many leaves there are, blank ones included."""
        return self.root.leaf_count

    def leaf(self, index: int) -> LeafNode | None:
        """A leaf; None if it is blank or outside the tree."""
        return self.root.leaf(index)

    def leaves(self) -> Iterator[tuple[LeafIndex, LeafNode]]:
        """All leaves that are not blank, from the left."""
        return self.root.leaves()

    def subtree(self, index: NodeIndex) -> Subtree | None:
        """A node with everything below it; None if it is outside the tree."""
        at: Subtree | None = self.root
        while at is not None and at.index != index:
            at = at.left if index < at.index else at.right
        return at

    def key_at(self, index: NodeIndex) -> bytes | None:
        """The public key of a node; None if it is blank or outside the tree."""
        at = self.subtree(index)
        return None if at is None or at.node is None else at.node.encryption_key

    def direct_path(self, leaf: LeafIndex) -> tuple[Step, ...]:
        """The nodes above a leaf and their copath, from the bottom."""
        steps, at = [], self.root
        while at.left is not None and at.right is not None:
            is_right = leaf >= at.right.first
            below, beside = (at.right, at.left) if is_right else (at.left, at.right)
            steps.append(Step(at, beside))
            at = below
        return tuple(reversed(steps))

    def filtered_path(self, leaf: LeafIndex) -> tuple[Step, ...]:
        """The direct path without nodes whose copath child covers nobody (§4.1.2)."""
        return tuple(step for step in self.direct_path(leaf) if step.copath.resolution)

    def next_free(self) -> LeafIndex:
        """Where the next member goes: the leftmost blank leaf, or a new one (§7.7)."""
        blank = self.root.first_blank()
        return LeafIndex(self.leaf_count) if blank is None else blank

    def add(self, leaf: LeafNode) -> "tuple[RatchetTree, LeafIndex]":
        """Put a new leaf at the next free place, unmerged (§12.1.1)."""
        index = self.next_free()
        return self.extended_to(index)._placed(index, leaf, _unmerged), index

    def extended_to(self, leaf: LeafIndex) -> "RatchetTree":
        """The same tree, doubled until it has a place for a leaf (§7.7).

        Raises:
            InvalidTree: no tree is that large.
        """
        root = self.root
        while leaf >= root.leaf_count:
            if root.level >= _HIGHEST_LEVEL:
                raise InvalidTree("the tree is full")
            half = Subtree.blank(LeafIndex(root.leaf_count), root.level)
            root = Subtree(LeafIndex(0), None, (root, half))
        return RatchetTree(root)

    def update(self, index: LeafIndex, leaf: LeafNode) -> "RatchetTree":
        """Replace a leaf and blank its direct path (§12.1.2)."""
        return self._placed(index, leaf, _blanked)

    def remove(self, index: LeafIndex) -> "RatchetTree":
        """Blank a leaf and its direct path, and truncate the tree (§12.1.3)."""
        root = self._placed(index, None, _blanked).root
        while root.left is not None and root.right is not None:
            if root.right.members:
                break
            root = root.left
        return RatchetTree(root)

    def with_path(
        self, index: LeafIndex, leaf: LeafNode, parents: Mapping[NodeIndex, ParentNode]
    ) -> "RatchetTree":
        """Replace a leaf and its direct path; nodes not given become blank (§7.5)."""

        def replaced(at: Subtree, _: LeafIndex) -> ParentNode | None:
            return parents.get(at.index)

        return self._placed(index, leaf, replaced)

    def with_leaf(self, index: LeafIndex, leaf: LeafNode | None) -> "RatchetTree":
        """Replace a leaf and nothing else: a roster of another epoch, not its tree."""
        return self.extended_to(index)._placed(index, leaf, _kept)

    def _placed(
        self, index: LeafIndex, leaf: LeafNode | None, above: _NewNode
    ) -> "RatchetTree":
        return RatchetTree(_rebuild(self.root, index, leaf, above))

    def encode(self) -> bytes:
        """Encode as ratchet_tree, blank nodes at the end left out (§12.4.3.3)."""
        nodes: list[bytes | None] = []
        _list_nodes(self.root, nodes)
        while nodes and nodes[-1] is None:
            nodes.pop()
        return vector(map(optional, nodes))

    @staticmethod
    def decode(reader: Reader) -> "RatchetTree":
        """Read a ratchet_tree.

        Raises:
            MalformedMessage: the bytes are not one.
        """
        nodes = reader.vector(lambda inner: inner.optional(_decode_node))
        if not nodes or nodes[-1] is None:
            raise MalformedMessage("a ratchet tree ends with a blank node")
        height = ((len(nodes) + 1) // 2 - 1).bit_length()
        if height > _HIGHEST_LEVEL:
            raise MalformedMessage("a ratchet tree is larger than we take")
        return RatchetTree(_build(nodes, LeafIndex(0), height))


def _blanked(_: Subtree, __: LeafIndex) -> ParentNode | None:
    return None


def _kept(at: Subtree, _: LeafIndex) -> ParentNode | None:
    return at.node if isinstance(at.node, ParentNode) else None


def _unmerged(at: Subtree, leaf: LeafIndex) -> ParentNode | None:
    if not isinstance(at.node, ParentNode):
        return None
    leaves = tuple(sorted((*at.node.unmerged_leaves, leaf)))
    return replace(at.node, unmerged_leaves=leaves, encoded=b"")


def _rebuild(
    at: Subtree, index: LeafIndex, leaf: LeafNode | None, above: _NewNode
) -> Subtree:
    if at.left is None or at.right is None:
        return Subtree(at.first, leaf)
    if index >= at.right.first:
        halves = at.left, _rebuild(at.right, index, leaf, above)
    else:
        halves = _rebuild(at.left, index, leaf, above), at.right
    return Subtree(at.first, above(at, index), halves)


def _list_nodes(at: Subtree, nodes: list[bytes | None]) -> None:
    if at.left is not None:
        _list_nodes(at.left, nodes)
    nodes.append(None if at.node is None else _encode_node(at.node))
    if at.right is not None:
        _list_nodes(at.right, nodes)


def _encode_node(node: LeafNode | ParentNode) -> bytes:
    kind = b"\x01" if isinstance(node, LeafNode) else b"\x02"
    return kind + node.encode()


def _decode_node(reader: Reader) -> LeafNode | ParentNode:
    kind = reader.uint8()
    if kind == 1:
        return LeafNode.decode(reader)
    if kind == 2:
        return ParentNode.decode(reader)
    raise MalformedMessage("a node is neither a leaf nor a parent")


_Nodes = tuple[LeafNode | ParentNode | None, ...]


def _build(nodes: _Nodes, first: LeafIndex, height: int) -> Subtree:
    index = 2 * first + (1 << height) - 1
    node = nodes[index] if index < len(nodes) else None
    if isinstance(node, ParentNode if height == 0 else LeafNode):
        raise MalformedMessage("a leaf and a parent are in each other's place")
    if height == 0:
        return Subtree(first, node)
    middle = LeafIndex(first + (1 << (height - 1)))
    halves = _build(nodes, first, height - 1), _build(nodes, middle, height - 1)
    return Subtree(first, node, halves)
