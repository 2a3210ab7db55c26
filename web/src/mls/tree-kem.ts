/** TreeKEM: new secrets from a leaf to the root (RFC 9420 §7.4 to §7.6). */
import { equal, type Bytes } from "../bytes.ts";
import type { PathNode, UpdatePath } from "./commits.ts";
import { InvalidCommit, InvalidKey } from "./errors.ts";
import type { Entropy, PrivateKey, Suite } from "./suites.ts";
import { ParentNode, type RatchetTree, type Resolved, type Step } from "./tree.ts";
import { parentHash } from "./tree-hash.ts";
import { nodeOf, type LeafIndex, type NodeIndex } from "./tree-math.ts";

const LABEL = "UpdatePathNode";

/** The private keys that a member knows: of its leaf, and of nodes above it. */
export type PrivateKeys = ReadonlyMap<NodeIndex, PrivateKey>;

/** What a path secret gives to its node. */
export interface PathSecret {
  readonly node: NodeIndex;
  readonly secret: Bytes;
  readonly key: PrivateKey;
  /** The public half of `key`. */
  readonly public: Bytes;
}

/** Secrets of nodes on a direct path, from the bottom (§7.4). */
export interface PathSecrets {
  readonly steps: readonly PathSecret[];
  /** What the path gives to the key schedule. */
  readonly commitSecret: Bytes;
}

/** Derive the secrets of some nodes from that of the first. */
export async function derivePath(
  suite: Suite,
  first: Bytes,
  nodes: readonly NodeIndex[],
): Promise<PathSecrets> {
  let commitSecret = first;
  const steps = nodes.map(async (node) => {
    const secret = commitSecret;
    commitSecret = suite.deriveSecret(secret, "path");
    const key = suite.deriveKey(suite.deriveSecret(secret, "node"));
    return { node, secret, key, public: await key.public() };
  });
  return { steps: await Promise.all(steps), commitSecret };
}

/** The parents a path sets, and the parent hash its leaf must carry (§7.9.1). */
export function mergePath(
  suite: Suite,
  path: readonly Step[],
  keys: readonly Bytes[],
): [parents: ReadonlyMap<NodeIndex, ParentNode>, parentHash: Bytes] {
  const parents = new Map<NodeIndex, ParentNode>();
  let above: Bytes = new Uint8Array();
  for (const [position, step] of [...path.entries()].reverse()) {
    const parent = new ParentNode(keys[position] as Bytes, above);
    parents.set(step.parent.index, parent);
    above = parentHash(suite, parent, step.copath);
  }
  return [parents, above];
}

/** Whom a path secret is encrypted to: not those the same commit adds (§7.6). */
function recipients(step: Step, without: readonly LeafIndex[]): readonly Resolved[] {
  const added = new Set(without.map(nodeOf));
  return step.copath.resolution.filter((entry) => !added.has(entry.node));
}

/** What a path is sealed for: not those just added, and in which context. */
export interface PathBinding {
  readonly without: readonly LeafIndex[];
  readonly context: Bytes;
}

/**
 * Encrypt every secret of a path to those below its sibling (§7.6).
 * `path` is the filtered direct path in the tree the proposals were applied to.
 */
export function sealPath(
  suite: Suite,
  path: readonly Step[],
  { steps }: PathSecrets,
  { without, context }: PathBinding,
): Promise<readonly PathNode[]> {
  const encrypt = suite.encryptor(LABEL, context);
  return Promise.all(
    steps.map(async ({ secret, public: encryptionKey }, position) => {
      const boxes = recipients(path[position] as Step, without).map((node) =>
        encrypt(node.encryptionKey, secret),
      );
      return { encryptionKey, secrets: await Promise.all(boxes) };
    }),
  );
}

/** New secrets for the filtered direct path of a leaf. */
export function freshPath(
  suite: Suite,
  path: readonly Step[],
  entropy: Entropy,
): Promise<PathSecrets> {
  const first = new Uint8Array(entropy(suite.hashLength));
  return derivePath(suite, first, indices(path));
}

/** Where the nodes of a path are. */
export function indices(path: readonly Step[]): NodeIndex[] {
  return path.map((step) => step.parent.index);
}

/**
 * Put somebody's path into the tree (§7.5).
 * @throws {InvalidCommit} the path does not fit the tree, or a parent hash is wrong.
 */
export function applyPath(
  suite: Suite,
  tree: RatchetTree,
  leaf: LeafIndex,
  path: UpdatePath,
): RatchetTree {
  const steps = tree.filteredPath(leaf);
  if (steps.length !== path.nodes.length)
    throw new InvalidCommit("a path does not have the nodes it should");
  const keys = path.nodes.map((node) => node.encryptionKey);
  for (const key of [path.leaf.encryptionKey, ...keys]) checkPublic(suite, key);
  const [parents, expected] = mergePath(suite, steps, keys);
  if (!equal(path.leaf.parentHash, expected))
    throw new InvalidCommit("the leaf of a path has the wrong parent hash");
  return tree.withPath(leaf, path.leaf, parents);
}

function checkPublic(suite: Suite, key: Bytes): void {
  // A key nobody can encrypt to would stop every later commit.
  try {
    suite.checkPublic(key);
  } catch (error) {
    if (!(error instanceof InvalidKey)) throw error;
    throw new InvalidCommit("a path holds a key that is none");
  }
}

/** Who opens a path, and with what. */
export interface PathReceiver {
  readonly leaf: LeafIndex;
  readonly keys: PrivateKeys;
}

/**
 * Find the secrets of a path from the node where it meets ours to the root (§7.6).
 * `steps` is the filtered direct path of the sender, in the tree before the path.
 * @throws {InvalidCommit} the path does not fit the tree, or secrets do not fit keys.
 * @throws {UndecryptableMessage} our secret does not open.
 */
export async function openPath(
  suite: Suite,
  steps: readonly Step[],
  path: UpdatePath,
  receiver: PathReceiver,
  { without, context }: PathBinding,
): Promise<PathSecrets> {
  const position = steps.findIndex((step) => step.copath.contains(receiver.leaf));
  if (position < 0) throw new InvalidCommit("a path does not reach us");
  const targets = steps.map((step) => recipients(step, without));
  if (targets.some((each, at) => each.length !== path.nodes[at]?.secrets.length))
    throw new InvalidCommit("a path is not encrypted to those it should be");
  const ours =
    targets[position]?.findIndex(({ node }) => receiver.keys.has(node)) ?? -1;
  const key = receiver.keys.get(targets[position]?.[ours]?.node ?? -1);
  const sealed = path.nodes[position]?.secrets[ours];
  if (!key || !sealed) throw new InvalidCommit("a path is not encrypted to us");
  const first = await suite.decrypt(key, LABEL, context, sealed);
  const secrets = await derivePath(suite, first, indices(steps.slice(position)));
  for (const [at, known] of secrets.steps.entries()) {
    const sent = path.nodes[position + at]?.encryptionKey;
    if (!sent || !equal(known.public, sent))
      throw new InvalidCommit("the secrets of a path do not fit its keys");
  }
  return secrets;
}

/** The private keys of a path, by their nodes. */
export function pathKeys({ steps }: PathSecrets): [NodeIndex, PrivateKey][] {
  return steps.map(({ node, key }) => [node, key]);
}

/**
 * Those of our keys whose nodes are still there.
 *
 * A node that a commit blanks or sets anew is taken out by the caller at the time, so a
 * node that is not blank still has the key we know.
 */
export function stillValid(keys: PrivateKeys, tree: RatchetTree): PrivateKeys {
  return new Map([...keys].filter(([node]) => tree.keyAt(node)));
}
