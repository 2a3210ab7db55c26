/**
 * Key encapsulation mechanisms of the cipher suites (RFC 9180 §4.1, §7.1).
 *
 * A raw key is bytes; a loaded key is an object that can encapsulate or decapsulate.
 * Ephemeral keys are the platform's own randomness.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha384 } from "@noble/hashes/sha2.js";
import { randomBytes } from "@noble/hashes/utils.js";

import { concat, utf8, type Bytes } from "../bytes.ts";
import { x25519 } from "../x25519.ts";
import { uint16, uint8 } from "./codec.ts";
import { InvalidKey } from "./errors.ts";
import { keyOf, Remembered } from "./key-sets.ts";
import { isPoint, isScalar, p256Curve } from "./p256.ts";
import { native, type KeyPair, type NativeCurve } from "./native.ts";

/** A hash function of a cipher suite. */
export type Hash = typeof sha256 | typeof sha384;

/** Authenticate some bytes (RFC 2104). */
export function mac(hash: Hash, key: Uint8Array, data: Uint8Array): Bytes {
  return hmac(hash, key, data);
}

/** HKDF-Expand (RFC 5869 §2.3). */
export function expand(
  hash: Hash,
  key: Uint8Array,
  info: Uint8Array,
  length: number,
): Bytes {
  let block: Bytes = new Uint8Array();
  let output = block;
  for (let counter = 1; output.length < length; counter++) {
    block = mac(hash, key, concat(block, info, uint8(counter)));
    output = concat(output, block);
  }
  return output.slice(0, length);
}

/** HKDF with the labels of one HPKE algorithm (RFC 9180 §4). */
export class LabeledKdf {
  readonly #hash: Hash;
  readonly #suite: Bytes;

  constructor(hash: Hash, suite: Bytes) {
    this.#hash = hash;
    this.#suite = concat(utf8("HPKE-v1"), suite);
  }

  /** LabeledExtract. */
  extract(salt: Uint8Array, label: string, material: Uint8Array): Bytes {
    return mac(this.#hash, salt, concat(this.#suite, utf8(label), material));
  }

  /** LabeledExpand. */
  expand(key: Uint8Array, label: string, info: Uint8Array, length: number): Bytes {
    const labeled = concat(uint16(length), this.#suite, utf8(label), info);
    return expand(this.#hash, key, labeled, length);
  }
}

/** A loaded public key. */
export interface EncapsulationKey {
  /** Make a shared secret, and the bytes that let the private key find it. */
  encapsulate(): Promise<[secret: Bytes, encapsulated: Bytes]>;
}

/** A loaded private key. */
export interface DecapsulationKey {
  readonly public: Bytes;
  /** Find the shared secret; throws `InvalidKey` for an invalid encapsulation. */
  decapsulate(encapsulated: Bytes): Promise<Bytes>;
}

/** A key encapsulation mechanism. */
export interface Kem {
  /** Its number in the HPKE registry. */
  readonly id: number;
  /** How many bytes of entropy a fresh private key takes. */
  readonly privateLength: number;
  /** Derive a private key from key material: the first half of DeriveKeyPair. */
  derivePrivate(material: Uint8Array): Bytes;
  /** Load a private key; throws `InvalidKey` if the bytes are none. */
  loadPrivate(raw: Bytes): Promise<DecapsulationKey>;
  /** Make sure that some bytes are a public key; throws `InvalidKey` if not. */
  checkPublic(raw: Bytes): void;
  /** Load a public key; throws `InvalidKey` if the bytes are none. */
  loadPublic(raw: Bytes): EncapsulationKey;
}

/** A private key of a Diffie-Hellman group. */
export interface PrivatePoint {
  readonly public: Bytes;
  /** The Diffie-Hellman result with another's public key. */
  agree(other: Bytes): Promise<Bytes>;
}

/** A Diffie-Hellman group as DHKEM needs it. */
interface Curve {
  fresh(): Promise<PrivatePoint>;
  derivePrivate(kdf: LabeledKdf, key: Bytes): Bytes;
  loadPrivate(raw: Bytes): Promise<PrivatePoint>;
  readonly checkPublic: (raw: Bytes) => void;
}

const NO_SECRET = "no shared secret with this public key";
const NOTHING: Bytes = new Uint8Array();
const points = new Remembered<Promise<CryptoKey>>(256);

async function agreeNatively(
  subtle: SubtleCrypto,
  key: CryptoKey,
  other: Bytes,
): Promise<Bytes> {
  const load = () => subtle.importKey("raw", other, "X25519", true, []);
  const point = await points.get(keyOf(other), load);
  const algorithm = { name: "X25519", public: point };
  return new Uint8Array(await subtle.deriveBits(algorithm, key, 256));
}

async function agreed(result: () => Promise<Bytes> | Bytes): Promise<Bytes> {
  let secret;
  try {
    secret = await result();
  } catch {
    throw new InvalidKey(NO_SECRET);
  }
  // A point of low order would let an attacker choose the secret (RFC 7748 §6.1).
  if (secret.every((byte) => byte === 0)) throw new InvalidKey(NO_SECRET);
  return secret;
}

/** Load a private key of X25519. */
export async function loadX25519(raw: Bytes): Promise<PrivatePoint> {
  if (raw.length !== 32) throw new InvalidKey("a private key has the wrong length");
  const curve = await native("X25519");
  if (!curve)
    return {
      public: x25519.getPublicKey(raw),
      agree: (other) => agreed(() => x25519.getSharedSecret(raw, other)),
    };
  return nativePoint(curve, await curve.load(raw));
}

function nativePoint(
  { subtle }: NativeCurve,
  { key, public: own }: KeyPair,
): PrivatePoint {
  const agree = (other: Bytes) => agreeNatively(subtle, key, other);
  return { public: own, agree: (other) => agreed(() => agree(other)) };
}

/** Make an ephemeral key of X25519. */
export async function freshX25519(): Promise<PrivatePoint> {
  const curve = await native("X25519");
  if (!curve) return loadX25519(randomBytes(32));
  return nativePoint(curve, await curve.generate());
}

const X25519: Curve = {
  fresh: freshX25519,
  derivePrivate: (kdf, key) => kdf.expand(key, "sk", NOTHING, 32),
  loadPrivate: loadX25519,
  checkPublic(raw) {
    if (raw.length !== 32) throw new InvalidKey("a public key has the wrong length");
  },
};

const P256: Curve = {
  async fresh() {
    const curve = await p256Curve();
    return P256.loadPrivate(curve.utils.randomSecretKey());
  },
  /** Make a private key by trying candidates (RFC 9180 §7.1.3). */
  derivePrivate(kdf, key) {
    for (let counter = 0; counter < 256; counter++) {
      const raw = kdf.expand(key, "candidate", uint8(counter), 32);
      if (isScalar(raw)) return raw;
    }
    throw new InvalidKey("no private key could be derived");
  },
  async loadPrivate(raw) {
    if (!isScalar(raw)) throw new InvalidKey("not a private key");
    const curve = await p256Curve();
    const agree = (other: Bytes) => {
      P256.checkPublic(other);
      return curve.getSharedSecret(raw, other).slice(1, 33);
    };
    return {
      public: curve.getPublicKey(raw, false),
      agree: (other) => agreed(() => agree(other)),
    };
  },
  checkPublic(raw) {
    if (!isPoint(raw)) throw new InvalidKey("not a public key");
  },
};

/** DHKEM over a Diffie-Hellman group, of SHA-256 (RFC 9180 §4.1). */
function dhKem(id: number, curve: Curve): Kem {
  const kdf = new LabeledKdf(sha256, concat(utf8("KEM"), uint16(id)));
  const shared = (secret: Bytes, sent: Bytes, to: Bytes) =>
    kdf.expand(
      kdf.extract(NOTHING, "eae_prk", secret),
      "shared_secret",
      concat(sent, to),
      32,
    );
  const derivePrivate = (material: Uint8Array) =>
    curve.derivePrivate(kdf, kdf.extract(NOTHING, "dkp_prk", material));
  return {
    id,
    privateLength: 32,
    derivePrivate,
    async loadPrivate(raw) {
      const key = await curve.loadPrivate(raw);
      return {
        public: key.public,
        decapsulate: async (sent) => shared(await key.agree(sent), sent, key.public),
      };
    },
    checkPublic: curve.checkPublic,
    loadPublic(raw) {
      curve.checkPublic(raw);
      return {
        async encapsulate() {
          const key = await curve.fresh();
          return [shared(await key.agree(raw), key.public, raw), key.public];
        },
      };
    },
  };
}

/** DHKEM(P-256, HKDF-SHA256). */
export const DHKEM_P256 = dhKem(0x10, P256);
/** DHKEM(X25519, HKDF-SHA256). */
export const DHKEM_X25519 = dhKem(0x20, X25519);
