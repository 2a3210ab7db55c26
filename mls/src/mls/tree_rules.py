"""What the leaves of a tree must keep among them (RFC 9420 §7.3, §12.4.3.1).

A tree is checked whole once, when a member joins. After that only what a commit changed
is looked at: the two trees share everything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mls.errors import InvalidLeaf, InvalidProposal, InvalidTree
from mls.extensions import Extensions, RequiredCapabilities, Support
from mls.key_sets import KeySet
from mls.leaf_nodes import LeafNode, LeafSource
from mls.suites import Suite
from mls.tree import ParentNode, RatchetTree, Subtree
from mls.tree_hash import verify_parent_hashes
from mls.tree_math import LeafIndex

Node = LeafNode | ParentNode


@dataclass(frozen=True, slots=True)
class Change:
    """A node that is not the same in two trees."""

    leaf: LeafIndex | None
    before: Node | None
    after: Node | None


def changes(before: RatchetTree, after: RatchetTree) -> Iterator[Change]:
    """What differs between two trees, at the cost of what differs."""
    return _changes(before.root, after.root)


def _changes(before: Subtree | None, after: Subtree | None) -> Iterator[Change]:
    if before is after:
        return
    old_level = -1 if before is None else before.level
    new_level = -1 if after is None else after.level
    at = before if old_level >= new_level else after
    if (
        at is None
        or (before is None and at.is_empty)
        or (after is None and at.is_empty)
    ):
        return
    old = before if old_level == at.level else None
    new = after if new_level == at.level else None
    old_node, new_node = (None if tree is None else tree.node for tree in (old, new))
    if old_node is not new_node:
        yield Change(at.first if at.level == 0 else None, old_node, new_node)
    if at.left is None:
        return
    # A tree that is lower by some levels is the leftmost part of the higher one.
    yield from _changes(_left(before, old), _left(after, new))
    yield from _changes(_right(old), _right(new))


def _left(whole: Subtree | None, same: Subtree | None) -> Subtree | None:
    return whole if same is None else same.left


def _right(same: Subtree | None) -> Subtree | None:
    return None if same is None else same.right


def _names(node: Node | None) -> tuple[bytes, ...]:
    """What no two nodes may share: encryption keys, and members' signature keys."""
    if node is None:
        return ()
    if isinstance(node, LeafNode):
        return b"e" + node.encryption_key, b"s" + node.signature_key
    return (b"e" + node.encryption_key,)


def all_keys(tree: RatchetTree) -> KeySet:
    """The keys of a tree.

    Raises:
        InvalidTree: one occurs twice.
    """
    names = [name for node in _nodes(tree.root) for name in _names(node)]
    if len(set(names)) != len(names):
        raise InvalidTree("a key occurs twice in a tree")
    return KeySet.of(names)


def _nodes(at: Subtree) -> Iterator[Node]:
    if at.node is not None:
        yield at.node
    if at.left is not None and at.right is not None:
        yield from _nodes(at.left)
        yield from _nodes(at.right)


def keys_after(keys: KeySet, before: RatchetTree, after: RatchetTree) -> KeySet:
    """The keys of a tree, from those of the tree before.

    Raises:
        InvalidProposal: one occurs twice.
    """
    changed = list(changes(before, after))
    for change in changed:
        for name in _names(change.before):
            keys = keys.discard(name)
    for change in changed:
        for name in _names(change.after):
            if name in keys:
                raise InvalidProposal("a key occurs twice in the tree after a commit")
            keys = keys.add(name)
    return keys


def check_common_ground(support: Support | None, extensions: Extensions) -> None:
    """Make sure that all understand all that the group uses (§7.3, §11.1, §13.4).

    Raises:
        InvalidLeaf: some member does not.
    """
    if support is None:
        return
    required = RequiredCapabilities.find(extensions)
    if not support.credentials >= support.credentials_used:
        raise InvalidLeaf("a member does not support a credential in use")
    if not support.credentials.issuperset(required.credentials):
        raise InvalidLeaf("a member does not support a required credential")
    used = (extension.type for extension in extensions)
    if not support.has_extensions((*used, *required.extensions)):
        raise InvalidLeaf("a member does not support an extension of the group")
    if not support.has_proposals(required.proposals):
        raise InvalidLeaf("a member does not support a required proposal")


def check_whole_tree(suite: Suite, tree: RatchetTree, group_id: bytes) -> None:
    """Check a tree that came from outside (§12.4.3.1): all but credentials.

    Raises:
        InvalidTree: the tree breaks a rule.
        InvalidLeaf: a leaf breaks a rule.
        InvalidSignature: a leaf was not signed by its owner.
    """
    _check_unmerged(tree.root, ())
    verify_parent_hashes(suite, tree)
    for index, leaf in tree.leaves():
        # A key package may have run out since its owner was added: no lifetimes here.
        leaf.check(suite, now=None)
        leaf.verify_signature(suite, group_id=group_id, leaf=index)


def _check_unmerged(at: Subtree, above: tuple[LeafIndex, ...]) -> None:
    """Make sure that unmerged leaves exist, and are so all the way up.

    `above` are the unmerged leaves, below here, of the nearest node above.
    """
    if isinstance(at.node, ParentNode):
        if not set(above) <= set(at.node.unmerged_leaves):
            raise InvalidTree("a leaf is unmerged above a node where it is merged")
        above = at.node.unmerged_leaves
    if at.left is None or at.right is None:
        if above and at.node is None:
            raise InvalidTree("an unmerged leaf is blank")
        return
    if any(not at.contains(leaf) for leaf in above):
        raise InvalidTree("an unmerged leaf is not below its node")
    for half in (at.left, at.right):
        below = tuple(leaf for leaf in above if half.contains(leaf))
        if below or not half.is_empty:
            _check_unmerged(half, below)


def check_replacement(before: LeafNode, after: LeafNode, source: LeafSource) -> None:
    """Check a leaf that takes the place of another of the same member (§7.3).

    Raises:
        InvalidLeaf: it does not come from where it should, or keeps its key.
    """
    if after.source != source:
        raise InvalidLeaf("a leaf has another source than it should")
    if after.encryption_key == before.encryption_key:
        raise InvalidLeaf("a leaf keeps its encryption key")
