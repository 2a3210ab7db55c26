/** Key packages: how a client is added to groups while it is away (RFC 9420 §10). */
import { concat, equal, type Bytes } from "../bytes.ts";
import { decode, opaque, uint16, type Reader } from "./codec.ts";
import {
  InvalidKey,
  InvalidKeyPackage,
  InvalidLeaf,
  MalformedMessage,
  UnsupportedVersion,
} from "./errors.ts";
import {
  Capabilities,
  decodeExtensions,
  encodeExtensions,
  Extension,
  findExtension,
  LAST_RESORT,
  MLS_10,
  type Extensions,
} from "./extensions.ts";
import { Identity } from "./identities.ts";
import { LeafNode, LeafSource, Lifetime } from "./leaf-nodes.ts";
import { Suite, type Entropy, type PrivateKey } from "./suites.ts";
import { encodeMessage, openMessage, WireFormat } from "./wire-formats.ts";

const NINETY_DAYS = 90 * 24 * 60 * 60;
const NOTHING: Bytes = new Uint8Array();

interface KeyPackageFields {
  readonly version: number;
  readonly suiteId: number;
  readonly initKey: Bytes;
  readonly leaf: LeafNode;
  readonly extensions: Extensions;
}

/** What a client publishes so that others can add it. Parsed, not yet verified. */
export class KeyPackage implements KeyPackageFields {
  declare readonly version: number;
  declare readonly suiteId: number;
  declare readonly initKey: Bytes;
  declare readonly leaf: LeafNode;
  declare readonly extensions: Extensions;
  readonly signature: Bytes;
  readonly #encoded: Bytes;

  constructor(fields: KeyPackageFields, signature: Bytes = NOTHING, encoded?: Bytes) {
    Object.assign(this, fields);
    this.signature = signature;
    this.#encoded = encoded ?? concat(encodeUnsigned(this), opaque(signature));
  }

  /** Parse a published key package; throws `MalformedMessage` if it is none. */
  static fromMessage(message: Uint8Array): KeyPackage {
    return decode(openMessage(message, WireFormat.KEY_PACKAGE), KeyPackage.decode);
  }

  /** The MLSMessage to publish. */
  toMessage(): Bytes {
    return encodeMessage(WireFormat.KEY_PACKAGE, this.#encoded);
  }

  /** Encode as KeyPackage. */
  encode(): Bytes {
    return this.#encoded;
  }

  /** Read a KeyPackage. */
  static readonly decode = (reader: Reader): KeyPackage => {
    const start = reader.position;
    const fields = {
      version: reader.uint16(),
      suiteId: reader.uint16(),
      initKey: reader.opaque(),
      leaf: LeafNode.decode(reader),
      extensions: decodeExtensions(reader),
    };
    return new KeyPackage(fields, reader.opaque(), reader.since(start));
  };

  /** Its cipher suite; throws `UnknownSuite` if this package lacks it. */
  get suite(): Suite {
    return Suite.fromId(this.suiteId);
  }

  /** KeyPackageRef (§5.2): what a welcome calls it by. */
  get reference(): Bytes {
    return this.suite.reference("KeyPackage Reference", this.#encoded);
  }

  /** Whether it may be used more than once, when no other is left. */
  get isLastResort(): boolean {
    return findExtension(this.extensions, LAST_RESORT) !== undefined;
  }

  /** This key package, signed. */
  async signed(identity: Identity): Promise<KeyPackage> {
    const signature = await identity.sign("KeyPackageTBS", encodeUnsigned(this));
    return new KeyPackage(this, signature);
  }

  /**
   * Check every rule of §10.1 that needs no group; without `now`, lifetimes are not.
   * @throws {InvalidMessage} a rule is broken; the kind says which.
   */
  async verify({
    now,
  }: { now?: number | undefined } = {}): Promise<VerifiedKeyPackage> {
    const { suite, leaf } = this;
    if (this.version !== MLS_10)
      throw new UnsupportedVersion("a key package is not of MLS 1.0");
    if (leaf.source !== LeafSource.KEY_PACKAGE)
      throw new InvalidLeaf("the leaf of a key package has another source");
    if (equal(this.initKey, leaf.encryptionKey))
      throw new InvalidKeyPackage("a key package uses one key twice");
    leaf.check(suite, now);
    const unsigned = this.#encoded.subarray(0, -opaque(this.signature).length);
    await Promise.all([
      leaf.verifySignature(suite),
      suite.verify(leaf.signatureKey, "KeyPackageTBS", unsigned, this.signature),
    ]);
    try {
      suite.checkPublic(this.initKey);
      suite.checkPublic(leaf.encryptionKey);
    } catch (error) {
      if (!(error instanceof InvalidKey)) throw error;
      throw new InvalidKeyPackage("a key package holds a key that is none");
    }
    return { package: this };
  }
}

function encodeUnsigned(fields: KeyPackageFields): Bytes {
  return concat(
    uint16(fields.version),
    uint16(fields.suiteId),
    opaque(fields.initKey),
    fields.leaf.encode(),
    encodeExtensions(fields.extensions),
  );
}

/** A key package that keeps the rules of §10.1; `KeyPackage.verify` makes it. */
export interface VerifiedKeyPackage {
  readonly package: KeyPackage;
}

/** How a key package is made. */
export interface KeyPackageOptions {
  /** How long others may use it; ninety days unless said otherwise. */
  readonly lifetimeSeconds?: number;
  /** Whether it may be used more than once. */
  readonly lastResort?: boolean;
  /** Extensions of the key package. */
  readonly extensions?: Extensions;
  /** Extensions of the leaf. */
  readonly leafExtensions?: Extensions;
  /** What the client supports; what this package supports unless said otherwise. */
  readonly capabilities?: Capabilities;
  /** Whether to list reserved values, to keep others tolerant (§13.5); yes by default. */
  readonly grease?: boolean;
}

/** A key package of our own, with its private keys. */
export class OwnKeyPackage {
  readonly public: KeyPackage;
  readonly identity: Identity;
  readonly initPrivate: PrivateKey;
  readonly leafPrivate: PrivateKey;

  constructor(
    keyPackage: KeyPackage,
    identity: Identity,
    initPrivate: PrivateKey,
    leafPrivate: PrivateKey,
  ) {
    this.public = keyPackage;
    this.identity = identity;
    this.initPrivate = initPrivate;
    this.leafPrivate = leafPrivate;
  }

  /** Make a fresh key package (§10). */
  static async generate(
    identity: Identity,
    {
      now,
      entropy,
      options = {},
    }: { now: number; entropy: Entropy; options?: KeyPackageOptions },
  ): Promise<OwnKeyPackage> {
    const { suite } = identity;
    const init = suite.generateKey(entropy);
    const leaf = suite.generateKey(entropy);
    const [initKey, leafKey] = await Promise.all([init.public(), leaf.public()]);
    const unsigned = leafOf(identity, leafKey, now, entropy, options);
    const lastResort = options.lastResort ? [new Extension(LAST_RESORT, NOTHING)] : [];
    const keyPackage = new KeyPackage({
      version: MLS_10,
      suiteId: suite.id,
      initKey,
      leaf: await unsigned.signed(identity),
      extensions: [...(options.extensions ?? []), ...lastResort],
    });
    return new OwnKeyPackage(await keyPackage.signed(identity), identity, init, leaf);
  }

  /** The MLSMessage to publish. */
  get message(): Bytes {
    return this.public.toMessage();
  }

  /** KeyPackageRef: what a welcome calls it by. */
  get reference(): Bytes {
    return this.public.reference;
  }

  /** Everything, the private keys included, for storage. */
  toBytes(): Bytes {
    const { public: keyPackage, identity, initPrivate, leafPrivate } = this;
    const parts = [keyPackage.encode(), identity.toBytes()];
    return concat(...[...parts, initPrivate.raw, leafPrivate.raw].map(opaque));
  }

  /** The inverse of `toBytes`; throws `MalformedMessage` for anything else. */
  static async fromBytes(stored: Uint8Array): Promise<OwnKeyPackage> {
    const [keyPackage, identity, init, leaf] = decode(stored, (reader) => [
      decode(reader.opaque(), KeyPackage.decode),
      decode(reader.opaque(), Identity.read),
      reader.opaque(),
      reader.opaque(),
    ]);
    const loaded = await identity();
    const { suite } = loaded;
    if (keyPackage.suiteId !== suite.id)
      throw new MalformedMessage("a stored key package mixes suites");
    const [initPrivate, leafPrivate] = [suite.privateKey(init), suite.privateKey(leaf)];
    return new OwnKeyPackage(keyPackage, loaded, initPrivate, leafPrivate);
  }
}

function leafOf(
  identity: Identity,
  encryptionKey: Bytes,
  now: number,
  entropy: Entropy,
  options: KeyPackageOptions,
): LeafNode {
  const { grease = true, lifetimeSeconds = NINETY_DAYS } = options;
  let capabilities = options.capabilities ?? Capabilities.of();
  if (grease) capabilities = capabilities.withGrease(entropy);
  const reserved = grease ? capabilities.greaseExtension : undefined;
  return new LeafNode({
    encryptionKey,
    signatureKey: identity.signatureKey,
    credential: identity.credential,
    capabilities,
    source: LeafSource.KEY_PACKAGE,
    lifetime: Lifetime.starting(now, lifetimeSeconds),
    parentHash: NOTHING,
    extensions: [...(options.leafExtensions ?? []), ...(reserved ? [reserved] : [])],
  });
}
