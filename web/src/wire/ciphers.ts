/**
 * Keys, counters and the transcript: Noise's two inner objects (spec/session.md §3),
 * `CipherState` and `SymmetricState` of the Noise Protocol Framework, revision 34, for
 * AES-256-GCM and SHA-256. Knows nothing of handshake patterns or sessions.
 */
import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, utf8 } from "../bytes.ts";
import { Forged } from "../errors.ts";
import { uint } from "./fields.ts";

export const KEY_BYTES = 32;
export const TAG_BYTES = 16;

const REKEY_NONCE = concat(new Uint8Array(4), new Uint8Array(8).fill(0xff));

/** HKDF-SHA256 (RFC 5869). */
export function derive(
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length = KEY_BYTES,
): Bytes {
  return hkdf(sha256, secret, salt, info, length);
}

/** A key and its counter (Noise §5.1); messages are sealed in their order. */
export class CipherState {
  counter = 0;
  #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Seal the next message. */
  encrypt(plaintext: Uint8Array, associated?: Uint8Array): Bytes {
    const cipher = gcm(this.#key, uint(12, this.counter), associated);
    this.counter++;
    return cipher.encrypt(plaintext);
  }

  /**
   * Open the next message; the counter moves only when it is genuine.
   *
   * Throws `Forged`, saying `sentence`, if it was not sealed with this key at this place.
   */
  decrypt(sealed: Uint8Array, sentence: string, associated?: Uint8Array): Bytes {
    let plaintext: Bytes;
    try {
      plaintext = gcm(this.#key, uint(12, this.counter), associated).decrypt(sealed);
    } catch {
      throw new Forged(sentence);
    }
    this.counter++;
    return plaintext;
  }

  /** Replace the key one-way (Noise §4.2 and §11.3); the counter goes on. */
  rekey(): void {
    const sealed = gcm(this.#key, REKEY_NONCE).encrypt(new Uint8Array(KEY_BYTES));
    this.#key = sealed.slice(0, KEY_BYTES);
  }
}

/** The chaining key, the transcript hash and the handshake cipher (Noise §5.2). */
export class SymmetricState {
  hash: Bytes;
  #chainingKey: Bytes;
  #cipher: CipherState | null = null;

  constructor(name: string, prologue: Uint8Array) {
    const raw = utf8(name);
    const padded = concat(raw, new Uint8Array(Math.max(0, 32 - raw.length)));
    this.hash = padded.length > 32 ? sha256(raw) : padded;
    this.#chainingKey = this.hash;
    this.mixHash(prologue);
  }

  /** Take data into the transcript. */
  mixHash(data: Uint8Array): void {
    this.hash = sha256(concat(this.hash, data));
  }

  /** Take a shared secret into the keys. */
  mixKey(material: Uint8Array): void {
    const [chainingKey, key] = this.#expand(material);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  /** Take a pre-shared key into keys and transcript. */
  mixKeyAndHash(material: Uint8Array): void {
    const [chainingKey, transcript, key] = this.#expand(material);
    this.#chainingKey = chainingKey;
    this.mixHash(transcript);
    this.#cipher = new CipherState(key);
  }

  /** Seal under the transcript, once there is a key. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#cipher?.encrypt(plaintext, this.hash) ?? plaintext;
    this.mixHash(sealed);
    return sealed;
  }

  /** Open what `encryptAndHash` sealed; throws `Forged` if keys or transcripts differ. */
  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const sentence =
      "The handshake does not fit the relay's key, or was changed on the way; " +
      "nothing was sent under it.";
    const plaintext = this.#cipher?.decrypt(sealed, sentence, this.hash) ?? sealed;
    this.mixHash(sealed);
    return plaintext;
  }

  /** How much longer a sealed field is now than the field. */
  get overhead(): number {
    return this.#cipher ? TAG_BYTES : 0;
  }

  /** The two transport ciphers: initiator's direction first. */
  split(): [CipherState, CipherState] {
    const [first, second] = this.#expand(new Uint8Array());
    return [new CipherState(first), new CipherState(second)];
  }

  // Noise's HKDF is RFC 5869 with the chaining key as salt and empty info; what is not
  // asked for changes nothing in what is.
  #expand(material: Uint8Array): [Bytes, Bytes, Bytes] {
    const out = derive(material, this.#chainingKey, new Uint8Array(), 3 * KEY_BYTES);
    return [out.slice(0, 32), out.slice(32, 64), out.slice(64)];
  }
}
