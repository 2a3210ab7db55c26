/** The key schedule: from one epoch's secrets to the next's (RFC 9420 §8). */
import { concat, utf8, type Bytes } from "../bytes.ts";
import { opaque, uint16, uint64, type Reader } from "./codec.ts";
import { UnsupportedVersion } from "./errors.ts";
import {
  decodeExtensions,
  encodeExtensions,
  MLS_10,
  type Extensions,
} from "./extensions.ts";
import type { AuthenticatedContent } from "./framing.ts";
import { Suite, type PrivateKey } from "./suites.ts";

interface ContextFields {
  readonly suite: Suite;
  readonly groupId: Bytes;
  readonly epoch: number;
  readonly treeHash: Bytes;
  readonly confirmedTranscriptHash: Bytes;
  readonly extensions: Extensions;
}

/** What all members of an epoch agree on (§8.1). */
export class GroupContext implements ContextFields {
  declare readonly suite: Suite;
  declare readonly groupId: Bytes;
  declare readonly epoch: number;
  declare readonly treeHash: Bytes;
  declare readonly confirmedTranscriptHash: Bytes;
  declare readonly extensions: Extensions;
  readonly #encoded: Bytes;

  constructor(fields: ContextFields) {
    Object.assign(this, fields);
    this.#encoded = concat(
      uint16(MLS_10),
      uint16(this.suite.id),
      opaque(this.groupId),
      uint64(this.epoch),
      opaque(this.treeHash),
      opaque(this.confirmedTranscriptHash),
      encodeExtensions(this.extensions),
    );
  }

  /** The same with some changes. */
  with(changes: Partial<ContextFields>): GroupContext {
    return new GroupContext(Object.assign({}, this, changes));
  }

  /** Encode as GroupContext. */
  encode(): Bytes {
    return this.#encoded;
  }

  /**
   * Read a GroupContext.
   * @throws {UnsupportedVersion} the group is not of MLS 1.0.
   * @throws {UnknownSuite} this package does not implement its suite.
   */
  static readonly decode = (reader: Reader): GroupContext => {
    if (reader.uint16() !== MLS_10)
      throw new UnsupportedVersion("a group is not of MLS 1.0");
    return new GroupContext({
      suite: Suite.fromId(reader.uint16()),
      groupId: reader.opaque(),
      epoch: reader.uint64(),
      treeHash: reader.opaque(),
      confirmedTranscriptHash: reader.opaque(),
      extensions: decodeExtensions(reader),
    });
  };
}

/** The transcript up to and including a commit, its tag left out (§8.2). */
export function confirmedTranscriptHash(
  suite: Suite,
  interim: Bytes,
  commit: AuthenticatedContent,
): Bytes {
  return suite.hash(
    concat(
      interim,
      uint16(commit.wireFormat),
      commit.framed.encode(),
      opaque(commit.authentication.signature),
    ),
  );
}

/** The transcript up to and including a commit's confirmation tag (§8.2). */
export function interimTranscriptHash(
  suite: Suite,
  confirmed: Bytes,
  tag: Bytes,
): Bytes {
  return suite.hash(concat(confirmed, opaque(tag)));
}

/** The label of each secret an epoch's members keep, in the order they are stored. */
const LABELS = {
  senderData: "sender data",
  exporter: "exporter",
  external: "external",
  confirmationKey: "confirm",
  membershipKey: "membership",
  resumptionPsk: "resumption",
  epochAuthenticator: "authentication",
  init: "init",
};

/**
 * What an epoch's members keep of its secret (§8).
 *
 * The encryption secret is not here: it lives in `secret-tree.ts`, and leaves piece by
 * piece as keys are used.
 */
export class EpochSecrets {
  declare readonly senderData: Bytes;
  declare readonly exporter: Bytes;
  declare readonly external: Bytes;
  declare readonly confirmationKey: Bytes;
  declare readonly membershipKey: Bytes;
  declare readonly resumptionPsk: Bytes;
  declare readonly epochAuthenticator: Bytes;
  declare readonly init: Bytes;

  /** Secrets, each as `secret` gives it for its label. */
  constructor(secret: (label: string) => Bytes) {
    for (const [name, label] of Object.entries(LABELS))
      Object.assign(this, { [name]: secret(label) });
  }

  /** MLS-Exporter (§8.5). */
  export(suite: Suite, label: string, context: Uint8Array, length: number): Bytes {
    const secret = suite.deriveSecret(this.exporter, label);
    return suite.expandWithLabel(secret, "exported", suite.hash(context), length);
  }

  /** The key that external commits are encrypted to (§8.3). */
  externalKey(suite: Suite): PrivateKey {
    return suite.deriveKey(this.external);
  }

  /** The tag that shows agreement on the transcript (§6.1). */
  confirmationTag(suite: Suite, confirmed: Bytes): Bytes {
    return suite.mac(this.confirmationKey, confirmed);
  }

  /** Encode for storage. */
  encode(): Bytes {
    const secrets = Object.keys(LABELS) as (keyof typeof LABELS)[];
    return concat(...secrets.map((name) => opaque(this[name])));
  }

  /** Read what `encode` wrote. */
  static readonly decode = (reader: Reader): EpochSecrets => {
    return new EpochSecrets(() => reader.opaque());
  };
}

/** What a welcome gives to those who join. */
export function joinerSecret(
  suite: Suite,
  init: Bytes,
  commitSecret: Bytes,
  context: GroupContext,
): Bytes {
  const secret = suite.extract(init, commitSecret);
  return suite.expandWithLabel(secret, "joiner", context.encode(), suite.hashLength);
}

/** What a welcome's group info is encrypted with. */
export function welcomeSecret(suite: Suite, joiner: Bytes, psk: Bytes): Bytes {
  return suite.deriveSecret(suite.extract(joiner, psk), "welcome");
}

/** The secret all others of the epoch come from. */
export function epochSecret(
  suite: Suite,
  joiner: Bytes,
  psk: Bytes,
  context: GroupContext,
): Bytes {
  const secret = suite.extract(joiner, psk);
  return suite.expandWithLabel(secret, "epoch", context.encode(), suite.hashLength);
}

/** The secrets of an epoch, and its encryption secret. */
export function deriveEpoch(
  suite: Suite,
  secret: Uint8Array,
): [secrets: EpochSecrets, encryption: Bytes] {
  const derive = (label: string) => suite.deriveSecret(secret, label);
  return [new EpochSecrets(derive), derive("encryption")];
}

/** What the init secret of an external commit is exported under (§8.3). */
export const EXTERNAL_INIT = utf8("MLS 1.0 external init secret");
