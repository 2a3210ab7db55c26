/**
 * Blobs up and down a line: small ones whole, files piece by piece (spec/wire.md §6,
 * spec/conversations.md §8). Several pieces are on the way at once; after an interruption
 * it goes on where the relay is.
 */

import { type Bytes, concat } from "../../bytes.ts";
import type { Line } from "../../carriers/line.ts";
import { Forged, Malformed, Refused } from "../../errors.ts";
import { MAX_CHUNK, Refusal } from "../../wire/tables.ts";
import type { BlobRef } from "../core/envelope.ts";
import {
  chunkCount,
  PREFIX,
  SEALED_CHUNK,
  sealedSize,
  unsealChunk,
} from "../core/files.ts";
import { sha256 } from "../core/gcm.ts";

/** A commit or Welcome of 1,000 members is far below; more is an attack on memory. */
const LARGEST_SMALL = 16 << 20;
const NEVER_DELETED = sha256(new Uint8Array(0));

/** Put a blob on a relay, paid for by the stream of a handle. */
export async function putSmall(
  line: Line,
  handle: number,
  ref: BlobRef,
  sealed: Bytes,
): Promise<void> {
  let held = await createBlob(line, ref.blob, sealed.length, handle);
  while (held < sealed.length)
    held = await putPieces(line, ref.blob, held, sealed.subarray(held));
}

/**
 * Fetch what did not fit an envelope. Throws `Malformed` if it is larger than that can
 * be, `Forged` if it is not what was put there, `Refused` if the relay does not have it.
 */
export async function fetchSmall(line: Line, ref: BlobRef): Promise<Bytes> {
  if (ref.size > LARGEST_SMALL)
    throw new Malformed("A message names a blob that is too large.");
  const key = { key: ref.key, prefix: new Uint8Array(PREFIX) };
  const count = chunkCount(ref.size);
  const pieces: Bytes[] = [];
  for (let first = 0; first < count; first += 16) {
    const sealed = await fetchChunks(line, ref, first, Math.min(16, count - first));
    for (const [at, one] of sealed.entries())
      pieces.push(unsealChunk(key, ref.size, first + at, one));
  }
  return concat(...pieces);
}

/** Fetch `count` sealed chunks of a file from chunk `first` on, at once. */
export function fetchChunks(
  line: Line,
  file: Pick<BlobRef, "blob" | "size">,
  first: number,
  count: number,
): Promise<readonly Bytes[]> {
  const numbers = Array.from({ length: count }, (_, at) => first + at);
  return Promise.all(numbers.map((number) => fetchChunk(line, file, number)));
}

async function fetchChunk(
  line: Line,
  { blob, size }: Pick<BlobRef, "blob" | "size">,
  number: number,
): Promise<Bytes> {
  const begin = number * SEALED_CHUNK;
  const length = Math.min(SEALED_CHUNK, sealedSize(size) - begin);
  const parts: Bytes[] = [];
  let have = 0;
  while (have < length) {
    const where = { offset: begin + have, length: length - have };
    const { data } = await line.ask({ type: "BlobGet", blob, ...where });
    if (data.length === 0 || data.length > where.length)
      throw new Forged("A file on the relay is shorter than was said.");
    parts.push(data);
    have += data.length;
  }
  return concat(...parts);
}

/** Announce a blob; return how much of it the relay has. */
export async function createBlob(
  line: Line,
  blob: Bytes,
  size: number,
  handle: number,
): Promise<number> {
  const asked = { blob, size, deleteHash: NEVER_DELETED, handle };
  return (await line.ask({ type: "BlobCreate", ...asked })).held;
}

/** Add bytes where the relay's end; return how much it has then. */
export async function putPieces(
  line: Line,
  blob: Bytes,
  held: number,
  bytes: Bytes,
): Promise<number> {
  const asked: Promise<unknown>[] = [];
  for (let at = 0; at < bytes.length; at += MAX_CHUNK) {
    const data = bytes.slice(at, at + MAX_CHUNK);
    asked.push(line.ask({ type: "BlobPut", blob, offset: held + at, data }));
  }
  for (const answer of await Promise.allSettled(asked)) {
    if (answer.status === "fulfilled") continue;
    const { reason } = answer as { readonly reason: unknown };
    if (reason instanceof Refused && reason.code === Refusal.WRONG_OFFSET)
      return (await line.ask({ type: "BlobStat", blob })).held;
    throw reason;
  }
  return held + bytes.length;
}
