/**
 * What the platform's WebCrypto can do, asked once; where it cannot, `@noble/curves`
 * takes its place. A page that did not come over HTTPS has no WebCrypto at all.
 */
import { fromHex } from "../bytes.ts";

/** The algorithms that not every platform has. */
export type Algorithm = "Ed25519" | "X25519";

const platform = (globalThis as { crypto?: Partial<Crypto> }).crypto?.subtle;

/** What precedes a seed in PKCS #8 (RFC 8410 §7). */
export const PKCS8 = {
  Ed25519: fromHex("302e020100300506032b657004220420"),
  X25519: fromHex("302e020100300506032b656e04220420"),
};

const PROBES = {
  // The base points: valid public keys of either curve.
  Ed25519: [fromHex("58" + "66".repeat(31)), ["verify"]],
  X25519: [fromHex("09" + "00".repeat(31)), []],
} as const;

async function probe(name: Algorithm): Promise<SubtleCrypto | undefined> {
  const [key, usages] = PROBES[name];
  try {
    await platform?.importKey("raw", key, name, true, usages);
    return platform;
  } catch {
    return undefined;
  }
}

const asked = new Map<Algorithm, Promise<SubtleCrypto | undefined>>();

/** The platform's WebCrypto, if it has an algorithm. */
export function native(name: Algorithm): Promise<SubtleCrypto | undefined> {
  let answer = asked.get(name);
  if (!answer) asked.set(name, (answer = probe(name)));
  return answer;
}
