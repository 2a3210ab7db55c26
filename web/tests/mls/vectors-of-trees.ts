/** Vectors of ratchet trees and TreeKEM. */
import { decode } from "../../src/mls/codec.ts";
import { decodePath, type UpdatePath } from "../../src/mls/commits.ts";
import { GroupContext } from "../../src/mls/key-schedule.ts";
import { Add, decodeProposal, Remove, Update } from "../../src/mls/proposals.ts";
import { Suite, type PrivateKey } from "../../src/mls/suites.ts";
import { RatchetTree } from "../../src/mls/tree.ts";
import { treeHash, verifyParentHashes } from "../../src/mls/tree-hash.ts";
import {
  applyPath,
  freshPath,
  openPath,
  sealPath,
  type PathReceiver,
} from "../../src/mls/tree-kem.ts";
import {
  left,
  nodeCount,
  nodeOf,
  parent,
  right,
  root,
  sibling,
} from "../../src/mls/tree-math.ts";
import {
  allKeys,
  checkWholeTree,
  encryptionName,
  keysAfter,
} from "../../src/mls/tree-rules.ts";
import { entropy, holds, same, unhex, type Case } from "./vector-cases.ts";

export function treeMath(test: Case): void {
  const leaves = test["n_leaves"] as number;
  holds(nodeCount(leaves) === test["n_nodes"], "the count");
  holds(root(leaves) === test["root"], "the root");
  const expected = (name: string, node: number) =>
    (test[name] as (number | null)[])[node] ?? undefined;
  for (let node = 0; node < nodeCount(leaves); node++) {
    holds(left(node) === expected("left", node), "left");
    holds(right(node) === expected("right", node), "right");
    holds(parent(node, leaves) === expected("parent", node), "parent");
    holds(sibling(node, leaves) === expected("sibling", node), "sibling");
  }
}

export function treeOperations(test: Case): void {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const before = decode(unhex(test["tree_before"]), RatchetTree.decode);
  same(treeHash(suite, before.root), test["tree_hash_before"], "the hash before");
  const proposal = decode(unhex(test["proposal"]), decodeProposal);
  let after = before;
  if (proposal instanceof Add) [after] = before.add(proposal.keyPackage.leaf);
  else if (proposal instanceof Update)
    after = before.update(test["proposal_sender"] as number, proposal.leaf);
  else if (proposal instanceof Remove) after = before.remove(proposal.leaf);
  same(after.encode(), test["tree_after"], "the tree after");
  same(treeHash(suite, after.root), test["tree_hash_after"], "the hash after");
  const keys = keysAfter(allKeys(before), before, after);
  for (const [, leaf] of after.leaves())
    holds(keys.has(encryptionName(leaf.encryptionKey)), "a key");
}

export async function treeValidation(test: Case): Promise<void> {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const tree = decode(unhex(test["tree"]), RatchetTree.decode);
  same(tree.encode(), test["tree"], "the tree");
  await checkWholeTree(suite, tree, unhex(test["group_id"]));
  const resolutions = test["resolutions"] as number[][];
  for (const [index, expected] of (test["tree_hashes"] as string[]).entries()) {
    const at = tree.subtree(index)!;
    same(treeHash(suite, at), expected, "a hash");
    const resolution = at.resolution.map((entry) => entry.node);
    holds(resolution.join() === resolutions[index]?.join(), "a resolution");
  }
}

export async function treekem(test: Case): Promise<void> {
  const suite = Suite.fromId(test["cipher_suite"] as number);
  const tree = decode(unhex(test["ratchet_tree"]), RatchetTree.decode);
  const groupId = unhex(test["group_id"]);
  verifyParentHashes(suite, tree);
  for (const [leaf, node] of tree.leaves())
    await node.verifySignature(suite, { groupId, leaf });
  const people = await Promise.all(
    (test["leaves_private"] as Case[]).map((each) => person(suite, tree, each)),
  );
  for (const step of test["update_paths"] as Case[])
    await update(suite, tree, test, step, people);
}

async function person(
  suite: Suite,
  tree: RatchetTree,
  private_: Case,
): Promise<PathReceiver> {
  const leaf = private_["index"] as number;
  const keys = new Map<number, PrivateKey>();
  keys.set(nodeOf(leaf), suite.privateKey(unhex(private_["encryption_priv"])));
  for (const known of private_["path_secrets"] as Case[]) {
    const secret = suite.deriveSecret(unhex(known["path_secret"]), "node");
    keys.set(known["node"] as number, suite.deriveKey(secret));
  }
  for (const [node, key] of keys)
    same(tree.keyAt(node), await key.public(), "the key of a node");
  return { leaf, keys };
}

async function update(
  suite: Suite,
  tree: RatchetTree,
  test: Case,
  step: Case,
  people: readonly PathReceiver[],
): Promise<void> {
  const sender = step["sender"] as number;
  const path = decode(unhex(step["update_path"]), decodePath);
  const groupId = unhex(test["group_id"]);
  await path.leaf.verifySignature(suite, { groupId, leaf: sender });
  const after = treeHash(suite, applyPath(suite, tree, sender, path).root);
  same(after, step["tree_hash_after"], "the hash after");
  const context = new GroupContext({
    suite,
    groupId,
    epoch: test["epoch"] as number,
    treeHash: after,
    confirmedTranscriptHash: unhex(test["confirmed_transcript_hash"]),
    extensions: [],
  }).encode();
  const steps = tree.filteredPath(sender);
  const ours = await freshPath(suite, steps, entropy);
  const binding = { without: [], context };
  const nodes = await sealPath(suite, steps, ours, binding);
  const again: UpdatePath = { leaf: path.leaf, nodes };
  for (const receiver of people) {
    if (receiver.leaf === sender) continue;
    const theirs = await openPath(suite, steps, path, receiver, binding);
    const expected = (step["path_secrets"] as string[])[receiver.leaf];
    same(theirs.steps[0]?.secret, expected, "a path secret");
    same(theirs.commitSecret, step["commit_secret"], "the commit secret");
    const found = await openPath(suite, steps, again, receiver, binding);
    same(found.commitSecret, ours.commitSecret, "our commit secret");
  }
}
