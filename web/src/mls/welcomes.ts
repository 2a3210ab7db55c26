/** Welcomes and group infos: what newcomers are given (RFC 9420 §12.4.3). */
import { concat, type Bytes } from "../bytes.ts";
import {
  decode,
  opaque,
  optional,
  readOpaque,
  uint16,
  uint32,
  vector,
  type Reader,
} from "./codec.ts";
import { decodeSealed, encodeSealed } from "./commits.ts";
import { InvalidGroupInfo, UnknownKeyPackage } from "./errors.ts";
import {
  decodeExtensions,
  encodeExtensions,
  EXTERNAL_PUB,
  Extension,
  findExtension,
  RATCHET_TREE,
  type Extensions,
} from "./extensions.ts";
import { NONCE_LENGTH, type Sealed } from "./hpke.ts";
import type { Identity } from "./identities.ts";
import type { OwnKeyPackage } from "./key-packages.ts";
import { keyOf } from "./key-sets.ts";
import { GroupContext } from "./key-schedule.ts";
import { PskId } from "./psks.ts";
import { Suite, type PrivateKey } from "./suites.ts";
import { RatchetTree } from "./tree.ts";
import type { LeafIndex } from "./tree-math.ts";
import { encodeMessage, openMessage, WireFormat } from "./wire-formats.ts";

const NOTHING: Bytes = new Uint8Array();

interface GroupInfoFields {
  readonly context: GroupContext;
  readonly extensions: Extensions;
  readonly confirmationTag: Bytes;
  readonly signer: LeafIndex;
}

/** An epoch, as a member shows it to those outside. */
export class GroupInfo implements GroupInfoFields {
  declare readonly context: GroupContext;
  declare readonly extensions: Extensions;
  declare readonly confirmationTag: Bytes;
  declare readonly signer: LeafIndex;
  readonly signature: Bytes;

  constructor(fields: GroupInfoFields, signature: Bytes = NOTHING) {
    Object.assign(this, fields);
    this.signature = signature;
  }

  /** Parse a published group info; throws `MalformedMessage` if it is none. */
  static fromMessage(message: Uint8Array): GroupInfo {
    return decode(openMessage(message, WireFormat.GROUP_INFO), GroupInfo.decode);
  }

  /** The MLSMessage to publish. */
  toMessage(): Bytes {
    return encodeMessage(WireFormat.GROUP_INFO, this.encode());
  }

  /** Encode as GroupInfo. */
  encode(): Bytes {
    return concat(this.#unsigned(), opaque(this.signature));
  }

  /** Read a GroupInfo. */
  static readonly decode = (reader: Reader): GroupInfo => {
    const fields = {
      context: GroupContext.decode(reader),
      extensions: decodeExtensions(reader),
      confirmationTag: reader.opaque(),
      signer: reader.uint32(),
    };
    return new GroupInfo(fields, reader.opaque());
  };

  /** This group info, signed. */
  async signed(identity: Identity): Promise<GroupInfo> {
    const signature = await identity.sign("GroupInfoTBS", this.#unsigned());
    return new GroupInfo(this, signature);
  }

  /** Make sure that the owner of a key signed this; throws `InvalidSignature`. */
  verify(signatureKey: Bytes): Promise<void> {
    const { suite } = this.context;
    const unsigned = this.#unsigned();
    return suite.verify(signatureKey, "GroupInfoTBS", unsigned, this.signature);
  }

  /** The key that external commits are encrypted to (§12.4.3.2). */
  get externalKey(): Bytes {
    const data = findExtension(this.extensions, EXTERNAL_PUB);
    if (!data) throw new InvalidGroupInfo("a group info has no external key");
    return decode(data, readOpaque);
  }

  /** The tree, from here or from elsewhere (§12.4.3.3). */
  ratchetTree(outOfBand: Bytes | undefined): RatchetTree {
    const chosen = outOfBand ?? findExtension(this.extensions, RATCHET_TREE);
    if (!chosen) throw new InvalidGroupInfo("the ratchet tree is missing");
    return decode(chosen, RatchetTree.decode);
  }

  #unsigned(): Bytes {
    return concat(
      this.context.encode(),
      encodeExtensions(this.extensions),
      opaque(this.confirmationTag),
      uint32(this.signer),
    );
  }
}

/** The extension that lets people in by external commit (§12.4.3.2). */
export function externalPub(key: Bytes): Extension {
  return new Extension(EXTERNAL_PUB, opaque(key));
}

/** What a welcome tells one newcomer. */
export interface GroupSecrets {
  readonly joinerSecret: Bytes;
  readonly pathSecret: Bytes | undefined;
  readonly psks: readonly PskId[];
}

/** Encode as GroupSecrets. */
export function encodeGroupSecrets(told: GroupSecrets): Bytes {
  return concat(
    opaque(told.joinerSecret),
    optional(told.pathSecret && opaque(told.pathSecret)),
    vector(told.psks.map((psk) => psk.encode())),
  );
}

/** Read GroupSecrets. */
export function decodeGroupSecrets(reader: Reader): GroupSecrets {
  return {
    joinerSecret: reader.opaque(),
    pathSecret: reader.optional(readOpaque),
    psks: reader.vector(PskId.decode),
  };
}

/** Secrets for each newcomer, and a group info for all of them. */
export class Welcome {
  readonly suiteId: number;
  readonly secrets: readonly (readonly [reference: Bytes, sealed: Sealed])[];
  readonly sealedGroupInfo: Bytes;

  constructor(suiteId: number, secrets: Welcome["secrets"], sealedGroupInfo: Bytes) {
    this.suiteId = suiteId;
    this.secrets = secrets;
    this.sealedGroupInfo = sealedGroupInfo;
  }

  /** Parse a welcome; throws `MalformedMessage` if it is none. */
  static fromMessage(message: Uint8Array): Welcome {
    return decode(openMessage(message, WireFormat.WELCOME), Welcome.decode);
  }

  /** The MLSMessage to send. */
  toMessage(): Bytes {
    const secrets = this.secrets.map(([reference, sealed]) =>
      concat(opaque(reference), encodeSealed(sealed)),
    );
    const parts = [uint16(this.suiteId), vector(secrets), opaque(this.sealedGroupInfo)];
    return encodeMessage(WireFormat.WELCOME, concat(...parts));
  }

  /** Read a Welcome. */
  static readonly decode = (reader: Reader): Welcome => {
    const suiteId = reader.uint16();
    const secrets = reader.vector(
      (inner) => [inner.opaque(), decodeSealed(inner)] as const,
    );
    return new Welcome(suiteId, secrets, reader.opaque());
  };

  /** Its cipher suite; throws `UnknownSuite` if this package lacks it. */
  get suite(): Suite {
    return Suite.fromId(this.suiteId);
  }

  /** Which of our key packages this is for, and the secrets sealed to it. */
  entryFor(packages: readonly OwnKeyPackage[]): [OwnKeyPackage, Sealed] {
    const ours = new Map(
      packages
        .filter((each) => each.public.suiteId === this.suiteId)
        .map((each) => [keyOf(each.reference), each]),
    );
    for (const [reference, sealed] of this.secrets) {
      const found = ours.get(keyOf(reference));
      if (found) return [found, sealed];
    }
    throw new UnknownKeyPackage("a welcome is for none of the key packages given");
  }

  /** Open what is sealed to one newcomer; throws if it is sealed to somebody else. */
  async openSecrets(key: PrivateKey, sealed: Sealed): Promise<GroupSecrets> {
    const context = this.sealedGroupInfo;
    const opened = await this.suite.decrypt(key, "Welcome", context, sealed);
    return decode(opened, decodeGroupSecrets);
  }

  /** Open the group info; throws if the secret is another, as for want of a PSK. */
  async openGroupInfo(welcomeSecret: Bytes): Promise<GroupInfo> {
    const { suite } = this;
    const [key, nonce] = keyAndNonce(suite, welcomeSecret);
    const opened = await suite.aead.open(key, nonce, this.sealedGroupInfo, NOTHING);
    return decode(opened, GroupInfo.decode);
  }
}

/** Encrypt a group info for all newcomers. */
export function sealGroupInfo(
  suite: Suite,
  welcomeSecret: Bytes,
  info: GroupInfo,
): Promise<Bytes> {
  const [key, nonce] = keyAndNonce(suite, welcomeSecret);
  return suite.aead.seal(key, nonce, info.encode(), NOTHING);
}

function keyAndNonce(suite: Suite, secret: Bytes): [key: Bytes, nonce: Bytes] {
  return [
    suite.expandWithLabel(secret, "key", NOTHING, suite.aead.keyLength),
    suite.expandWithLabel(secret, "nonce", NOTHING, NONCE_LENGTH),
  ];
}
