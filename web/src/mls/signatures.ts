/**
 * Signature schemes of the cipher suites (RFC 9420 §5.1.2).
 *
 * Private keys are raw scalars or seeds; ECDSA signatures are DER, its public keys
 * uncompressed points.
 */
import { fromHex, type Bytes } from "../bytes.ts";
import { InvalidKey, InvalidSignature } from "./errors.ts";
import { keyOf, Remembered } from "./key-sets.ts";
import { native } from "./native.ts";
import { isPoint, isScalar, ORDER, p256Curve, toNumber } from "./p256.ts";

/** Where randomness comes from: some bytes of it, as many as asked for. */
export type Entropy = (length: number) => Uint8Array;

/** A loaded private key. */
export interface SigningKey {
  readonly public: Bytes;
  /** Sign a message. */
  sign(message: Bytes): Promise<Bytes>;
}

/** A signature scheme. */
export interface SignatureScheme {
  /** Make a private key. */
  generate(entropy: Entropy): Bytes;
  /** Load a private key; throws `InvalidKey` if the bytes are none. */
  load(raw: Bytes): Promise<SigningKey>;
  /** Make sure that a signature is one; throws `InvalidSignature`. */
  verify(key: Bytes, message: Bytes, signature: Bytes): Promise<void>;
}

const verifiers = new Remembered<Promise<CryptoKey>>(1024);

async function verifyNatively(
  subtle: SubtleCrypto,
  raw: Bytes,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  const load = () => subtle.importKey("raw", raw, "Ed25519", true, ["verify"]);
  const key = await verifiers.get(keyOf(raw), load);
  return subtle.verify("Ed25519", key, signature, message);
}

async function check(holds: () => boolean | Promise<boolean>): Promise<void> {
  let held = false;
  try {
    held = await holds();
  } catch {
    // Not a key, or not of the form of a signature: it does not verify.
  }
  if (!held) throw new InvalidSignature("a signature does not verify");
}

/** The curve, fetched where the platform lacks it. */
async function ed25519Curve() {
  return (await import("@noble/curves/ed25519.js")).ed25519;
}

/** Ed25519 (RFC 8032). */
export const ED25519: SignatureScheme = {
  generate: (entropy) => new Uint8Array(entropy(32)),
  async load(raw) {
    if (raw.length !== 32) throw new InvalidKey("not a private key");
    const curve = await native("Ed25519");
    if (!curve) {
      const ed25519 = await ed25519Curve();
      const sign = (message: Bytes) => Promise.resolve(ed25519.sign(message, raw));
      return { public: ed25519.getPublicKey(raw), sign };
    }
    const { key, public: own } = await curve.load(raw);
    const sign = async (message: Bytes) =>
      new Uint8Array(await curve.subtle.sign("Ed25519", key, message));
    return { public: own, sign };
  },
  async verify(key, message, signature) {
    const curve = await native("Ed25519");
    if (curve)
      return check(() => verifyNatively(curve.subtle, key, message, signature));
    const ed25519 = await ed25519Curve();
    // As strict as the platforms are: what some take and some refuse splits a group.
    await check(() => ed25519.verify(signature, message, key, { zip215: false }));
  },
};

const DER = { format: "der", lowS: false } as const;

/** ECDSA over P-256 with SHA-256. */
export const ECDSA_P256: SignatureScheme = {
  /** Eight extra bytes make the bias negligible. */
  generate(entropy) {
    const scalar = (toNumber(entropy(40)) % (ORDER - 1n)) + 1n;
    return fromHex(scalar.toString(16).padStart(64, "0"));
  },
  async load(raw) {
    if (!isScalar(raw)) throw new InvalidKey("not a private key");
    const curve = await p256Curve();
    const sign = (message: Bytes) =>
      Promise.resolve(new Uint8Array(curve.sign(message, raw, DER)));
    return { public: curve.getPublicKey(raw, false), sign };
  },
  async verify(key, message, signature) {
    const curve = await p256Curve();
    await check(() => isPoint(key) && curve.verify(signature, message, key, DER));
  },
};
