/** Padding to size classes, so that a length says little (spec/conversations.md §3.2). */

import type { Bytes } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";

/** Nothing is smaller than this, so a typed line and a receipt look alike. */
export const FLOOR = 256;

/** The size class of a length: Padmé (Nikitin et al., PETS 2019), at least `FLOOR`. */
export function paddedSize(length: number): number {
  if (length <= FLOOR) return FLOOR;
  // Exact where a logarithm would round: files are longer than 2^31.
  let exponent = 0;
  for (let left = length; left >= 2; left /= 2) exponent++;
  const kept = 32 - Math.clz32(exponent);
  const step = 2 ** (exponent - kept);
  return Math.ceil(length / step) * step;
}

/** Put a length before `body` and zeros behind it, up to a size class. */
export function pad(body: Uint8Array, largest: number): Bytes {
  const size = Math.max(
    Math.min(paddedSize(body.length + 4), largest),
    body.length + 4,
  );
  const padded = new Uint8Array(size);
  new DataView(padded.buffer).setUint32(0, body.length);
  padded.set(body, 4);
  return padded;
}

/** Return what was padded; throws `Malformed` for a wrong length or what hides in it. */
export function unpad(data: Bytes): Bytes {
  const length =
    data.length < 4
      ? Infinity
      : new DataView(data.buffer, data.byteOffset).getUint32(0);
  if (length > data.length - 4 || !isZero(data.subarray(4 + length)))
    throw new Malformed("The padding of something decrypted is malformed.");
  return data.slice(4, 4 + length);
}

/** Whether all bytes are zero. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
