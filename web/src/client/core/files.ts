/**
 * Files as encrypted blobs: cut into chunks that are sealed one by one
 * (spec/conversations.md §8). The construction is STREAM (Hoang, Reyhanitabar, Rogaway,
 * Vizár 2015) with AES-256-GCM: the nonce of a chunk is a 7-byte prefix, its number, and
 * whether it is the last. Order, length and end are authentic, and any chunk can be
 * fetched and opened again after an interruption.
 */

import { type Bytes, concat } from "../../bytes.ts";
import { Forged, LocalError, Malformed } from "../../errors.ts";
import { decrypt, encrypt, type Entropy } from "./gcm.ts";
import { isZero, paddedSize } from "./padding.ts";

export const CHUNK = 32_768;
export const TAG = 16;
export const SEALED_CHUNK = CHUNK + TAG;
export const PREFIX = 7;
/** Private-use number in the IANA registry of AEADs, for the construction above. */
export const ALGORITHM = 0x8001;
/** Bytes of one file: 64 TiB, so that no number of a chunk comes twice. */
export const LARGEST = 2 ** 46;
const LAST_NUMBER = 2 ** 32 - 1;

/** A key for one file and the prefix of its nonces; never used for another. */
export interface FileKey {
  readonly key: Bytes;
  readonly prefix: Bytes;
}

/** Make a key. */
export function newFileKey(entropy: Entropy): FileKey {
  return { key: entropy(32), prefix: entropy(PREFIX) };
}

/** How large the blob of a file of `size` bytes is, padding included. */
export function sealedSize(size: number): number {
  return paddedSize(size) + TAG * chunkCount(size);
}

/** How many chunks a file of `size` bytes has, padding included. */
export function chunkCount(size: number): number {
  return Math.ceil(paddedSize(size) / CHUNK);
}

/**
 * Seal chunk `number` of a file of `size` bytes. `data` is what of the file lies in it:
 * less than a chunk at the end, nothing beyond; throws `LocalError` if it has another length.
 */
export function sealChunk(
  file: FileKey,
  size: number,
  number: number,
  data: Uint8Array,
): Bytes {
  const count = chunkCount(size);
  if (count > LAST_NUMBER) throw new LocalError("The file is too large.");
  if (data.length !== lengthAt(size, number))
    throw new LocalError("The file changed while it was read.");
  const whole = number === count - 1 ? paddedSize(size) - number * CHUNK : CHUNK;
  const plain = new Uint8Array(whole);
  plain.set(data);
  return encrypt(file.key, nonce(file, number, number === count - 1), plain);
}

/** Seal a whole file that is in memory. */
export function sealFile(file: FileKey, data: Uint8Array): Bytes {
  const size = data.length;
  const chunks = Array.from({ length: chunkCount(size) }, (_, number) =>
    sealChunk(file, size, number, data.subarray(number * CHUNK, (number + 1) * CHUNK)),
  );
  return concat(...chunks);
}

/**
 * Decrypt chunk `number` of a file of `size` bytes and drop its padding; throws `Forged`
 * for what is not that chunk, `Malformed` for what hides in the padding.
 */
export function unsealChunk(
  file: FileKey,
  size: number,
  number: number,
  sealed: Uint8Array,
): Bytes {
  const isLast = number === chunkCount(size) - 1;
  const plain = decrypt(file.key, nonce(file, number, isLast), sealed);
  if (plain === null) throw new Forged("A piece of a file is not what was sent.");
  const length = Math.min(plain.length, lengthAt(size, number));
  if (!isZero(plain.subarray(length)))
    throw new Malformed("The padding of a file is malformed.");
  return plain.slice(0, length);
}

/** Decrypt a whole file that is in memory; throws as `unsealChunk`, also for a wrong length. */
export function unsealFile(file: FileKey, size: number, sealed: Uint8Array): Bytes {
  if (sealed.length !== sealedSize(size))
    throw new Malformed("A file has another length than was said.");
  const chunks = Array.from({ length: chunkCount(size) }, (_, number) => {
    const at = number * SEALED_CHUNK;
    return unsealChunk(file, size, number, sealed.subarray(at, at + SEALED_CHUNK));
  });
  return concat(...chunks);
}

/** How many bytes of a file of `size` bytes lie in chunk `number`. */
function lengthAt(size: number, number: number): number {
  return Math.max(0, Math.min(CHUNK, size - number * CHUNK));
}

function nonce(file: FileKey, number: number, isLast: boolean): Bytes {
  const bytes = new Uint8Array(12);
  bytes.set(file.prefix);
  new DataView(bytes.buffer).setUint32(PREFIX, number);
  bytes[11] = isLast ? 1 : 0;
  return bytes;
}
