/**
 * X-Wing: ML-KEM-768 and X25519 in one key encapsulation mechanism (KEM 0x647a).
 *
 * Specified in draft-connolly-cfrg-xwing-kem; numbered, and given its DeriveKeyPair, by
 * draft-ietf-hpke-pq. A private key is a seed of 32 bytes.
 */
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";

import { concat, utf8, type Bytes } from "../bytes.ts";
import { uint16 } from "./codec.ts";
import { InvalidKey } from "./errors.ts";
import {
  freshX25519,
  loadX25519,
  type DecapsulationKey,
  type EncapsulationKey,
  type Kem,
} from "./kems.ts";
import { keyOf, Remembered } from "./key-sets.ts";

const LABEL = utf8("\\.//^\\");
const [PUBLIC, CIPHERTEXT, CURVE, SEED, Q] = [1184, 1088, 32, 32, 3329];
const DERIVE = concat(
  utf8("HPKE-v1KEM"),
  uint16(0x647a),
  uint16(13),
  utf8("DeriveKeyPair"),
  uint16(SEED),
);

function combine(...parts: [lattice: Uint8Array, ...Bytes[]]): Bytes {
  return sha3_256(concat(...parts, LABEL));
}

/** Make sure of the length, and that every coefficient is below q (FIPS 203 §7.2). */
function checkPublic(raw: Bytes): void {
  if (raw.length !== PUBLIC + CURVE)
    throw new InvalidKey("a public key has the wrong length");
  for (let at = 0; at < PUBLIC - 32; at += 3) {
    const [low = 0, middle = 0, high = 0] = raw.subarray(at, at + 3);
    if ((((middle & 15) << 8) | low) >= Q || ((high << 4) | (middle >> 4)) >= Q)
      throw new InvalidKey("not a public key");
  }
}

// Preparing costs half an encapsulation, and a quiet group's committer meets the same
// keys again and again. Public keys only: a cache of secrets would outlive them.
const prepare = (raw: Bytes) => ml_kem768.prepare(raw.slice(0, PUBLIC));
const prepared = new Remembered<ReturnType<typeof prepare>>(256);

function loadPublic(raw: Bytes): EncapsulationKey {
  checkPublic(raw);
  const curve = raw.slice(PUBLIC);
  return {
    async encapsulate() {
      const ephemeral = await freshX25519();
      const agreed = await ephemeral.agree(curve);
      const lattice = prepared.get(keyOf(raw), () => prepare(raw));
      const { cipherText, sharedSecret } = lattice.encapsulate();
      const secret = combine(sharedSecret, agreed, ephemeral.public, curve);
      return [secret, concat(cipherText, ephemeral.public)];
    },
  };
}

async function loadPrivate(raw: Bytes): Promise<DecapsulationKey> {
  if (raw.length !== SEED) throw new InvalidKey("a private key has the wrong length");
  const expanded = shake256(raw, { dkLen: 96 }) as Bytes;
  const curve = await loadX25519(expanded.slice(64));
  const lattice = ml_kem768.keygen(expanded.subarray(0, 64));
  return {
    public: concat(lattice.publicKey, curve.public),
    async decapsulate(encapsulated) {
      if (encapsulated.length !== CIPHERTEXT + CURVE)
        throw new InvalidKey("an encapsulation has the wrong length");
      const sent = encapsulated.slice(CIPHERTEXT);
      const agreed = await curve.agree(sent);
      const ciphertext = encapsulated.subarray(0, CIPHERTEXT);
      const secret = ml_kem768.decapsulate(ciphertext, lattice.secretKey);
      return combine(secret, agreed, sent, curve.public);
    },
  };
}

/** The mechanism itself. */
export const X_WING: Kem = {
  id: 0x647a,
  privateLength: SEED,
  /** DeriveKeyPair's seed: LabeledDerive over SHAKE256 (draft-ietf-hpke-pq). */
  derivePrivate: (material) => shake256(concat(material, DERIVE), { dkLen: SEED }),
  loadPrivate,
  checkPublic,
  loadPublic,
};
