/** AES-256-GCM, SHA-256 and HKDF as everything in here uses them; synchronous. */

import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 as hash } from "@noble/hashes/sha2.js";

import type { Bytes } from "../../bytes.ts";

/** As many random bytes as asked for; an argument everywhere, so that tests can fix it. */
export type Entropy = (length: number) => Bytes;

const NOTHING: Bytes = new Uint8Array(0);
const TAG = 16;

/** Encrypt; the tag follows the ciphertext. */
export function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  aad: Uint8Array = NOTHING,
): Bytes {
  return gcm(key, nonce, aad).encrypt(plain);
}

/** Decrypt, or return null when the tag does not hold. */
export function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array = NOTHING,
): Bytes | null {
  if (nonce.length !== 12 || sealed.length < TAG) return null;
  try {
    return gcm(key, nonce, aad).decrypt(sealed);
  } catch {
    return null;
  }
}

/** SHA-256. */
export function sha256(data: Uint8Array): Bytes {
  return hash(data);
}

/** HKDF-SHA256 (RFC 5869). */
export function derive(
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Bytes {
  return hkdf(hash, secret, salt, info, length);
}
