/**
 * Where the nodes of a ratchet tree are (RFC 9420 §4.1 and appendix C).
 *
 * Leaves are the even nodes, parents the odd ones; a tree of 2**d leaves has 2**(d+1) - 1
 * nodes. Pure arithmetic, on indices below 2**30.
 */

/** The place of a member, from the left. */
export type LeafIndex = number;
/** The place of any node, from the left. */
export type NodeIndex = number;

/** The node that a leaf is. */
export function nodeOf(leaf: LeafIndex): NodeIndex {
  return 2 * leaf;
}

/** How many bits a number has. */
export function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

/** How high above the leaves a node is: the number of its trailing one bits. */
export function level(node: NodeIndex): number {
  return bitLength(~node & (node + 1)) - 1;
}

/** How many nodes a tree of so many leaves has. */
export function nodeCount(leafCount: number): number {
  return 2 * leafCount - 1;
}

/** The root of a tree of so many leaves. */
export function root(leafCount: number): NodeIndex {
  return (1 << (bitLength(nodeCount(leafCount)) - 1)) - 1;
}

/** The left child of a node; leaves have none. */
export function left(node: NodeIndex): NodeIndex | undefined {
  const height = level(node);
  return height ? node ^ (1 << (height - 1)) : undefined;
}

/** The right child of a node; leaves have none. */
export function right(node: NodeIndex): NodeIndex | undefined {
  const height = level(node);
  return height ? node ^ (3 << (height - 1)) : undefined;
}

/** The parent of a node; the root has none. */
export function parent(node: NodeIndex, leafCount: number): NodeIndex | undefined {
  if (node === root(leafCount)) return undefined;
  const height = level(node);
  const bit = (node >> (height + 1)) & 1;
  return (node | (1 << height)) ^ (bit << (height + 1));
}

/** The other child of a node's parent; the root has none. */
export function sibling(node: NodeIndex, leafCount: number): NodeIndex | undefined {
  const above = parent(node, leafCount);
  if (above === undefined) return undefined;
  return node < above ? right(above) : left(above);
}

/** The lowest node that is above both of two different leaves. */
export function commonAncestor(one: LeafIndex, other: LeafIndex): NodeIndex {
  const height = bitLength(one ^ other);
  return ((one >> height) << (height + 1)) + (1 << height) - 1;
}
