"""Vectors of ratchet trees and TreeKEM."""

import os
from typing import Any

from mls.codec import decode
from mls.commits import UpdatePath
from mls.key_schedule import GroupContext
from mls.proposals import Add, Remove, Update, decode_proposal
from mls.suites import PrivateKey, Suite
from mls.tree import RatchetTree
from mls.tree_hash import tree_hash, verify_parent_hashes
from mls.tree_kem import PathReceiver, apply_path, fresh_path, open_path, seal_path
from mls.tree_math import (
    LeafIndex,
    NodeIndex,
    left,
    node_count,
    node_of,
    parent,
    right,
    root,
    sibling,
)
from mls.tree_rules import all_keys, check_whole_tree, keys_after

Case = dict[str, Any]
unhex = bytes.fromhex
NOBODY: frozenset[LeafIndex] = frozenset()


def tree_math(case: Case) -> None:
    leaves, nodes = case["n_leaves"], range(case["n_nodes"])
    assert node_count(leaves) == case["n_nodes"]
    assert root(leaves) == case["root"]
    for node in map(NodeIndex, nodes):
        assert left(node) == case["left"][node]
        assert right(node) == case["right"][node]
        assert parent(node, leaves) == case["parent"][node]
        assert sibling(node, leaves) == case["sibling"][node]


def tree_operations(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    before = decode(unhex(case["tree_before"]), RatchetTree.decode)
    assert tree_hash(suite, before.root) == unhex(case["tree_hash_before"])
    proposal = decode(unhex(case["proposal"]), decode_proposal)
    if isinstance(proposal, Add):
        after, _ = before.add(proposal.key_package.leaf)
    elif isinstance(proposal, Update):
        after = before.update(LeafIndex(case["proposal_sender"]), proposal.leaf)
    else:
        assert isinstance(proposal, Remove)
        after = before.remove(proposal.leaf)
    assert after.encode() == unhex(case["tree_after"])
    assert tree_hash(suite, after.root) == unhex(case["tree_hash_after"])
    keys = keys_after(all_keys(before), before, after)
    assert all(b"e" + leaf.encryption_key in keys for _, leaf in after.leaves())


def tree_validation(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    tree = decode(unhex(case["tree"]), RatchetTree.decode)
    assert tree.encode() == unhex(case["tree"])
    check_whole_tree(suite, tree, unhex(case["group_id"]))
    for index, expected in enumerate(case["tree_hashes"]):
        at = tree.subtree(NodeIndex(index))
        assert at is not None
        assert tree_hash(suite, at) == unhex(expected)
        resolution = [entry.node for entry in at.resolution]
        assert resolution == case["resolutions"][index]


def treekem(case: Case) -> None:
    suite = Suite.from_id(case["cipher_suite"])
    tree = decode(unhex(case["ratchet_tree"]), RatchetTree.decode)
    group_id = unhex(case["group_id"])
    verify_parent_hashes(suite, tree)
    for index, leaf in tree.leaves():
        leaf.verify_signature(suite, group_id=group_id, leaf=index)
    people = [_person(suite, tree, person) for person in case["leaves_private"]]
    for update in case["update_paths"]:
        _update(suite, tree, case, update, people)


def _person(suite: Suite, tree: RatchetTree, person: Case) -> PathReceiver:
    leaf = LeafIndex(person["index"])
    keys: dict[NodeIndex, PrivateKey] = {
        node_of(leaf): suite.private_key(unhex(person["encryption_priv"]))
    }
    for known in person["path_secrets"]:
        secret = suite.derive_secret(unhex(known["path_secret"]), b"node")
        keys[NodeIndex(known["node"])] = suite.derive_key(secret)
    assert all(tree.key_at(node) == key.public for node, key in keys.items())
    return PathReceiver(leaf, keys)


def _update(
    suite: Suite,
    tree: RatchetTree,
    case: Case,
    update: Case,
    people: list[PathReceiver],
) -> None:
    sender = LeafIndex(update["sender"])
    path = decode(unhex(update["update_path"]), UpdatePath.decode)
    group_id, transcript = case["group_id"], case["confirmed_transcript_hash"]
    path.leaf.verify_signature(suite, group_id=unhex(group_id), leaf=sender)
    after = tree_hash(suite, apply_path(suite, tree, sender, path).root)
    assert after == unhex(update["tree_hash_after"])
    context = GroupContext(
        suite, unhex(group_id), case["epoch"], after, unhex(transcript), ()
    ).encode()
    steps = tree.filtered_path(sender)
    ours = fresh_path(suite, tree, sender, os.urandom)
    sealed = seal_path(suite, steps, ours, without=NOBODY, context=context)
    again = UpdatePath(path.leaf, sealed)
    for person in people:
        if person.leaf != sender:
            expected = unhex(update["path_secrets"][person.leaf])
            found = open_path(
                suite, steps, path, person, without=NOBODY, context=context
            )
            assert found.secrets[0] == expected
            assert found.commit_secret == unhex(update["commit_secret"])
            found = open_path(
                suite, steps, again, person, without=NOBODY, context=context
            )
            assert found.commit_secret == ours.commit_secret
