/**
 * What the platform's WebCrypto can do, asked once; where it cannot, `@noble/curves`
 * takes its place. A page that did not come over HTTPS has no WebCrypto at all.
 */
import { concat, fromHex, type Bytes } from "../bytes.ts";

/** The curves that not every platform has. */
export type Curve = "Ed25519" | "X25519";

/** What a private key of a curve is used for. */
const USAGES = { Ed25519: ["sign"], X25519: ["deriveBits"] } as const;

/** What precedes a seed in PKCS #8 (RFC 8410 §7). */
const PKCS8 = {
  Ed25519: fromHex("302e020100300506032b657004220420"),
  X25519: fromHex("302e020100300506032b656e04220420"),
};

/** A private key, and the public half of it. */
export interface KeyPair {
  readonly key: CryptoKey;
  readonly public: Bytes;
}

/** A curve as a platform has it. */
export interface NativeCurve {
  readonly subtle: SubtleCrypto;
  /** Load a private key of 32 bytes. */
  load(raw: Bytes): Promise<KeyPair>;
  /** Make a key; several times as fast as to load one. */
  generate(): Promise<KeyPair>;
}

async function withPublic(subtle: SubtleCrypto, key: CryptoKey): Promise<KeyPair> {
  // WebCrypto tells the public half of a private key in this one way only.
  const { x = "" } = await subtle.exportKey("jwk", key);
  const binary = atob(x.replaceAll("-", "+").replaceAll("_", "/"));
  const own = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return { key, public: own };
}

async function probe(curve: Curve): Promise<NativeCurve | undefined> {
  const subtle = (globalThis as { crypto?: Partial<Crypto> }).crypto?.subtle;
  if (!subtle) return undefined;
  const usages = USAGES[curve];
  const way: NativeCurve = {
    subtle,
    async load(raw) {
      const encoded = concat(PKCS8[curve], raw);
      const key = await subtle.importKey("pkcs8", encoded, curve, true, usages);
      return withPublic(subtle, key);
    },
    async generate() {
      const pair = await subtle.generateKey(curve, true, usages);
      return withPublic(subtle, (pair as CryptoKeyPair).privateKey);
    },
  };
  try {
    await way.load(new Uint8Array(32).fill(1));
    return way;
  } catch {
    return undefined;
  }
}

const asked = new Map<Curve, Promise<NativeCurve | undefined>>();

/** A curve of the platform's WebCrypto, if it has it. */
export function native(curve: Curve): Promise<NativeCurve | undefined> {
  let answer = asked.get(curve);
  if (!answer) asked.set(curve, (answer = probe(curve)));
  return answer;
}
