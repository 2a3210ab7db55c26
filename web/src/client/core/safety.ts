/** Safety numbers: what two people compare to know that nobody is between them. */

import { sha512 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal, utf8 } from "../../bytes.ts";
import { LocalError } from "../../errors.ts";

const LABEL = utf8("Linnet safety number 1\0");
/** So that finding another key with the same 30 digits stays out of reach. */
const ITERATIONS = 5200;

/** The 60 digits of two accounts; their order does not matter (spec/identity.md §6). */
export function safetyNumber(one: Bytes, other: Bytes): string {
  if (equal(one, other))
    throw new LocalError("An account has no safety number with itself.");
  return [half(one), half(other)].sort().join("");
}

function half(key: Bytes): string {
  let digest: Uint8Array = concat(LABEL, key);
  for (let step = 0; step < ITERATIONS; step++) digest = sha512(concat(digest, key));
  let digits = "";
  for (let at = 0; at < 30; at += 5) {
    const part = digest.slice(at, at + 5).reduce((sum, byte) => sum * 256 + byte, 0);
    digits += String(part % 100_000).padStart(5, "0");
  }
  return digits;
}
