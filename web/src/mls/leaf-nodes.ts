/**
 * Leaf nodes: what a member shows the others of itself (RFC 9420 §7.2, §7.3).
 *
 * The rules that one leaf must keep on its own are here; those it must keep among the
 * other leaves of a tree are in `tree-rules.ts`.
 */
import { concat, type Bytes } from "../bytes.ts";
import { opaque, uint32, uint64, uint8, type Reader } from "./codec.ts";
import { decodeCredential, type Credential } from "./credentials.ts";
import { InvalidLeaf, MalformedMessage } from "./errors.ts";
import {
  Capabilities,
  decodeExtensions,
  encodeExtensions,
  MLS_10,
  supportOf,
  type Extensions,
  type Support,
} from "./extensions.ts";
import type { Identity } from "./identities.ts";
import type { Suite } from "./suites.ts";
import type { LeafIndex } from "./tree-math.ts";

const DAY = 24 * 60 * 60;
const NOTHING: Bytes = new Uint8Array();

/** How a leaf came into the tree. */
export const LeafSource = { KEY_PACKAGE: 1, UPDATE: 2, COMMIT: 3 } as const;
/** How a leaf came into the tree. */
export type LeafSource = (typeof LeafSource)[keyof typeof LeafSource];

/** When a key package may be used, in seconds since 1970. */
export class Lifetime {
  readonly notBefore: number;
  readonly notAfter: number;

  constructor(notBefore: number, notAfter: number) {
    this.notBefore = notBefore;
    this.notAfter = notAfter;
  }

  /** A lifetime from a day ago, so that clocks may differ, for some seconds. */
  static starting(now: number, seconds: number): Lifetime {
    return new Lifetime(Math.max(0, now - DAY), now + seconds);
  }

  /** Whether a moment lies inside. */
  includes(now: number): boolean {
    return this.notBefore <= now && now <= this.notAfter;
  }
}

/** Everything of a leaf but its signature. */
export interface LeafFields {
  readonly encryptionKey: Bytes;
  readonly signatureKey: Bytes;
  readonly credential: Credential;
  readonly capabilities: Capabilities;
  readonly source: LeafSource;
  readonly lifetime: Lifetime | undefined;
  readonly parentHash: Bytes;
  readonly extensions: Extensions;
}

/** Where in a group a leaf is; a leaf of a key package is in none yet. */
export interface Place {
  readonly groupId: Bytes;
  readonly leaf: LeafIndex;
}

/** A member's public half: keys, credential, capabilities, extensions. */
export class LeafNode implements LeafFields {
  declare readonly encryptionKey: Bytes;
  declare readonly signatureKey: Bytes;
  declare readonly credential: Credential;
  declare readonly capabilities: Capabilities;
  declare readonly source: LeafSource;
  declare readonly lifetime: Lifetime | undefined;
  declare readonly parentHash: Bytes;
  declare readonly extensions: Extensions;
  readonly signature: Bytes;
  readonly #encoded: Bytes;

  constructor(fields: LeafFields, signature: Bytes = NOTHING, encoded?: Bytes) {
    Object.assign(this, fields);
    this.signature = signature;
    this.#encoded = encoded ?? concat(encodeUnsigned(this), opaque(signature));
  }

  /** Encode as LeafNode. */
  encode(): Bytes {
    return this.#encoded;
  }

  /** Read a LeafNode. */
  static readonly decode = (reader: Reader): LeafNode => {
    const start = reader.position;
    const fields = {
      encryptionKey: reader.opaque(),
      signatureKey: reader.opaque(),
      credential: decodeCredential(reader),
      capabilities: Capabilities.decode(reader),
      ...decodeSource(reader),
      extensions: decodeExtensions(reader),
    };
    return new LeafNode(fields, reader.opaque(), reader.since(start));
  };

  /** What this leaf supports. */
  get support(): Support {
    return supportOf(this.capabilities, this.credential.type);
  }

  /** The same with some changes; its signature no longer fits. */
  with(changes: Partial<LeafFields>): LeafNode {
    return new LeafNode(Object.assign({}, this, changes));
  }

  /** This leaf, signed; in a group unless it comes from a key package. */
  async signed(identity: Identity, place?: Place): Promise<LeafNode> {
    const content = concat(encodeUnsigned(this), this.#placed(place));
    return new LeafNode(this, await identity.sign("LeafNodeTBS", content));
  }

  /** Make sure that the owner of the signature key made this leaf. */
  verifySignature(suite: Suite, place?: Place): Promise<void> {
    const tail = opaque(this.signature).length;
    const unsigned = this.#encoded.subarray(0, -tail);
    const content = concat(unsigned, this.#placed(place));
    return suite.verify(this.signatureKey, "LeafNodeTBS", content, this.signature);
  }

  /**
   * Check what a leaf must keep on its own (§7.3); without `now`, lifetimes are not.
   * @throws {InvalidLeaf} it does not.
   */
  check(suite: Suite, now?: number): void {
    const listed = this.capabilities;
    if (!listed.versions.includes(MLS_10) || !listed.suites.includes(suite.id))
      throw new InvalidLeaf("a leaf does not support the group's version and suite");
    if (!listed.credentials.includes(this.credential.type))
      throw new InvalidLeaf("a leaf does not support its own credential");
    const unlisted = this.extensions
      .map((extension) => extension.type)
      .filter((type) => !listed.extensions.includes(type));
    if (!this.support.hasExtensions(unlisted))
      throw new InvalidLeaf("a leaf has an extension that it does not support");
    if (now !== undefined && this.lifetime && !this.lifetime.includes(now))
      throw new InvalidLeaf("a leaf is used outside its lifetime");
  }

  #placed(place: Place | undefined): Bytes {
    if (this.source === LeafSource.KEY_PACKAGE || !place) return NOTHING;
    return concat(opaque(place.groupId), uint32(place.leaf));
  }
}

function encodeUnsigned(leaf: LeafFields): Bytes {
  return concat(
    opaque(leaf.encryptionKey),
    opaque(leaf.signatureKey),
    leaf.credential.encode(),
    leaf.capabilities.encode(),
    uint8(leaf.source),
    sourceDetail(leaf),
    encodeExtensions(leaf.extensions),
  );
}

function sourceDetail({ lifetime, source, parentHash }: LeafFields): Bytes {
  if (lifetime) return concat(uint64(lifetime.notBefore), uint64(lifetime.notAfter));
  return source === LeafSource.COMMIT ? opaque(parentHash) : NOTHING;
}

function decodeSource(
  reader: Reader,
): Pick<LeafFields, "source" | "lifetime" | "parentHash"> {
  const source = reader.uint8();
  if (source < 1 || source > 3)
    throw new MalformedMessage("a leaf has no known source");
  return {
    source: source as LeafSource,
    lifetime:
      source === LeafSource.KEY_PACKAGE
        ? new Lifetime(reader.moment(), reader.moment())
        : undefined,
    parentHash: source === LeafSource.COMMIT ? reader.opaque() : NOTHING,
  };
}
