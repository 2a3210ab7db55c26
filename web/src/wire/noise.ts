/**
 * The Noise handshakes of a session, from the Noise framework's own objects
 * (spec/session.md §3): `HandshakeState` of the Noise Protocol Framework, revision 34,
 * for X25519, AES-256-GCM and SHA-256, with the `psk` modifier and the `hfs` modifier of
 * its KEM-based hybrid forward secrecy extension, revision 1, with ML-KEM-768.
 *
 * Knows both roles, because the published vectors do; a page only ever initiates.
 */
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { type Bytes, concat } from "../bytes.ts";
import { LocalError, Malformed } from "../errors.ts";
import { x25519 } from "../x25519.ts";
import { type CipherState, KEY_BYTES, SymmetricState } from "./ciphers.ts";

const KEM_PUBLIC_BYTES = 1184;
const KEM_CIPHERTEXT_BYTES = 1088;
const KEM_SEED_BYTES = 64;

/** Gives that many unpredictable bytes; fixed in vectors. */
export type Entropy = (length: number) => Uint8Array;

/** Takes an ML-KEM-768 public key, gives the shared secret and its ciphertext. */
export type Encapsulate = (key: Uint8Array) => {
  readonly sharedSecret: Uint8Array;
  readonly cipherText: Uint8Array;
};

export type Token = "e" | "ee" | "es" | "psk" | "e1" | "ekem1";

/** A Noise pattern: what is known before, then the tokens of each message. */
export interface Pattern {
  readonly name: string;
  readonly knowsResponder: boolean;
  readonly messages: readonly (readonly Token[])[];
}

export const NNPSK0: Pattern = {
  name: "Noise_NNpsk0_25519_AESGCM_SHA256",
  knowsResponder: false,
  messages: [
    ["psk", "e"],
    ["e", "ee"],
  ],
};
export const NKHFS: Pattern = {
  name: "Noise_NKhfs_25519+MLKEM768_AESGCM_SHA256",
  knowsResponder: true,
  messages: [
    ["e", "es", "e1"],
    ["e", "ee", "ekem1"],
  ],
};

/** What one side brings to a handshake. */
export interface Party {
  readonly pattern: Pattern;
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  readonly entropy: Entropy;
  /** The responder's private key, on the responder's side. */
  readonly fixed?: Uint8Array;
  /** The responder's public key, on the initiator's side. */
  readonly remoteFixed?: Uint8Array;
  readonly psk?: Uint8Array;
  readonly encapsulate?: Encapsulate;
}

/** One side of one handshake (Noise §5.3): alternately write and read. */
export class HandshakeState {
  readonly #party: Party;
  readonly #symmetric: SymmetricState;
  readonly #usesPsk: boolean;
  #step = 0;
  #ephemeral: Uint8Array = new Uint8Array();
  #remoteEphemeral: Uint8Array = new Uint8Array();
  #kemSecret: Uint8Array = new Uint8Array();
  #remoteKem: Uint8Array = new Uint8Array();

  constructor(party: Party) {
    this.#party = party;
    this.#symmetric = new SymmetricState(party.pattern.name, party.prologue);
    this.#usesPsk = party.pattern.messages.some((tokens) => tokens.includes("psk"));
    if (party.pattern.knowsResponder) this.#symmetric.mixHash(this.#responderPublic());
  }

  /** The transcript so far; after the last message it names the session. */
  get hash(): Bytes {
    return this.#symmetric.hash;
  }

  /** The next handshake message, carrying `payload`. */
  write(payload: Uint8Array): Bytes {
    const parts = this.#tokens(true).map((token) => this.#writeToken(token));
    return concat(...parts, this.#symmetric.encryptAndHash(payload));
  }

  /**
   * The payload of the next handshake message.
   *
   * Throws `Malformed` if it is too short or holds a key that is none, `Forged` if it
   * was made for another key or changed on the way.
   */
  read(message: Uint8Array): Uint8Array {
    let rest = message;
    for (const token of this.#tokens(false)) rest = this.#readToken(token, rest);
    take(rest, this.#symmetric.overhead);
    return this.#symmetric.decryptAndHash(rest);
  }

  /** The transport ciphers after the last message: sending, receiving. */
  split(): [out: CipherState, into: CipherState] {
    const [first, second] = this.#symmetric.split();
    return this.#party.initiator ? [first, second] : [second, first];
  }

  #tokens(writing: boolean): readonly Token[] {
    const tokens = this.#party.pattern.messages[this.#step];
    if (tokens === undefined)
      throw new LocalError("This handshake is already complete.");
    if ((this.#step % 2 === 0) !== (this.#party.initiator === writing))
      throw new LocalError("It is the other side's turn in this handshake.");
    this.#step++;
    return tokens;
  }

  #writeToken(token: Token): Uint8Array {
    switch (token) {
      case "e": {
        this.#ephemeral = this.#party.entropy(KEY_BYTES);
        const key = x25519.getPublicKey(this.#ephemeral);
        this.#mixEphemeral(key);
        return key;
      }
      case "e1": {
        const pair = ml_kem768.keygen(this.#party.entropy(KEM_SEED_BYTES));
        this.#kemSecret = pair.secretKey;
        return this.#symmetric.encryptAndHash(pair.publicKey);
      }
      case "ekem1": {
        const { sharedSecret, cipherText } = this.#encapsulate();
        const sealed = this.#symmetric.encryptAndHash(cipherText);
        this.#symmetric.mixKey(sharedSecret);
        return sealed;
      }
      case "ee":
      case "es":
      case "psk":
        this.#mix(token);
        return new Uint8Array();
    }
  }

  #readToken(token: Token, message: Uint8Array): Uint8Array {
    const symmetric = this.#symmetric;
    switch (token) {
      case "e": {
        const [key, rest] = take(message, KEY_BYTES);
        this.#remoteEphemeral = key;
        this.#mixEphemeral(key);
        return rest;
      }
      case "e1": {
        const [sealed, rest] = take(message, KEM_PUBLIC_BYTES + symmetric.overhead);
        this.#remoteKem = symmetric.decryptAndHash(sealed);
        return rest;
      }
      case "ekem1": {
        const [sealed, rest] = take(message, KEM_CIPHERTEXT_BYTES + symmetric.overhead);
        const cipherText = symmetric.decryptAndHash(sealed);
        symmetric.mixKey(ml_kem768.decapsulate(cipherText, this.#kemSecret));
        return rest;
      }
      case "ee":
      case "es":
      case "psk":
        this.#mix(token);
        return message;
    }
  }

  #mix(token: "ee" | "es" | "psk"): void {
    if (token === "psk") this.#symmetric.mixKeyAndHash(this.#own("psk"));
    else if (token === "ee") this.#mixDh(this.#ephemeral, this.#remoteEphemeral);
    else if (this.#party.initiator)
      this.#mixDh(this.#ephemeral, this.#responderPublic());
    else this.#mixDh(this.#own("fixed"), this.#remoteEphemeral);
  }

  #mixDh(secret: Uint8Array, key: Uint8Array): void {
    let shared: Uint8Array;
    try {
      shared = x25519.getSharedSecret(secret, key);
    } catch {
      throw new Malformed("The handshake holds a key that is none.");
    }
    this.#symmetric.mixKey(shared);
  }

  // With a PSK every ephemeral key is mixed too, as Noise §9.2 demands.
  #mixEphemeral(key: Uint8Array): void {
    this.#symmetric.mixHash(key);
    if (this.#usesPsk) this.#symmetric.mixKey(key);
  }

  #encapsulate(): ReturnType<Encapsulate> {
    try {
      return (this.#party.encapsulate ?? ml_kem768.encapsulate)(this.#remoteKem);
    } catch {
      throw new Malformed("The handshake holds a key that is none.");
    }
  }

  #responderPublic(): Uint8Array {
    return this.#party.remoteFixed ?? x25519.getPublicKey(this.#own("fixed"));
  }

  #own(what: "fixed" | "psk"): Uint8Array {
    const key = this.#party[what];
    if (key?.length !== KEY_BYTES)
      throw new LocalError(
        "This handshake needs a key of 32 bytes that it was not given.",
      );
    return key;
  }
}

function take(message: Uint8Array, length: number): [Uint8Array, Uint8Array] {
  if (message.length < length)
    throw new Malformed("A handshake message was cut short.");
  return [message.subarray(0, length), message.subarray(length)];
}
