/** A key out of a passphrase or another secret (spec/identity.md §7). */

import { argon2idAsync } from "@noble/hashes/argon2.js";

/** What it costs whoever guesses. */
export interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Uint8Array;
}

/** Argon2id (RFC 9106): 32 bytes. */
export function stretch(cost: Cost, secret: Uint8Array): Promise<Uint8Array> {
  const { memoryKib: m, passes: t, lanes: p, salt } = cost;
  return argon2idAsync(secret, salt, { m, t, p, dkLen: 32 });
}
