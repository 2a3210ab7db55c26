/**
 * The ratchet tree, as a value that shares its structure (RFC 9420 §4, §7.7, §7.8).
 *
 * A change makes new nodes along one path and keeps all others, with everything that was
 * computed about them: their hashes, resolutions and what their leaves support. So one
 * change costs the height of the tree, and the old tree stays as it was.
 *
 * Knows where keys are; knows nothing of what they protect.
 */
import { concat, type Bytes } from "../bytes.ts";
import { opaque, optional, uint32, uint8, vector, type Reader } from "./codec.ts";
import { InvalidTree, MalformedMessage } from "./errors.ts";
import type { Support } from "./extensions.ts";
import { LeafNode } from "./leaf-nodes.ts";
import { bitLength, nodeOf, type LeafIndex, type NodeIndex } from "./tree-math.ts";

// 65,536 places. A tree of blank nodes costs one byte each on the wire and a hundred in
// memory, so its size must be bounded by more than the length of a message.
const HIGHEST_LEVEL = 16;
const NOTHING: Bytes = new Uint8Array();

/** A key of everyone below a node, but for the unmerged leaves (§7.1). */
export class ParentNode {
  readonly encryptionKey: Bytes;
  readonly parentHash: Bytes;
  readonly unmergedLeaves: readonly LeafIndex[];
  readonly #encoded: Bytes;

  constructor(
    encryptionKey: Bytes,
    parentHash: Bytes = NOTHING,
    unmergedLeaves: readonly LeafIndex[] = [],
  ) {
    this.encryptionKey = encryptionKey;
    this.parentHash = parentHash;
    this.unmergedLeaves = unmergedLeaves;
    const unmerged = vector(unmergedLeaves.map(uint32));
    this.#encoded = concat(opaque(encryptionKey), opaque(parentHash), unmerged);
  }

  /** Encode as ParentNode. */
  encode(): Bytes {
    return this.#encoded;
  }

  /** The same with other unmerged leaves. */
  withUnmerged(leaves: readonly LeafIndex[]): ParentNode {
    return new ParentNode(this.encryptionKey, this.parentHash, leaves);
  }

  /** Read a ParentNode; its unmerged leaves must be in order. */
  static readonly decode = (reader: Reader): ParentNode => {
    const [encryptionKey, parentHash] = [reader.opaque(), reader.opaque()];
    const unmerged = reader.vector((inner) => inner.uint32());
    if (unmerged.some((leaf, at) => at > 0 && leaf <= (unmerged[at - 1] as number)))
      throw new MalformedMessage("unmerged leaves are not in increasing order");
    return new ParentNode(encryptionKey, parentHash, unmerged);
  };
}

/** What can be at a place of a tree, if it is not blank. */
export type TreeNode = LeafNode | ParentNode;

/** A node of a resolution: where it is, and its key. */
export interface Resolved {
  readonly node: NodeIndex;
  readonly encryptionKey: Bytes;
}

/** Both halves of what is below a parent. */
export type Halves = readonly [left: Subtree, right: Subtree];

/** A node with everything below it. Never changed; only what it caches is filled in. */
export class Subtree {
  /** The leftmost leaf below. */
  readonly first: LeafIndex;
  /** The height above the leaves. */
  readonly level: number;
  /** What is at the top, if it is not blank. */
  readonly node: TreeNode | undefined;
  /** Both halves; none of a leaf. */
  readonly halves: Halves | undefined;
  /** How many leaves below are not blank. */
  readonly members: number;
  /** What all those leaves support. */
  readonly support: Support | undefined;
  /** Whether every node is blank. */
  readonly isEmpty: boolean;
  /** The tree hash, once `tree-hash.ts` has computed it. */
  hash: Bytes | undefined;
  #resolution: readonly Resolved[] | undefined;

  constructor(first: LeafIndex, node: TreeNode | undefined, halves?: Halves) {
    this.first = first;
    this.node = node;
    this.halves = halves;
    if (halves) {
      const [left, right] = halves;
      this.level = left.level + 1;
      this.members = left.members + right.members;
      this.isEmpty = !node && left.isEmpty && right.isEmpty;
      const { support } = left;
      this.support =
        support && right.support
          ? support.merge(right.support)
          : (support ?? right.support);
    } else {
      this.level = 0;
      this.members = node ? 1 : 0;
      this.isEmpty = !node;
      this.support = node instanceof LeafNode ? node.support : undefined;
    }
  }

  /** A subtree of blank nodes. */
  static blank(first: LeafIndex, height: number): Subtree {
    if (height === 0) return new Subtree(first, undefined);
    const half = height - 1;
    const right = Subtree.blank(first + (1 << half), half);
    return new Subtree(first, undefined, [Subtree.blank(first, half), right]);
  }

  /** Where the top node is. */
  get index(): NodeIndex {
    return 2 * this.first + (1 << this.level) - 1;
  }

  /** How many leaves are below, blank ones included. */
  get leafCount(): number {
    return 1 << this.level;
  }

  /** Whether a leaf is below. */
  contains(leaf: LeafIndex): boolean {
    return this.first <= leaf && leaf < this.first + this.leafCount;
  }

  /** The half that a leaf is below, and the other; none of a leaf. */
  toward(leaf: LeafIndex): Halves | undefined {
    if (!this.halves) return undefined;
    const [left, right] = this.halves;
    return leaf >= right.first ? [right, left] : [left, right];
  }

  /** A leaf below; none if it is blank or elsewhere. */
  leaf(index: LeafIndex): LeafNode | undefined {
    if (!this.contains(index)) return undefined;
    const half = this.toward(index)?.[0];
    if (half) return half.leaf(index);
    return this.node instanceof LeafNode ? this.node : undefined;
  }

  /** The fewest nodes that cover every leaf below that is not blank (§4.1.1). */
  get resolution(): readonly Resolved[] {
    return (this.#resolution ??= this.#resolve());
  }

  #resolve(): readonly Resolved[] {
    const { node, halves } = this;
    if (!node) return halves ? halves.flatMap((half) => half.resolution) : [];
    const top = { node: this.index, encryptionKey: node.encryptionKey };
    if (node instanceof LeafNode) return [top];
    const unmerged = node.unmergedLeaves.map((index) => {
      const leaf = this.leaf(index);
      if (!leaf) throw new InvalidTree("an unmerged leaf is not below its node");
      return { node: nodeOf(index), encryptionKey: leaf.encryptionKey };
    });
    return [top, ...unmerged];
  }

  /** All leaves below that are not blank. */
  leaves(): (readonly [LeafIndex, LeafNode])[] {
    const found: (readonly [LeafIndex, LeafNode])[] = [];
    const visit = (at: Subtree) => {
      if (at.node instanceof LeafNode) found.push([at.first, at.node]);
      else if (at.members) at.halves?.forEach(visit);
    };
    visit(this);
    return found;
  }

  /** The leftmost blank leaf below. */
  firstBlank(): LeafIndex | undefined {
    if (this.members === this.leafCount) return undefined;
    const [left, right] = this.halves ?? [];
    if (!left || !right) return this.first;
    return (left.members === left.leafCount ? right : left).firstBlank();
  }
}

/** One node of a direct path, with its child off the path (§4.1.2). */
export interface Step {
  readonly parent: Subtree;
  readonly copath: Subtree;
}

/** Says what a node above a changed leaf becomes. */
type NewNode = (at: Subtree) => ParentNode | undefined;

/** A ratchet tree of 2**d leaves. */
export class RatchetTree {
  readonly root: Subtree;

  constructor(root: Subtree) {
    this.root = root;
  }

  /** The tree of a group of one. */
  static of(leaf: LeafNode): RatchetTree {
    return new RatchetTree(new Subtree(0, leaf));
  }

  /** How many leaves there are, blank ones included. */
  get leafCount(): number {
    return this.root.leafCount;
  }

  /** A leaf; none if it is blank or outside the tree. */
  leaf(index: LeafIndex): LeafNode | undefined {
    return this.root.leaf(index);
  }

  /** All leaves that are not blank, from the left. */
  leaves(): (readonly [LeafIndex, LeafNode])[] {
    return this.root.leaves();
  }

  /** A node with everything below it; none if it is outside the tree. */
  subtree(index: NodeIndex): Subtree | undefined {
    let at: Subtree | undefined = this.root;
    while (at && at.index !== index) at = at.halves?.[index < at.index ? 0 : 1];
    return at;
  }

  /** The public key of a node; none if it is blank or outside the tree. */
  keyAt(index: NodeIndex): Bytes | undefined {
    return this.subtree(index)?.node?.encryptionKey;
  }

  /** The nodes above a leaf and their copath, from the bottom. */
  directPath(leaf: LeafIndex): readonly Step[] {
    const steps = [];
    let parent = this.root;
    for (let next; (next = parent.toward(leaf)); parent = next[0])
      steps.push({ parent, copath: next[1] });
    return steps.reverse();
  }

  /** The direct path without nodes whose copath child covers nobody (§4.1.2). */
  filteredPath(leaf: LeafIndex): readonly Step[] {
    return this.directPath(leaf).filter((step) => step.copath.resolution.length > 0);
  }

  /** Where the next member goes: the leftmost blank leaf, or a new one (§7.7). */
  nextFree(): LeafIndex {
    return this.root.firstBlank() ?? this.leafCount;
  }

  /** Put a new leaf at the next free place, unmerged (§12.1.1). */
  add(leaf: LeafNode): [tree: RatchetTree, leaf: LeafIndex] {
    const index = this.nextFree();
    const unmerged: NewNode = ({ node }) =>
      node instanceof ParentNode
        ? node.withUnmerged([...node.unmergedLeaves, index].sort((a, b) => a - b))
        : undefined;
    return [this.extendedTo(index).#placed(index, leaf, unmerged), index];
  }

  /** The same tree, doubled until it has a place for a leaf (§7.7). */
  extendedTo(leaf: LeafIndex): RatchetTree {
    let { root } = this;
    while (leaf >= root.leafCount) {
      if (root.level >= HIGHEST_LEVEL) throw new InvalidTree("the tree is full");
      const half = Subtree.blank(root.leafCount, root.level);
      root = new Subtree(0, undefined, [root, half]);
    }
    return new RatchetTree(root);
  }

  /** Replace a leaf and blank its direct path (§12.1.2). */
  update(index: LeafIndex, leaf: LeafNode): RatchetTree {
    return this.#placed(index, leaf, () => undefined);
  }

  /** Blank a leaf and its direct path, and truncate the tree (§12.1.3). */
  remove(index: LeafIndex): RatchetTree {
    let { root } = this.#placed(index, undefined, () => undefined);
    while (root.halves && root.halves[1].members === 0) root = root.halves[0];
    return new RatchetTree(root);
  }

  /** Replace a leaf and its direct path; nodes not given become blank (§7.5). */
  withPath(
    index: LeafIndex,
    leaf: LeafNode,
    parents: ReadonlyMap<NodeIndex, ParentNode>,
  ): RatchetTree {
    return this.#placed(index, leaf, (at) => parents.get(at.index));
  }

  /** Replace a leaf and nothing else: a roster of another epoch, not its tree. */
  withLeaf(index: LeafIndex, leaf: LeafNode | undefined): RatchetTree {
    const kept: NewNode = ({ node }) => (node instanceof ParentNode ? node : undefined);
    return this.extendedTo(index).#placed(index, leaf, kept);
  }

  #placed(index: LeafIndex, leaf: LeafNode | undefined, above: NewNode): RatchetTree {
    return new RatchetTree(rebuild(this.root, index, leaf, above));
  }

  /** Encode as ratchet_tree, blank nodes at the end left out (§12.4.3.3). */
  encode(): Bytes {
    const nodes: Bytes[] = [];
    listNodes(this.root, nodes);
    while (nodes.at(-1)?.length === 1) nodes.pop();
    return vector(nodes);
  }

  /** Read a ratchet_tree. */
  static readonly decode = (reader: Reader): RatchetTree => {
    const nodes = reader.vector((inner) => inner.optional(decodeNode));
    if (!nodes.at(-1))
      throw new MalformedMessage("a ratchet tree ends with a blank node");
    const height = bitLength(Math.floor((nodes.length + 1) / 2) - 1);
    if (height > HIGHEST_LEVEL)
      throw new MalformedMessage("a ratchet tree is larger than we take");
    return new RatchetTree(build(nodes, 0, height));
  };
}

function rebuild(
  at: Subtree,
  index: LeafIndex,
  leaf: LeafNode | undefined,
  above: NewNode,
): Subtree {
  if (!at.halves) return new Subtree(at.first, leaf);
  const [left, right] = at.halves;
  const halves: Halves =
    index >= right.first
      ? [left, rebuild(right, index, leaf, above)]
      : [rebuild(left, index, leaf, above), right];
  return new Subtree(at.first, above(at), halves);
}

function listNodes({ node, halves }: Subtree, nodes: Bytes[]): void {
  if (halves) listNodes(halves[0], nodes);
  const kind = uint8(node instanceof LeafNode ? 1 : 2);
  nodes.push(optional(node && concat(kind, node.encode())));
  if (halves) listNodes(halves[1], nodes);
}

function decodeNode(reader: Reader): TreeNode {
  const kind = reader.uint8();
  if (kind === 1) return LeafNode.decode(reader);
  if (kind === 2) return ParentNode.decode(reader);
  throw new MalformedMessage("a node is neither a leaf nor a parent");
}

function build(
  nodes: readonly (TreeNode | undefined)[],
  first: LeafIndex,
  height: number,
): Subtree {
  const node = nodes[2 * first + (1 << height) - 1];
  if (node && node instanceof LeafNode !== (height === 0))
    throw new MalformedMessage("a leaf and a parent are in each other's place");
  if (height === 0) return new Subtree(first, node);
  const middle = first + (1 << (height - 1));
  const halves: Halves = [
    build(nodes, first, height - 1),
    build(nodes, middle, height - 1),
  ];
  return new Subtree(first, node, halves);
}
