/**
 * Hybrid public key encryption, base mode, as MLS uses it (RFC 9180).
 * Every context encrypts once: sequence numbers never leave zero.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, utf8, type Bytes } from "../bytes.ts";
import { uint16, uint8 } from "./codec.ts";
import { UndecryptableMessage } from "./errors.ts";
import { LabeledKdf, type DecapsulationKey, type Hash, type Kem } from "./kems.ts";

/** HPKECiphertext: a KEM output and a ciphertext. */
export type Sealed = readonly [kemOutput: Bytes, ciphertext: Bytes];

/** An authenticated cipher; nonces have 12 bytes and tags 16. */
export interface Aead {
  /** Its number in the HPKE registry. */
  readonly id: number;
  readonly keyLength: number;
  /** Encrypt and authenticate. */
  seal(key: Bytes, nonce: Bytes, plaintext: Bytes, data: Bytes): Promise<Bytes>;
  /** Decrypt what is authentic; throws `UndecryptableMessage` for anything else. */
  open(key: Bytes, nonce: Bytes, ciphertext: Bytes, data: Bytes): Promise<Bytes>;
}

/** The length of every nonce. */
export const NONCE_LENGTH = 12;

type Cipher = typeof gcm | Awaited<ReturnType<typeof chacha>>;

function aead(id: number, keyLength: number, cipher: () => Promise<Cipher>): Aead {
  return {
    id,
    keyLength,
    async seal(key, nonce, plaintext, data) {
      return (await cipher())(key, nonce, data).encrypt(plaintext);
    },
    async open(key, nonce, ciphertext, data) {
      const use = await cipher();
      try {
        return use(key, nonce, data).decrypt(ciphertext);
      } catch {
        throw new UndecryptableMessage("a ciphertext does not open");
      }
    },
  };
}

const aes = () => Promise.resolve(gcm);

/** The cipher of suite 3 alone, fetched when it is used. */
async function chacha() {
  return (await import("@noble/ciphers/chacha.js")).chacha20poly1305;
}

/** AES-128-GCM. */
export const AES_128_GCM = aead(1, 16, aes);
/** AES-256-GCM. */
export const AES_256_GCM = aead(2, 32, aes);
/** ChaCha20-Poly1305. */
export const CHACHA20_POLY1305 = aead(3, 32, chacha);

const NOTHING: Bytes = new Uint8Array();

/** What a sender and a receiver of HPKE share. */
export interface HpkeContext {
  readonly key: Bytes;
  readonly nonce: Bytes;
  /** A secret for another protocol (RFC 9180 §5.3). */
  export(label: Uint8Array, length: number): Bytes;
}

/** One combination of KEM, KDF and AEAD. */
export class Hpke {
  readonly kem: Kem;
  readonly aead: Aead;
  readonly #kdf: LabeledKdf;
  readonly #noPsk: Bytes;
  readonly #hashLength: number;

  constructor(kem: Kem, hash: Hash, cipher: Aead) {
    const numbers = [kem.id, hash === sha256 ? 1 : 2, cipher.id].map(uint16);
    this.#kdf = new LabeledKdf(hash, concat(utf8("HPKE"), ...numbers));
    this.#noPsk = this.#kdf.extract(NOTHING, "psk_id_hash", NOTHING);
    this.#hashLength = hash.outputLen;
    this.kem = kem;
    this.aead = cipher;
  }

  /** Encrypts to public keys; throws `InvalidKey` if nothing can be. */
  sealer(info: Bytes): (key: Bytes, plaintext: Bytes) => Promise<Sealed> {
    const hashed = this.#hashed(info);
    return async (key, plaintext) => {
      const [shared, kemOutput] = await this.kem.loadPublic(key).encapsulate();
      const context = this.#schedule(shared, hashed);
      const { key: by, nonce } = context;
      return [kemOutput, await this.aead.seal(by, nonce, plaintext, NOTHING)];
    };
  }

  /**
   * Decrypt what was sealed to this key's public half.
   * @throws {InvalidKey} the KEM output is not valid.
   * @throws {UndecryptableMessage} the ciphertext does not open.
   */
  async open(key: DecapsulationKey, info: Bytes, sealed: Sealed): Promise<Bytes> {
    const context = this.schedule(await key.decapsulate(sealed[0]), info);
    return this.aead.open(context.key, context.nonce, sealed[1], NOTHING);
  }

  /** Agree on a secret with the owner of a key; gives KEM output and secret. */
  async exportTo(
    key: Bytes,
    label: Uint8Array,
    length: number,
  ): Promise<[kemOutput: Bytes, secret: Bytes]> {
    const [shared, kemOutput] = await this.kem.loadPublic(key).encapsulate();
    return [kemOutput, this.schedule(shared, NOTHING).export(label, length)];
  }

  /** The receiving side of `exportTo`; throws `InvalidKey` for a bad KEM output. */
  async exportFrom(
    key: DecapsulationKey,
    kemOutput: Bytes,
    label: Uint8Array,
    length: number,
  ): Promise<Bytes> {
    const shared = await key.decapsulate(kemOutput);
    return this.schedule(shared, NOTHING).export(label, length);
  }

  /** KeySchedule, base mode (RFC 9180 §5.1). */
  schedule(shared: Bytes, info: Bytes): HpkeContext {
    return this.#schedule(shared, this.#hashed(info));
  }

  #hashed(info: Bytes): Bytes {
    return this.#kdf.extract(NOTHING, "info_hash", info);
  }

  #schedule(shared: Bytes, hashed: Bytes): HpkeContext {
    const kdf = this.#kdf;
    const secret = kdf.extract(shared, "secret", NOTHING);
    const bound = concat(uint8(0), this.#noPsk, hashed);
    const derive = (label: string, length: number) =>
      kdf.expand(secret, label, bound, length);
    return {
      key: derive("key", this.aead.keyLength),
      nonce: derive("base_nonce", NONCE_LENGTH),
      export: (label, length) =>
        kdf.expand(derive("exp", this.#hashLength), "sec", label, length),
    };
  }
}
