/**
 * Cipher suites, and the labelled operations every one offers (RFC 9420 §5.1, §5.2).
 *
 * The rest of the package does all its cryptography through a `Suite`.
 */
import { sha256, sha384 } from "@noble/hashes/sha2.js";

import { concat, equal, utf8, type Bytes } from "../bytes.ts";
import { opaque, uint16, uint32 } from "./codec.ts";
import { InvalidTag, UnknownSuite } from "./errors.ts";
import {
  AES_128_GCM,
  AES_256_GCM,
  CHACHA20_POLY1305,
  Hpke,
  type Aead,
  type Sealed,
} from "./hpke.ts";
import {
  DHKEM_P256,
  DHKEM_X25519,
  expand,
  mac,
  type DecapsulationKey,
  type Hash,
  type Kem,
} from "./kems.ts";
import {
  ECDSA_P256,
  ED25519,
  type Entropy,
  type SignatureScheme,
  type SigningKey,
} from "./signatures.ts";
import { X_WING } from "./xwing.ts";

export type { Entropy, SigningKey } from "./signatures.ts";

const NOTHING: Bytes = new Uint8Array();

/** The start of what is signed, sealed or hashed under a label. */
function labeled(label: string, content: Uint8Array): Bytes {
  return concat(opaque(utf8(`MLS 1.0 ${label}`)), opaque(content));
}

/** An HPKE private key that is loaded when it is first used, and stays loaded. */
export class PrivateKey {
  readonly raw: Bytes;
  readonly #kem: Kem;
  #loaded: Promise<DecapsulationKey> | undefined;

  constructor(kem: Kem, raw: Bytes) {
    this.raw = raw;
    this.#kem = kem;
  }

  /** The key, ready to use; throws `InvalidKey` if the bytes are no private key. */
  loaded(): Promise<DecapsulationKey> {
    return (this.#loaded ??= this.#kem.loadPrivate(this.raw));
  }

  /** The public key, encoded. */
  async public(): Promise<Bytes> {
    return (await this.loaded()).public;
  }
}

/** A cipher suite (§5.1): a number, and the algorithms it stands for. */
export class Suite {
  readonly id: number;
  readonly name: string;
  readonly hpke: Hpke;
  readonly signature: SignatureScheme;
  /** KDF.Nh: also the length of every secret of the key schedule. */
  readonly hashLength: number;
  readonly #hash: Hash;

  constructor(
    id: number,
    name: string,
    kem: Kem,
    hash: Hash,
    aead: Aead,
    signature: SignatureScheme,
  ) {
    this.id = id;
    this.name = name;
    this.hpke = new Hpke(kem, hash, aead);
    this.signature = signature;
    this.hashLength = hash.outputLen;
    this.#hash = hash;
  }

  /** The suite with a number; throws `UnknownSuite` if this package lacks it. */
  static fromId(number: number): Suite {
    const suite = SUITES.find((each) => each.id === number);
    if (!suite) throw new UnknownSuite("a cipher suite is not one of ours");
    return suite;
  }

  /** The numbers of all suites of this package. */
  static supported(): readonly number[] {
    return SUITES.map((suite) => suite.id);
  }

  /** The cipher that protects messages. */
  get aead(): Aead {
    return this.hpke.aead;
  }

  /** A secret of zeros, where the key schedule needs one and there is none. */
  get noSecret(): Bytes {
    return new Uint8Array(this.hashLength);
  }

  /** Hash some bytes. */
  hash(data: Uint8Array): Bytes {
    return this.#hash(data);
  }

  /** RefHash (§5.2). */
  reference(label: string, value: Uint8Array): Bytes {
    return this.hash(labeled(label, value));
  }

  /** Authenticate some bytes. */
  mac(key: Uint8Array, data: Uint8Array): Bytes {
    return mac(this.#hash, key, data);
  }

  /** Make sure, in constant time, that a tag is the one of some bytes. */
  verifyMac(key: Uint8Array, data: Uint8Array, tag: Uint8Array): void {
    if (!equal(this.mac(key, data), tag)) throw new InvalidTag("a tag is wrong");
  }

  /** KDF.Extract. */
  extract(salt: Uint8Array, material: Uint8Array): Bytes {
    return mac(this.#hash, salt, material);
  }

  /** ExpandWithLabel (§8). */
  expandWithLabel(
    secret: Uint8Array,
    label: string,
    context: Uint8Array,
    length: number,
  ): Bytes {
    const info = concat(uint16(length), labeled(label, context));
    return expand(this.#hash, secret, info, length);
  }

  /** DeriveSecret (§8). */
  deriveSecret(secret: Uint8Array, label: string): Bytes {
    return this.expandWithLabel(secret, label, NOTHING, this.hashLength);
  }

  /** DeriveTreeSecret (§9.1). */
  deriveTreeSecret(
    secret: Uint8Array,
    label: string,
    generation: number,
    length: number,
  ): Bytes {
    return this.expandWithLabel(secret, label, uint32(generation), length);
  }

  /** SignWithLabel (§5.1.2). */
  sign(key: SigningKey, label: string, content: Uint8Array): Promise<Bytes> {
    return key.sign(labeled(label, content));
  }

  /** VerifyWithLabel (§5.1.2); throws `InvalidSignature`. */
  verify(
    key: Bytes,
    label: string,
    content: Uint8Array,
    signature: Bytes,
  ): Promise<void> {
    return this.signature.verify(key, labeled(label, content), signature);
  }

  /** EncryptWithLabel (§5.1.3); throws `InvalidKey` if nothing can be encrypted to it. */
  encrypt(
    key: Bytes,
    label: string,
    context: Uint8Array,
    plaintext: Bytes,
  ): Promise<Sealed> {
    return this.encryptor(label, context)(key, plaintext);
  }

  /** EncryptWithLabel to many keys: a long context is looked at only once. */
  encryptor(
    label: string,
    context: Uint8Array,
  ): (key: Bytes, plaintext: Bytes) => Promise<Sealed> {
    return this.hpke.sealer(labeled(label, context));
  }

  /**
   * DecryptWithLabel (§5.1.3).
   * @throws {InvalidKey} the KEM output is not valid.
   * @throws {UndecryptableMessage} the ciphertext does not open.
   */
  async decrypt(
    key: PrivateKey,
    label: string,
    context: Uint8Array,
    sealed: Sealed,
  ): Promise<Bytes> {
    return this.hpke.open(await key.loaded(), labeled(label, context), sealed);
  }

  /** An HPKE private key from its bytes. */
  privateKey(raw: Bytes): PrivateKey {
    return new PrivateKey(this.hpke.kem, raw);
  }

  /** DeriveKeyPair of the suite's KEM. */
  deriveKey(material: Uint8Array): PrivateKey {
    return this.privateKey(this.hpke.kem.derivePrivate(material));
  }

  /** Make a fresh HPKE key. */
  generateKey(entropy: Entropy): PrivateKey {
    return this.deriveKey(entropy(this.hpke.kem.privateLength));
  }

  /** Make sure that some bytes are an HPKE public key; throws `InvalidKey`. */
  checkPublic(raw: Bytes): void {
    this.hpke.kem.checkPublic(raw);
  }
}

/**
 * The hybrid. Its number is not assigned yet: draft-ietf-mls-pq-ciphersuites leaves it
 * to IANA. A group moves to the assigned one by a ReInit.
 */
export const HYBRID = new Suite(
  0xf04e,
  "MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519",
  X_WING,
  sha384,
  AES_256_GCM,
  ED25519,
);

const SUITES: readonly Suite[] = [
  new Suite(
    1,
    "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
    DHKEM_X25519,
    sha256,
    AES_128_GCM,
    ED25519,
  ),
  new Suite(
    2,
    "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
    DHKEM_P256,
    sha256,
    AES_128_GCM,
    ECDSA_P256,
  ),
  new Suite(
    3,
    "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
    DHKEM_X25519,
    sha256,
    CHACHA20_POLY1305,
    ED25519,
  ),
  HYBRID,
];
