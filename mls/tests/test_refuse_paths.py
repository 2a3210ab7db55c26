"""Paths of commits that break a rule (RFC 9420 §7.5, §7.6, §7.9, §12.4)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from kit.insider import Bend, forge, inside
from kit.people import processed
from kit.scenes import flipped, judged, refused, scene

from mls import (
    Add,
    GroupContextExtensions,
    InvalidCommit,
    MLSError,
    ReInit,
    Remove,
    UndecryptableMessage,
)
from mls.commits import Commit, PathNode, UpdatePath
from mls.framing import (
    PublicMessage,
    decode_message,
)
from mls.proposals import Proposal
from mls.tree_math import LeafIndex, NodeIndex

BOB = LeafIndex(1)
BARE = Bend(with_path=False)


def judge(bend: Bend, *proposals: Proposal) -> None:
    judged(scene().carol, forge(scene().alice, proposals, bend).message)


@pytest.mark.parametrize(
    "proposals",
    [
        (),
        (Remove(BOB),),
        (GroupContextExtensions(()),),
        (GroupContextExtensions(()), Remove(BOB)),
    ],
)
def test_a_commit_without_a_path_where_one_is_needed_is_refused(
    proposals: tuple[Proposal, ...],
) -> None:
    with refused(InvalidCommit, "no path where one is required"):
        judge(BARE, *proposals)


def test_a_commit_of_an_update_without_a_path_is_refused() -> None:
    bob, message = scene().bob.propose_update(entropy=scene().people.entropy)
    alice, carol = (
        processed(group, message) for group in (scene().alice, scene().carol)
    )
    forged = forge(alice, inside(alice).pending, BARE)

    assert bob.pending_proposals
    with refused(InvalidCommit, "no path where one is required"):
        judged(carol, forged.message)


def test_a_commit_may_lack_a_path_where_none_is_needed() -> None:
    add = Add(scene().people.package("dave").public)

    judge(BARE, add)
    judge(BARE, ReInit(b"new group", 1, ()))


def nodes(change: Callable[[tuple[PathNode, ...]], tuple[PathNode, ...]]) -> Bend:
    return Bend(path=lambda path: replace(path, nodes=change(path.nodes)))


def test_a_path_with_a_node_too_few_is_refused() -> None:
    with refused(InvalidCommit, "the nodes it should"):
        judge(nodes(lambda old: old[:-1]))


def test_a_path_with_a_node_too_many_is_refused() -> None:
    key = inside(scene().alice).suite.generate_key(scene().people.entropy)
    with refused(InvalidCommit, "the nodes it should"):
        judge(nodes(lambda old: (*old, PathNode(key.public, ()))))


def boxes(change: Callable[[PathNode], PathNode]) -> Bend:
    return nodes(lambda old: tuple(map(change, old)))


def test_a_path_sealed_to_too_many_is_refused() -> None:
    def double(node: PathNode) -> PathNode:
        return replace(node, secrets=node.secrets * 2)

    with refused(InvalidCommit, "not encrypted to those it should be"):
        judge(boxes(double))


def test_a_path_that_is_sealed_to_nobody_is_refused() -> None:
    with refused(InvalidCommit, "not encrypted to those it should be"):
        judge(boxes(lambda node: replace(node, secrets=())))


def test_a_path_whose_secret_does_not_open_is_refused() -> None:
    def spoil(node: PathNode) -> PathNode:
        spoilt = tuple((kem, flipped(sealed)) for kem, sealed in node.secrets)
        return replace(node, secrets=spoilt)

    with refused(UndecryptableMessage, "does not open"):
        judge(boxes(spoil))


def test_a_path_whose_kem_output_is_no_key_is_refused() -> None:
    def spoil(node: PathNode) -> PathNode:
        return replace(node, secrets=tuple((b"", box) for _, box in node.secrets))

    with pytest.raises(MLSError, match=r"no shared secret|encapsulation"):
        judge(boxes(spoil))


@pytest.mark.parametrize("position", [0, 1])
def test_a_path_whose_secrets_do_not_fit_its_keys_is_refused(position: int) -> None:
    """An insider shuts others out: the tree says one key, the path gives another."""
    suite, entropy = inside(scene().alice).suite, scene().people.entropy
    other = suite.generate_key(entropy).public

    def swap(keys: list[bytes]) -> list[bytes]:
        return [*keys[:position], other, *keys[position + 1 :]]

    with refused(InvalidCommit, "do not fit its keys"):
        judged(scene().bob, forge(scene().alice, (), Bend(keys=swap)).message)


def test_a_path_with_other_keys_than_its_parent_hash_covers_is_refused() -> None:
    suite, entropy = inside(scene().alice).suite, scene().people.entropy
    other = suite.generate_key(entropy).public

    def swap(old: tuple[PathNode, ...]) -> tuple[PathNode, ...]:
        return (replace(old[0], encryption_key=other), *old[1:])

    with refused(InvalidCommit, "wrong parent hash"):
        judge(nodes(swap))


def test_a_path_with_the_wrong_parent_hash_is_refused() -> None:
    with refused(InvalidCommit, "wrong parent hash"):
        judge(Bend(leaf=lambda leaf: replace(leaf, parent_hash=b"\x01" * 32)))


def test_a_path_with_a_key_that_is_no_key_is_refused() -> None:
    with refused(InvalidCommit, "a key that is none"):
        judge(nodes(lambda old: (replace(old[0], encryption_key=b"x"), *old[1:])))


@pytest.mark.parametrize("node", [0, 1, 2, 3, 4])
def test_a_path_with_a_key_that_is_in_the_tree_already_is_refused(node: int) -> None:
    old = inside(scene().alice).tree.encode()
    assert old
    taken = scene_key(node)

    with pytest.raises(InvalidCommit, match="in the tree already"):
        judge(boxes(lambda each: replace(each, encryption_key=taken)))


def scene_key(node: int) -> bytes:
    key = inside(scene().carol).tree.key_at(NodeIndex(node))
    assert key is not None
    return key


def test_a_path_with_one_key_twice_is_refused() -> None:
    key = inside(scene().alice).suite.generate_key(scene().people.entropy).public

    def same(path: UpdatePath) -> UpdatePath:
        repeated = tuple(replace(n, encryption_key=key) for n in path.nodes)
        return replace(path, nodes=repeated)

    with refused(InvalidCommit, "in the tree already"):
        judge(Bend(path=same))


def test_a_path_sealed_in_another_context_is_refused() -> None:
    """The secrets of a path are bound to the very tree and epoch they are for."""
    honest = forge(scene().alice)
    other = forge(scene().alice)
    commit = content_of(other.message)
    assert commit.path is not None
    stolen = commit.path.nodes

    def replay(path: UpdatePath) -> UpdatePath:
        swapped = tuple(
            replace(mine, secrets=theirs.secrets)
            for mine, theirs in zip(path.nodes, stolen, strict=True)
        )
        return replace(path, nodes=swapped)

    assert honest.message != other.message
    with refused(UndecryptableMessage, "does not open"):
        judge(Bend(path=replay))


def content_of(message: bytes) -> Commit:
    envelope = decode_message(message)
    assert isinstance(envelope, PublicMessage)
    content = envelope.content.framed.content
    assert isinstance(content, Commit)
    return content
