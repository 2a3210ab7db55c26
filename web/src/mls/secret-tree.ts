/**
 * Message keys: one use each, and gone (RFC 9420 §9).
 *
 * A secret tree is a value: taking a key gives the key and the tree without it. Whoever
 * drops the new tree has not used the key. Nothing that was used can be derived from what
 * remains: a secret is replaced by what comes of it.
 *
 * Rules of this file: a node is either an unopened secret, a pair of nodes, or the two
 * ratchets of a leaf; opening a path replaces every secret on it.
 */
import { concat, join, utf8, type Bytes } from "../bytes.ts";
import { opaque, uint16, uint32, uint8, vector, type Reader } from "./codec.ts";
import { MalformedMessage, Replayed, TooFarAhead, UsageError } from "./errors.ts";
import { NONCE_LENGTH } from "./hpke.ts";
import { Suite } from "./suites.ts";
import { bitLength, type LeafIndex } from "./tree-math.ts";

const LAST_GENERATION = 2 ** 32 - 1;
const HIGHEST_LEVEL = 32;
const NOTHING: Bytes = new Uint8Array();

/** Commits and proposals use other keys than application messages. */
export const RatchetType = { HANDSHAKE: 0, APPLICATION: 1 } as const;
/** Commits and proposals use other keys than application messages. */
export type RatchetType = (typeof RatchetType)[keyof typeof RatchetType];

/** The key and nonce of one message. */
export interface MessageKey {
  readonly generation: number;
  readonly key: Bytes;
  readonly nonce: Bytes;
}

/** How far ahead a ratchet may be moved, and how many skipped keys it keeps. */
export interface RatchetLimits {
  readonly skippedGenerations: number;
  readonly keptKeys: number;
}

/** A chain of message keys: the next one, and those that were skipped. */
class Ratchet {
  readonly secret: Bytes;
  readonly generation: number;
  readonly kept: readonly MessageKey[];

  constructor(secret: Bytes, generation = 0, kept: readonly MessageKey[] = []) {
    this.secret = secret;
    this.generation = generation;
    this.kept = kept;
  }

  /** Take the next key, for sending. */
  takeNext(suite: Suite): [MessageKey, Ratchet] {
    const { secret, generation, kept } = this;
    if (generation >= LAST_GENERATION)
      throw new UsageError("the epoch has no message keys left; commit");
    const derive = (label: string, length: number) =>
      suite.deriveTreeSecret(secret, label, generation, length);
    const key = derive("key", suite.aead.keyLength);
    const nonce = derive("nonce", NONCE_LENGTH);
    const next = derive("secret", suite.hashLength);
    return [{ generation, key, nonce }, new Ratchet(next, generation + 1, kept)];
  }

  /** Take the key of a generation, for receiving. */
  take(suite: Suite, generation: number, limits: RatchetLimits): [MessageKey, Ratchet] {
    if (generation < this.generation) return this.#takeKept(generation);
    if (generation - this.generation > limits.skippedGenerations)
      throw new TooFarAhead("a message skips more generations than settings allow");
    const kept = [...this.kept];
    let [key, ratchet] = this.takeNext(suite);
    while (key.generation < generation) {
      kept.push(key);
      [key, ratchet] = ratchet.takeNext(suite);
    }
    const start = Math.max(0, kept.length - limits.keptKeys);
    return [key, new Ratchet(ratchet.secret, ratchet.generation, kept.slice(start))];
  }

  #takeKept(generation: number): [MessageKey, Ratchet] {
    const key = this.kept.find((each) => each.generation === generation);
    if (!key) throw new Replayed("the key of a message was used before, or is too old");
    const rest = this.kept.filter((each) => each !== key);
    return [key, new Ratchet(this.secret, this.generation, rest)];
  }

  encode(): Bytes {
    const kept = this.kept.map((each) =>
      concat(uint32(each.generation), opaque(each.key), opaque(each.nonce)),
    );
    return concat(opaque(this.secret), uint32(this.generation), vector(kept));
  }

  static decode(reader: Reader): Ratchet {
    const [secret, generation] = [reader.opaque(), reader.uint32()];
    const key = (inner: Reader): MessageKey => ({
      generation: inner.uint32(),
      key: inner.opaque(),
      nonce: inner.opaque(),
    });
    return new Ratchet(secret, generation, reader.vector(key));
  }
}

type Ratchets = readonly [handshake: Ratchet, application: Ratchet];

interface Pair {
  readonly left: Node;
  readonly right: Node;
}

/** An unopened secret, a pair of nodes, or the ratchets of a leaf. */
type Node = Bytes | Pair | Ratchets;

function isSecret(node: Node): node is Bytes {
  return node instanceof Uint8Array;
}

function isLeaf(node: Node): node is Ratchets {
  return Array.isArray(node);
}

/** All message keys of an epoch that were not used yet. */
export class SecretTree {
  readonly suite: Suite;
  readonly #height: number;
  readonly #root: Node;

  private constructor(suite: Suite, height: number, root: Node) {
    this.suite = suite;
    this.#height = height;
    this.#root = root;
  }

  /** The secret tree of a new epoch. */
  static grow(suite: Suite, leafCount: number, encryptionSecret: Bytes): SecretTree {
    return new SecretTree(suite, bitLength(leafCount) - 1, encryptionSecret);
  }

  /** Take a leaf's next key, for sending; gives it and the tree without it. */
  takeNext(leaf: LeafIndex, kind: RatchetType): [MessageKey, SecretTree] {
    return this.#taken(leaf, kind, (ratchet) => ratchet.takeNext(this.suite));
  }

  /**
   * Take a leaf's key of a generation; gives it and the tree without it.
   * @throws {Replayed} the key was used, or is too old.
   * @throws {TooFarAhead} the limits forbid to go so far.
   */
  take(
    leaf: LeafIndex,
    kind: RatchetType,
    generation: number,
    limits: RatchetLimits,
  ): [MessageKey, SecretTree] {
    return this.#taken(leaf, kind, (ratchet) =>
      ratchet.take(this.suite, generation, limits),
    );
  }

  #taken(
    leaf: LeafIndex,
    kind: RatchetType,
    take: (ratchet: Ratchet) => [MessageKey, Ratchet],
  ): [MessageKey, SecretTree] {
    const opened: Pair[] = [];
    let node = this.#root;
    for (let level = this.#height - 1; level >= 0; level--) {
      const pair = this.#pair(node);
      opened.push(pair);
      node = (leaf >> level) & 1 ? pair.right : pair.left;
    }
    const [handshake, application] = this.#ratchets(node);
    const isHandshake = kind === RatchetType.HANDSHAKE;
    const [key, ratchet] = take(isHandshake ? handshake : application);
    node = isHandshake ? [ratchet, application] : [handshake, ratchet];
    for (const [level, { left, right }] of opened.reverse().entries())
      node = (leaf >> level) & 1 ? { left, right: node } : { left: node, right };
    return [key, new SecretTree(this.suite, this.#height, node)];
  }

  #expand(secret: Bytes, label: string, context: Bytes): Bytes {
    return this.suite.expandWithLabel(secret, label, context, this.suite.hashLength);
  }

  #pair(node: Node): Pair {
    if (isLeaf(node)) throw new MalformedMessage("a stored secret tree is too low");
    if (!isSecret(node)) return node;
    const half = (side: string) => this.#expand(node, "tree", utf8(side));
    return { left: half("left"), right: half("right") };
  }

  #ratchets(node: Node): Ratchets {
    if (isLeaf(node)) return node;
    if (!isSecret(node)) throw new MalformedMessage("a stored secret tree is too high");
    const start = (label: string) => new Ratchet(this.#expand(node, label, NOTHING));
    return [start("handshake"), start("application")];
  }

  /** Encode for storage. */
  encode(): Bytes {
    const parts = [uint16(this.suite.id), uint8(this.#height)];
    listNode(this.#root, parts);
    return join(parts);
  }

  /** Read what `encode` wrote. */
  static readonly decode = (reader: Reader): SecretTree => {
    const [suite, height] = [Suite.fromId(reader.uint16()), reader.uint8()];
    if (height > HIGHEST_LEVEL)
      throw new MalformedMessage("a stored secret tree is too high");
    return new SecretTree(suite, height, decodeNode(reader, height));
  };
}

function listNode(node: Node, parts: Bytes[]): void {
  if (isSecret(node)) parts.push(uint8(1), opaque(node));
  else if (isLeaf(node))
    parts.push(uint8(3), ...node.map((ratchet) => ratchet.encode()));
  else {
    parts.push(uint8(2));
    listNode(node.left, parts);
    listNode(node.right, parts);
  }
}

function decodeNode(reader: Reader, level: number): Node {
  const kind = reader.uint8();
  if (kind === 1) return reader.opaque();
  if (kind === 2 && level > 0) {
    const left = decodeNode(reader, level - 1);
    return { left, right: decodeNode(reader, level - 1) };
  }
  if (kind === 3 && level === 0)
    return [Ratchet.decode(reader), Ratchet.decode(reader)];
  throw new MalformedMessage("a stored secret tree has a node of no known kind");
}
