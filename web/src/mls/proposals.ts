/** Proposals: the changes a group can make to itself (RFC 9420 §12.1). */
import { concat, type Bytes } from "../bytes.ts";
import { opaque, uint16, uint32, type Reader } from "./codec.ts";
import { MalformedMessage } from "./errors.ts";
import { decodeExtensions, encodeExtensions, type Extensions } from "./extensions.ts";
import { KeyPackage } from "./key-packages.ts";
import { LeafNode } from "./leaf-nodes.ts";
import { PskId, type PskName } from "./psks.ts";
import type { LeafIndex } from "./tree-math.ts";

/** Let a client in (§12.1.1). */
export class Add {
  static readonly type = 1;
  readonly type: number = Add.type;
  readonly keyPackage: KeyPackage;

  constructor(keyPackage: KeyPackage) {
    this.keyPackage = keyPackage;
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    return this.keyPackage.encode();
  }
}

/** Replace the sender's own leaf (§12.1.2). */
export class Update {
  static readonly type = 2;
  readonly type: number = Update.type;
  readonly leaf: LeafNode;

  constructor(leaf: LeafNode) {
    this.leaf = leaf;
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    return this.leaf.encode();
  }
}

/** Put a member out (§12.1.3). */
export class Remove {
  static readonly type = 3;
  readonly type: number = Remove.type;
  readonly leaf: LeafIndex;

  constructor(leaf: LeafIndex) {
    this.leaf = leaf;
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    return uint32(this.leaf);
  }
}

/** Mix a pre-shared key into the next epoch (§12.1.4). */
export class PreSharedKey {
  static readonly type = 4;
  readonly type: number = PreSharedKey.type;
  /** The name of the key; its nonce is filled in when the proposal is sent. */
  readonly psk: PskId;

  constructor(psk: PskId) {
    this.psk = psk;
  }

  /** Propose a key by its name. */
  static of(name: PskName): PreSharedKey {
    return new PreSharedKey(new PskId(name, new Uint8Array()));
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    return this.psk.encode();
  }
}

/** End this group, to go on in another with other parameters (§12.1.5). */
export class ReInit {
  static readonly type = 5;
  readonly type: number = ReInit.type;
  readonly groupId: Bytes;
  readonly suiteId: number;
  readonly extensions: Extensions;
  readonly version: number;

  constructor(
    groupId: Bytes,
    suiteId: number,
    extensions: Extensions = [],
    version = 1,
  ) {
    this.groupId = groupId;
    this.suiteId = suiteId;
    this.extensions = extensions;
    this.version = version;
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    const numbers = [uint16(this.version), uint16(this.suiteId)];
    return concat(opaque(this.groupId), ...numbers, encodeExtensions(this.extensions));
  }
}

/** Come in from outside: the key of the next epoch's init secret (§12.1.6). */
export class ExternalInit {
  static readonly type = 6;
  readonly type: number = ExternalInit.type;
  readonly kemOutput: Bytes;

  constructor(kemOutput: Bytes) {
    this.kemOutput = kemOutput;
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    return opaque(this.kemOutput);
  }
}

/** Replace the group's extensions, all of them (§12.1.7). */
export class GroupContextExtensions {
  static readonly type = 7;
  readonly type: number = GroupContextExtensions.type;
  readonly extensions: Extensions;

  constructor(extensions: Extensions) {
    this.extensions = extensions;
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    return encodeExtensions(this.extensions);
  }
}

/**
 * A proposal the application defines (§13.2); its body travels as `opaque <V>`.
 * All members must list its type in their capabilities. It always requires a path.
 */
export class CustomProposal {
  readonly type: number;
  readonly body: Bytes;

  constructor(type: number, body: Bytes) {
    this.type = type;
    this.body = body;
  }

  /** Encode what follows the type. */
  encodeBody(): Bytes {
    return opaque(this.body);
  }
}

/** Any proposal. */
export type Proposal =
  | Add
  | Update
  | Remove
  | PreSharedKey
  | ReInit
  | ExternalInit
  | GroupContextExtensions
  | CustomProposal;

const NEEDS_NO_PATH: readonly number[] = [Add.type, PreSharedKey.type, ReInit.type];
const FROM_OUTSIDE = [...NEEDS_NO_PATH, Remove.type, GroupContextExtensions.type];

/** Whether a commit that covers this proposal needs a path (§12.4). */
export function requiresPath(proposal: Proposal): boolean {
  return !NEEDS_NO_PATH.includes(proposal.type);
}

/** Whether an external sender may propose this (§12.1.8). */
export function mayComeFromOutside(proposal: Proposal): boolean {
  return FROM_OUTSIDE.includes(proposal.type);
}

/** Encode as Proposal. */
export function encodeProposal(proposal: Proposal): Bytes {
  return concat(uint16(proposal.type), proposal.encodeBody());
}

/** Read a Proposal. */
export function decodeProposal(reader: Reader): Proposal {
  const kind = reader.uint16();
  if (kind === 0) throw new MalformedMessage("a proposal has the reserved type");
  const read = READERS[kind - 1];
  return read ? read(reader) : new CustomProposal(kind, reader.opaque());
}

function readReinit(reader: Reader): ReInit {
  const [groupId, version] = [reader.opaque(), reader.uint16()];
  return new ReInit(groupId, reader.uint16(), decodeExtensions(reader), version);
}

/** By type, from 1. */
const READERS: readonly ((reader: Reader) => Proposal)[] = [
  (reader) => new Add(KeyPackage.decode(reader)),
  (reader) => new Update(LeafNode.decode(reader)),
  (reader) => new Remove(reader.uint32()),
  (reader) => new PreSharedKey(PskId.decode(reader)),
  readReinit,
  (reader) => new ExternalInit(reader.opaque()),
  (reader) => new GroupContextExtensions(decodeExtensions(reader)),
];
