/** Pre-shared keys: their names, and how they enter the key schedule (RFC 9420 §8.4). */
import { concat, type Bytes } from "../bytes.ts";
import { opaque, uint16, uint64, uint8, type Reader } from "./codec.ts";
import { MalformedMessage, UnknownPsk } from "./errors.ts";
import { keyOf } from "./key-sets.ts";
import type { Suite } from "./suites.ts";

/** What the resumption key of another epoch is used for. */
export const ResumptionUsage = { APPLICATION: 1, REINIT: 2, BRANCH: 3 } as const;
/** What the resumption key of another epoch is used for. */
export type ResumptionUsage = (typeof ResumptionUsage)[keyof typeof ResumptionUsage];

/** A key that the application agreed on, under a name of its choosing. */
export class ExternalPsk {
  readonly id: Bytes;

  constructor(id: Bytes) {
    this.id = id;
  }

  /** Encode the part of PreSharedKeyID before the nonce. */
  encode(): Bytes {
    return concat(uint8(1), opaque(this.id));
  }
}

/** The resumption key of an epoch of some group (§8.6). */
export class ResumptionPsk {
  readonly usage: ResumptionUsage;
  readonly groupId: Bytes;
  readonly epoch: number;

  constructor(usage: ResumptionUsage, groupId: Bytes, epoch: number) {
    this.usage = usage;
    this.groupId = groupId;
    this.epoch = epoch;
  }

  /** Encode the part of PreSharedKeyID before the nonce. */
  encode(): Bytes {
    const { usage, groupId, epoch } = this;
    return concat(uint8(2), uint8(usage), opaque(groupId), uint64(epoch));
  }
}

/** What a pre-shared key is called. */
export type PskName = ExternalPsk | ResumptionPsk;
/** Pre-shared keys by their names; of two with one name the later counts. */
export type Psks = readonly (readonly [PskName, Bytes])[];

/** PreSharedKeyID: the name of a key, and a nonce that makes each use a new key. */
export class PskId {
  readonly name: PskName;
  readonly nonce: Bytes;

  constructor(name: PskName, nonce: Bytes) {
    this.name = name;
    this.nonce = nonce;
  }

  /** Encode as PreSharedKeyID. */
  encode(): Bytes {
    return concat(this.name.encode(), opaque(this.nonce));
  }

  /** Read a PreSharedKeyID. */
  static readonly decode = (reader: Reader): PskId => {
    return new PskId(decodeName(reader), reader.opaque());
  };
}

function decodeName(reader: Reader): PskName {
  const kind = reader.uint8();
  if (kind === 1) return new ExternalPsk(reader.opaque());
  if (kind !== 2) throw new MalformedMessage("a pre-shared key has no known type");
  const usage = reader.uint8();
  if (usage < 1 || usage > 3)
    throw new MalformedMessage("a resumption key has no known usage");
  return new ResumptionPsk(usage as ResumptionUsage, reader.opaque(), reader.uint64());
}

/** The keys of some names; throws `UnknownPsk` if one is missing: none is made up. */
export function lookUp(ids: readonly PskId[], psks: Psks): Bytes[] {
  const known = new Map(psks.map(([name, key]) => [keyOf(name.encode()), key]));
  return ids.map((entry) => {
    const key = known.get(keyOf(entry.name.encode()));
    if (!key) throw new UnknownPsk("a pre-shared key was not given");
    return key;
  });
}

/** Mix pre-shared keys into one secret, in order. */
export function pskSecret(
  suite: Suite,
  ids: readonly PskId[],
  keys: readonly Uint8Array[],
): Bytes {
  let secret = suite.noSecret;
  for (const [index, entry] of ids.entries()) {
    const extracted = suite.extract(suite.noSecret, keys[index] as Uint8Array);
    const label = concat(entry.encode(), uint16(index), uint16(ids.length));
    const size = suite.hashLength;
    secret = suite.extract(
      suite.expandWithLabel(extracted, "derived psk", label, size),
      secret,
    );
  }
  return secret;
}

/** The same name with a nonce, if it has none yet. */
export function withNonce(entry: PskId, nonce: Bytes): PskId {
  return entry.nonce.length ? entry : new PskId(entry.name, nonce);
}
