/**
 * What a relay sees of a conversation: sealed, padded envelopes, and epoch tokens
 * (spec/conversations.md §3). Everything comes from the group's exporter, so it changes
 * with every epoch and ends for whoever is removed.
 */

import { type Bytes, concat, utf8 } from "../../bytes.ts";
import { Forged, LocalError, Malformed } from "../../errors.ts";
import { uint } from "../../wire/fields.ts";
import { MAX_ENVELOPE } from "../../wire/tables.ts";
import { decrypt, encrypt, type Entropy, sha256 } from "./gcm.ts";
import { pad, unpad } from "./padding.ts";

/** A group's exporter (RFC 9420 §8.5). */
export type Export = (label: string, context: Bytes, length: number) => Bytes;

const OVERHEAD = 12 + 16;
/** What is larger travels as a blob that the envelope names. */
export const LARGEST_BODY = MAX_ENVELOPE - OVERHEAD - 5;
const MESSAGE = 1;
const BLOB = 2;
const CONTEXT = utf8("Linnet envelope 1\0");

/** A blob that holds what did not fit: its name, its key and its true length. */
export interface BlobRef {
  readonly blob: Bytes;
  readonly key: Bytes;
  readonly size: number;
}

/** Write a reference. */
export function packBlobRef(ref: BlobRef): Bytes {
  return concat(ref.blob, ref.key, uint(8, ref.size));
}

/** Read a reference; throws `Malformed` if it has another length. */
export function unpackBlobRef(data: Bytes): BlobRef {
  if (data.length !== 72) throw new Malformed("A reference to a blob is malformed.");
  const size = new DataView(data.buffer, data.byteOffset).getBigUint64(64);
  if (size > Number.MAX_SAFE_INTEGER)
    throw new Malformed("A reference to a blob is malformed.");
  return { blob: data.slice(0, 32), key: data.slice(32, 64), size: Number(size) };
}

/** Say whether the body of an envelope is a reference to a blob. */
export function isBlobRef(body: Bytes | BlobRef): body is BlobRef {
  return !(body instanceof Uint8Array);
}

/** What a member holds for one epoch of a conversation's stream. */
export interface EpochKeys {
  readonly epoch: number;
  readonly appendToken: Bytes;
  readonly readToken: Bytes;
  readonly envelopeKey: Bytes;
  readonly whisperKey: Bytes;
}

/** Derive them from a group's exporter. */
export function epochKeys(epoch: number, exporter: Export): EpochKeys {
  const expand = (label: string): Bytes => exporter(label, new Uint8Array(0), 32);
  return {
    epoch,
    appendToken: expand("Linnet append"),
    readToken: expand("Linnet read"),
    envelopeKey: expand("Linnet envelope"),
    whisperKey: expand("Linnet whisper"),
  };
}

/** What the relay stores: hashes of the append and the read token. */
export function epochHashes(keys: EpochKeys): readonly [append: Bytes, read: Bytes] {
  return [sha256(keys.appendToken), sha256(keys.readToken)];
}

/** Write an epoch's keys for the store. */
export function packEpochKeys(keys: EpochKeys): Bytes {
  const { appendToken, readToken, envelopeKey, whisperKey } = keys;
  return concat(uint(8, keys.epoch), appendToken, readToken, envelopeKey, whisperKey);
}

/** Read what `packEpochKeys` wrote. */
export function unpackEpochKeys(data: Bytes): EpochKeys {
  const at = (start: number): Bytes => data.slice(start, start + 32);
  return {
    epoch: Number(new DataView(data.buffer, data.byteOffset).getBigUint64(0)),
    appendToken: at(8),
    readToken: at(40),
    envelopeKey: at(72),
    whisperKey: at(104),
  };
}

/** Where an envelope lies. */
export interface Place {
  readonly stream: Bytes;
  readonly envelope: Bytes;
}

/** Encrypt what an envelope carries: an MLS message, or the blob that holds it. */
export function seal(
  keys: EpochKeys,
  place: Place,
  body: Bytes | BlobRef,
  entropy: Entropy,
): Bytes {
  const inner = isBlobRef(body) ? packBlobRef(body) : body;
  if (inner.length > LARGEST_BODY)
    throw new LocalError("This is too large for an envelope.");
  const kind = Uint8Array.of(isBlobRef(body) ? BLOB : MESSAGE);
  const plain = pad(concat(kind, inner), MAX_ENVELOPE - OVERHEAD);
  const nonce = entropy(12);
  return concat(nonce, encrypt(keys.envelopeKey, nonce, plain, context(keys, place)));
}

/**
 * Decrypt an envelope; throws `Forged` for what no member of this epoch made for this
 * place, `Malformed` for what a member made of nothing known.
 */
export function unseal(
  keys: EpochKeys,
  place: Place,
  data: Uint8Array,
): Bytes | BlobRef {
  if (data.length < OVERHEAD) throw new Malformed("An envelope is too short.");
  const nonce = data.subarray(0, 12);
  const sealed = data.subarray(12);
  const plain = decrypt(keys.envelopeKey, nonce, sealed, context(keys, place));
  if (plain === null) throw new Forged("An envelope was not made by a member.");
  const body = unpad(plain);
  if (body[0] === MESSAGE) return body.slice(1);
  if (body[0] === BLOB) return unpackBlobRef(body.slice(1));
  throw new Malformed("An envelope holds something unknown.");
}

function context(keys: EpochKeys, place: Place): Bytes {
  return concat(CONTEXT, place.stream, uint(8, keys.epoch), place.envelope);
}
