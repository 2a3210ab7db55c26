"""TreeKEM: new secrets from a leaf to the root (RFC 9420 §7.4 to §7.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mls.commits import PathNode, Sealed, UpdatePath
from mls.errors import InvalidCommit, InvalidKey
from mls.secrets import Secret
from mls.suites import Entropy, PrivateKey, Suite
from mls.tree import ParentNode, RatchetTree, Resolved, Step
from mls.tree_hash import parent_hash
from mls.tree_math import LeafIndex, NodeIndex, node_of

_LABEL = b"UpdatePathNode"

PrivateKeys = Mapping[NodeIndex, PrivateKey]
"""The private keys that a member knows: of its leaf, and of nodes above it."""


@dataclass(frozen=True, slots=True)
class PathSecrets:
    """Secrets of nodes on a direct path, from the bottom (§7.4).

    Attributes:
        nodes: the nodes.
        secrets: the path secret of each.
        keys: the key of each.
        commit_secret: what the path gives to the key schedule.
    """

    nodes: tuple[NodeIndex, ...]
    secrets: tuple[Secret, ...] = field(repr=False)
    keys: tuple[PrivateKey, ...] = field(repr=False)
    commit_secret: Secret = field(repr=False)

    @staticmethod
    def derive(
        suite: Suite, first: Secret, nodes: Sequence[NodeIndex]
    ) -> "PathSecrets":
        """Derive the secrets of some nodes from that of the first."""
        secrets, keys, secret = [], [], first
        for _ in nodes:
            secrets.append(secret)
            keys.append(suite.derive_key(suite.derive_secret(secret, b"node")))
            secret = suite.derive_secret(secret, b"path")
        return PathSecrets(tuple(nodes), tuple(secrets), tuple(keys), secret)

    def private_keys(self) -> dict[NodeIndex, PrivateKey]:
        """The key of every node."""
        return dict(zip(self.nodes, self.keys, strict=True))


def merge_path(
    suite: Suite, tree: RatchetTree, leaf: LeafIndex, keys: Sequence[bytes]
) -> tuple[dict[NodeIndex, ParentNode], bytes]:
    """The parents a path sets, and the parent hash its leaf must carry (§7.9.1)."""
    path = tree.filtered_path(leaf)
    parents: dict[NodeIndex, ParentNode] = {}
    above = b""
    for step, key in zip(reversed(path), reversed(keys), strict=True):
        parent = ParentNode(key, above)
        parents[step.parent.index] = parent
        above = parent_hash(suite, parent, step.copath)
    return parents, above


def recipients(step: Step, without: frozenset[LeafIndex]) -> list[Resolved]:
    """Whom a path secret is encrypted to: not those the same commit adds (§7.6)."""
    added = {node_of(leaf) for leaf in without}
    return [entry for entry in step.copath.resolution if entry.node not in added]


def seal_path(
    suite: Suite,
    path: Sequence[Step],
    secrets: PathSecrets,
    *,
    without: frozenset[LeafIndex],
    context: bytes,
) -> tuple[PathNode, ...]:
    """Encrypt every secret of a path to those below its sibling (§7.6).

    `path` is the filtered direct path in the tree the proposals were applied to.
    """
    sealed = []
    for step, secret, key in zip(path, secrets.secrets, secrets.keys, strict=True):
        boxes = tuple(
            suite.encrypt(node.encryption_key, _LABEL, context, secret)
            for node in recipients(step, without)
        )
        sealed.append(PathNode(key.public, boxes))
    return tuple(sealed)


def fresh_path(
    suite: Suite, tree: RatchetTree, leaf: LeafIndex, entropy: Entropy
) -> PathSecrets:
    """New secrets for the filtered direct path of a leaf."""
    nodes = [step.parent.index for step in tree.filtered_path(leaf)]
    first = Secret(entropy(suite.hash_length))
    return PathSecrets.derive(suite, first, nodes)


def apply_path(
    suite: Suite, tree: RatchetTree, leaf: LeafIndex, path: UpdatePath
) -> RatchetTree:
    """Put somebody's path into the tree (§7.5).

    Raises:
        InvalidCommit: the path does not fit the tree, or a parent hash is wrong.
    """
    steps = tree.filtered_path(leaf)
    if len(steps) != len(path.nodes):
        raise InvalidCommit("a path does not have the nodes it should")
    keys = [node.encryption_key for node in path.nodes]
    for key in (path.leaf.encryption_key, *keys):
        _check_public(suite, key)
    parents, expected = merge_path(suite, tree, leaf, keys)
    if path.leaf.parent_hash != expected:
        raise InvalidCommit("the leaf of a path has the wrong parent hash")
    return tree.with_path(leaf, path.leaf, parents)


def _check_public(suite: Suite, key: bytes) -> None:
    # A key nobody can encrypt to would stop every later commit.
    try:
        suite.check_public(key)
    except InvalidKey as error:
        raise InvalidCommit("a path holds a key that is none") from error


@dataclass(frozen=True, slots=True)
class PathReceiver:
    """Who opens a path, and with what."""

    leaf: LeafIndex
    keys: PrivateKeys = field(repr=False)


def open_path(
    suite: Suite,
    steps: Sequence[Step],
    path: UpdatePath,
    receiver: PathReceiver,
    *,
    without: frozenset[LeafIndex],
    context: bytes,
) -> PathSecrets:
    """Find the secrets of a path from the node where it meets ours to the root (§7.6).

    `steps` is the filtered direct path of the sender, in the tree before the path.

    Raises:
        InvalidCommit: the path does not fit the tree, or secrets do not fit keys.
        UndecryptableMessage: our secret does not open.
    """
    position = _meeting(steps, receiver.leaf)
    targets = [recipients(step, without) for step in steps]
    for expected, node in zip(targets, path.nodes, strict=True):
        if len(expected) != len(node.secrets):
            raise InvalidCommit("a path is not encrypted to those it should be")
    boxes = path.nodes[position].secrets
    key, sealed = _our_box(targets[position], boxes, receiver.keys)
    first = suite.decrypt(key, _LABEL, context, sealed)
    above = [step.parent.index for step in steps[position:]]
    secrets = PathSecrets.derive(suite, first, above)
    for known, sent in zip(secrets.keys, path.nodes[position:], strict=True):
        if known.public != sent.encryption_key:
            raise InvalidCommit("the secrets of a path do not fit its keys")
    return secrets


def _meeting(steps: Sequence[Step], leaf: LeafIndex) -> int:
    for position, step in enumerate(steps):
        if step.copath.contains(leaf):
            return position
    raise InvalidCommit("a path does not reach us")


def _our_box(
    targets: Sequence[Resolved], boxes: Sequence[Sealed], keys: PrivateKeys
) -> tuple[PrivateKey, Sealed]:
    for target, box in zip(targets, boxes, strict=True):
        key = keys.get(target.node)
        if key is not None:
            return key, box
    raise InvalidCommit("a path is not encrypted to us")


def still_valid(keys: PrivateKeys, tree: RatchetTree) -> dict[NodeIndex, PrivateKey]:
    """Those of our keys whose nodes are still there.

    A node that a commit blanks or sets anew is taken out by the caller at the time, so
    a node that is not blank still has the key we know.
    """
    return {node: key for node, key in keys.items() if tree.key_at(node) is not None}
