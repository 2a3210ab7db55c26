/**
 * Hashes of a ratchet tree: what it is, who set its keys (RFC 9420 §7.8, §7.9).
 *
 * A hash is kept in the subtree it is of, so that a change costs only the hashes above it.
 */
import { concat, equal, type Bytes } from "../bytes.ts";
import { opaque, optional, uint32, uint8 } from "./codec.ts";
import { InvalidTree } from "./errors.ts";
import { LeafNode } from "./leaf-nodes.ts";
import type { Suite } from "./suites.ts";
import {
  ParentNode,
  type Halves,
  type RatchetTree,
  type Subtree,
  type TreeNode,
} from "./tree.ts";
import { nodeOf, type LeafIndex, type NodeIndex } from "./tree-math.ts";

type Leaves = readonly LeafIndex[];

/** The tree hash of a node (§7.8). */
export function treeHash(suite: Suite, at: Subtree): Bytes {
  return (at.hash ??= suite.hash(hashed(suite, at, at.node, [])));
}

function hashed(
  suite: Suite,
  at: Subtree,
  node: TreeNode | undefined,
  without: Leaves,
): Bytes {
  const encoded = optional(node?.encode());
  if (!at.halves) return concat(uint8(1), uint32(at.first), encoded);
  const halves = at.halves.map((half) => opaque(originalHash(suite, half, without)));
  return concat(uint8(2), encoded, ...halves);
}

/** The tree hash a node had before some leaves were added (§7.9). */
function originalHash(suite: Suite, at: Subtree, without: Leaves): Bytes {
  const below = without.filter((leaf) => at.contains(leaf));
  if (below.length === 0) return treeHash(suite, at);
  let { node } = at;
  if (node instanceof LeafNode) node = undefined;
  else if (node) {
    const gone = new Set(below);
    const rest = node.unmergedLeaves.filter((leaf) => !gone.has(leaf));
    if (rest.length < node.unmergedLeaves.length) node = node.withUnmerged(rest);
  }
  return suite.hash(hashed(suite, at, node, below));
}

/** What a node below `parent` must carry, `beside` being its other child (§7.9). */
export function parentHash(suite: Suite, parent: ParentNode, beside: Subtree): Bytes {
  const sibling = originalHash(suite, beside, parent.unmergedLeaves);
  const parts = [parent.encryptionKey, parent.parentHash, sibling];
  return suite.hash(concat(...parts.map(opaque)));
}

/**
 * Make sure that every key was set by someone below it (§7.9.2).
 * @throws {InvalidTree} one was not.
 */
export function verifyParentHashes(suite: Suite, { root }: RatchetTree): void {
  verifyBelow(suite, root);
}

function verifyBelow(suite: Suite, { node, halves }: Subtree): void {
  if (!halves) return;
  if (node instanceof ParentNode) {
    const [left, right] = halves;
    if (links(suite, node, [left, right]) === links(suite, node, [right, left]))
      throw new InvalidTree("a parent hash is wrong");
  }
  for (const half of halves) verifyBelow(suite, half);
}

/** Whether one node of `child`'s resolution set `parent`; the rest are unmerged. */
function links(suite: Suite, parent: ParentNode, [child, beside]: Halves): boolean {
  const below = parent.unmergedLeaves.filter((leaf) => child.contains(leaf));
  const unmerged = new Set(below.map(nodeOf));
  const merged = child.resolution.filter((entry) => !unmerged.has(entry.node));
  const [only] = merged;
  if (!only || merged.length > 1 || child.resolution.length !== unmerged.size + 1)
    return false;
  const carried = nodeAt(child, only.node)?.parentHash;
  return !!carried?.length && equal(carried, parentHash(suite, parent, beside));
}

function nodeAt(from: Subtree, index: NodeIndex): TreeNode | undefined {
  let at: Subtree | undefined = from;
  while (at && at.index !== index) at = at.halves?.[index < at.index ? 0 : 1];
  return at?.node;
}
