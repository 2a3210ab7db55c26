/**
 * What the leaves of a tree must keep among them (RFC 9420 §7.3, §12.4.3.1).
 *
 * A tree is checked whole once, when a member joins. After that only what a commit changed
 * is looked at: the two trees share everything else.
 */
import { equal, type Bytes } from "../bytes.ts";
import { InvalidLeaf, InvalidProposal, InvalidTree } from "./errors.ts";
import { RequiredCapabilities, type Extensions, type Support } from "./extensions.ts";
import { keyOf, type KeySet } from "./key-sets.ts";
import { LeafNode, type LeafSource } from "./leaf-nodes.ts";
import type { Suite } from "./suites.ts";
import { ParentNode, type RatchetTree, type Subtree, type TreeNode } from "./tree.ts";
import { verifyParentHashes } from "./tree-hash.ts";
import type { LeafIndex } from "./tree-math.ts";

/** A node that is not the same in two trees. */
export interface Change {
  readonly leaf: LeafIndex | undefined;
  readonly before: TreeNode | undefined;
  readonly after: TreeNode | undefined;
}

/** What differs between two trees, at the cost of what differs. */
export function changes(before: RatchetTree, after: RatchetTree): readonly Change[] {
  const found: Change[] = [];
  findChanges(before.root, after.root, found);
  return found;
}

function findChanges(
  before: Subtree | undefined,
  after: Subtree | undefined,
  found: Change[],
): void {
  if (before === after) return;
  const [oldLevel, newLevel] = [before?.level ?? -1, after?.level ?? -1];
  const at = oldLevel >= newLevel ? before : after;
  if (!at || (!(before && after) && at.isEmpty)) return;
  const old = oldLevel === at.level ? before : undefined;
  const now = newLevel === at.level ? after : undefined;
  if (old?.node !== now?.node)
    found.push({
      leaf: at.level === 0 ? at.first : undefined,
      before: old?.node,
      after: now?.node,
    });
  if (!at.halves) return;
  // A tree that is lower by some levels is the leftmost part of the higher one.
  findChanges(old ? old.halves?.[0] : before, now ? now.halves?.[0] : after, found);
  findChanges(old?.halves?.[1], now?.halves?.[1], found);
}

/** The name of an encryption key in a `KeySet`. */
export function encryptionName(key: Bytes): string {
  return `e${keyOf(key)}`;
}

/** The name of a signature key in a `KeySet`. */
export function signatureName(key: Bytes): string {
  return `s${keyOf(key)}`;
}

/** What no two nodes may share: encryption keys, and members' signature keys. */
function names(node: TreeNode | undefined): string[] {
  if (!node) return [];
  const name = encryptionName(node.encryptionKey);
  return node instanceof LeafNode ? [name, signatureName(node.signatureKey)] : [name];
}

/** The keys of a tree; throws `InvalidTree` if one occurs twice. */
export function allKeys(tree: RatchetTree): KeySet {
  const keys = new Set<string>();
  const visit = ({ node, halves }: Subtree) => {
    for (const name of names(node)) {
      if (keys.has(name)) throw new InvalidTree("a key occurs twice in a tree");
      keys.add(name);
    }
    halves?.forEach(visit);
  };
  visit(tree.root);
  return keys;
}

/** The keys of a tree, from those before; throws `InvalidProposal` if one is twice. */
export function keysAfter(
  keys: KeySet,
  before: RatchetTree,
  after: RatchetTree,
): KeySet {
  const changed = changes(before, after);
  if (changed.length === 0) return keys;
  const next = new Set(keys);
  for (const change of changed)
    for (const name of names(change.before)) next.delete(name);
  for (const change of changed)
    for (const name of names(change.after)) {
      if (next.has(name))
        throw new InvalidProposal("a key occurs twice in the tree after a commit");
      next.add(name);
    }
  return next;
}

/** Make sure that all understand all that the group uses (§7.3, §11.1, §13.4). */
export function checkCommonGround(
  support: Support | undefined,
  extensions: Extensions,
): void {
  if (!support) return;
  const required = RequiredCapabilities.find(extensions);
  if (!support.hasCredentials(required.credentials))
    throw new InvalidLeaf("a member does not support a credential in use or required");
  const used = extensions.map((extension) => extension.type);
  if (!support.hasExtensions([...used, ...required.extensions]))
    throw new InvalidLeaf("a member does not support an extension of the group");
  if (!support.hasProposals(required.proposals))
    throw new InvalidLeaf("a member does not support a required proposal");
}

/**
 * Check a tree that came from outside (§12.4.3.1): all but credentials.
 * @throws {InvalidTree} the tree breaks a rule.
 * @throws {InvalidLeaf} a leaf breaks a rule.
 * @throws {InvalidSignature} a leaf was not signed by its owner.
 */
export async function checkWholeTree(
  suite: Suite,
  tree: RatchetTree,
  groupId: Bytes,
): Promise<void> {
  checkUnmerged(tree.root, []);
  verifyParentHashes(suite, tree);
  const leaves = tree.leaves();
  // A key package may have run out since its owner was added: no lifetimes here.
  for (const [, node] of leaves) node.check(suite);
  await Promise.all(
    leaves.map(([leaf, node]) => node.verifySignature(suite, { groupId, leaf })),
  );
}

/**
 * Make sure that unmerged leaves exist, and are so all the way up.
 * `above` are the unmerged leaves, below here, of the nearest node above.
 */
function checkUnmerged(at: Subtree, above: readonly LeafIndex[]): void {
  const { node, halves } = at;
  let leaves = above;
  if (node instanceof ParentNode) {
    const own = new Set(node.unmergedLeaves);
    if (!above.every((leaf) => own.has(leaf)))
      throw new InvalidTree("a leaf is unmerged above a node where it is merged");
    leaves = node.unmergedLeaves;
  }
  if (!halves) {
    if (leaves.length && !node) throw new InvalidTree("an unmerged leaf is blank");
    return;
  }
  if (!leaves.every((leaf) => at.contains(leaf)))
    throw new InvalidTree("an unmerged leaf is not below its node");
  for (const half of halves) {
    const below = leaves.filter((leaf) => half.contains(leaf));
    if (below.length || !half.isEmpty) checkUnmerged(half, below);
  }
}

/** Check a leaf that takes the place of another of the same member (§7.3). */
export function checkReplacement(
  before: LeafNode,
  after: LeafNode,
  source: LeafSource,
): void {
  if (after.source !== source)
    throw new InvalidLeaf("a leaf has another source than it should");
  if (equal(after.encryptionKey, before.encryptionKey))
    throw new InvalidLeaf("a leaf keeps its encryption key");
}
