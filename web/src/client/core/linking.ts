/**
 * How an old device lets a new one in: both sides of the exchange, as pure machines
 * (spec/devices.md §3). Each side makes the envelopes it puts into the mailbox and takes
 * those of the other; knows nothing of streams, stores or people.
 */

import { type Bytes, concat, equal, utf8 } from "../../bytes.ts";
import { Forged, LocalError } from "../../errors.ts";
import type { CipherState } from "../../wire/ciphers.ts";
import { fixed, type Layout, struct } from "../../wire/fields.ts";
import {
  decodeLink,
  encodeLink,
  RELAY_DESCRIPTOR,
  type RelayDescriptor,
  readWhole,
} from "../../wire/links.ts";
import { HandshakeState, NNPSK0 } from "../../wire/noise.ts";
import { LinkKind, MAX_ENVELOPE } from "../../wire/tables.ts";
import { encode, type Value } from "./cbor.ts";
import { type BlobRef, packBlobRef, unpackBlobRef } from "./envelope.ts";
import { Expected } from "./expect.ts";
import { derive, type Entropy, sha256 } from "./gcm.ts";
import { mailboxKeys } from "./keys.ts";
import { pad, unpad } from "./padding.ts";

const PROLOGUE = utf8("Linnet link 1\0");
const NONCE = utf8("Linnet link nonce 1\0");
const CODE = utf8("Linnet link code 1");
const NONCE_BYTES = 32;
const TAG_BYTES = 16;
const VERSION = 1;
const STRANGE = "The other device sent what does not belong to linking.";
const CHANGED = "What came by the link was changed on the way.";

/** What an old device shows a new one: where they meet, and the secret of it (§2). */
export interface DeviceLink {
  readonly relay: RelayDescriptor;
  readonly stream: Bytes;
  readonly secret: Bytes;
}

const DEVICE_LINK: Layout<DeviceLink> = struct({
  relay: RELAY_DESCRIPTOR,
  stream: fixed(16),
  secret: fixed(32),
});

/** Write a device link. */
export function writeDeviceLink(link: DeviceLink): string {
  return encodeLink(LinkKind.DEVICE, DEVICE_LINK.write(link));
}

/** Read a device link that somebody typed, pasted or scanned; throws `Malformed`. */
export function parseDeviceLink(typed: string): DeviceLink {
  return readWhole(DEVICE_LINK, decodeLink(typed, LinkKind.DEVICE));
}

/** What both sides have: the handshake, then a cipher each way. */
class Side {
  /** What both devices show; "" until there is one. */
  code = "";
  protected readonly entropy: Entropy;
  protected readonly handshake: HandshakeState;
  #ciphers: [out: CipherState, into: CipherState] | null = null;

  constructor(link: DeviceLink, entropy: Entropy, initiator: boolean) {
    this.entropy = entropy;
    this.handshake = new HandshakeState({
      pattern: NNPSK0,
      initiator,
      prologue: concat(PROLOGUE, link.stream, link.relay.key),
      entropy,
      psk: mailboxKeys(link.secret).psk,
    });
  }

  protected split(): void {
    this.#ciphers = this.handshake.split();
  }

  protected agree(ofNew: Bytes, ofOld: Bytes): void {
    const salt = this.handshake.hash;
    const digits = derive(concat(ofNew, ofOld), salt, CODE, 8);
    const number = new DataView(digits.buffer).getBigUint64(0) % 1_000_000n;
    this.code = String(number).padStart(6, "0");
  }

  /** Read a message of the handshake. */
  protected shaken(data: Uint8Array): Expected {
    let payload: Uint8Array;
    try {
      payload = this.handshake.read(data);
    } catch (error) {
      if (!(error instanceof Forged)) throw error;
      throw new Forged("What came by the link was made without it.");
    }
    return expected(payload);
  }

  protected seal(...payload: readonly Value[]): Bytes {
    const plain = pad(encode([VERSION, ...payload]), MAX_ENVELOPE - TAG_BYTES);
    return this.#ready[0].encrypt(plain);
  }

  protected open(data: Uint8Array): Expected {
    return expected(unpad(this.#ready[1].decrypt(data, CHANGED)));
  }

  get #ready(): [CipherState, CipherState] {
    if (!this.#ciphers) throw new LocalError("The handshake is not over yet.");
    return this.#ciphers;
  }
}

/** The new device's side: `hello`, `answered`, `prove`, then `received`, `done`. */
export class NewSide extends Side {
  #nonce: Bytes = new Uint8Array(0);

  constructor(link: DeviceLink, entropy: Entropy) {
    super(link, entropy, true);
  }

  /** Make envelope 1: a commitment to the nonce, and how this device is called. */
  hello(name: string): Bytes {
    this.#nonce = this.entropy(NONCE_BYTES);
    return this.handshake.write(encode([VERSION, commitment(this.#nonce), name]));
  }

  /** Take envelope 2; return the code to show. Throws `RemoteError`. */
  answered(data: Uint8Array): string {
    const payload = this.shaken(data);
    const theirs = payload.bytes(NONCE_BYTES);
    payload.finish();
    this.split();
    this.agree(this.#nonce, theirs);
    return this.code;
  }

  /** Make envelope 3: the nonce itself, and this device's id. */
  prove(device: Bytes): Bytes {
    return this.seal(this.#nonce, device);
  }

  /** Take envelope 4; return where the account lies. Throws `RemoteError`. */
  received(data: Uint8Array): BlobRef {
    const payload = this.open(data);
    const ref = unpackBlobRef(payload.bytes());
    payload.finish();
    return ref;
  }

  /** Make envelope 5: the account is on this device's disk. */
  done(): Bytes {
    return this.seal();
  }
}

/** The old device's side: `greeted`, `proven`, and after its owner's word `give`. */
export class OldSide extends Side {
  /** How the new device is called. */
  name = "";
  #nonce: Bytes = new Uint8Array(0);
  #commitment: Bytes = new Uint8Array(0);

  constructor(link: DeviceLink, entropy: Entropy) {
    super(link, entropy, false);
  }

  /** Take envelope 1 and make envelope 2. Throws `RemoteError`. */
  greeted(data: Uint8Array): Bytes {
    const payload = this.shaken(data);
    this.#commitment = payload.bytes(NONCE_BYTES);
    this.name = payload.name();
    payload.finish();
    this.#nonce = this.entropy(NONCE_BYTES);
    const answer = this.handshake.write(encode([VERSION, this.#nonce]));
    this.split();
    return answer;
  }

  /** Take envelope 3, return the new device's id; from here on `code` is compared. */
  proven(data: Uint8Array): Bytes {
    const payload = this.open(data);
    const [theirs, device] = [payload.bytes(NONCE_BYTES), payload.bytes(8)];
    payload.finish();
    if (!equal(commitment(theirs), this.#commitment))
      throw new Forged("The other device is not the one that opened the link.");
    this.agree(theirs, this.#nonce);
    return device;
  }

  /** Make envelope 4; only after the owner has compared the code. */
  give(account: BlobRef): Bytes {
    if (this.code === "")
      throw new LocalError("Nothing is given before there is a code to compare.");
    return this.seal(packBlobRef(account));
  }

  /** Take envelope 5. Throws `RemoteError`. */
  finished(data: Uint8Array): void {
    this.open(data).finish();
  }
}

/** What envelope 1 says of a nonce that envelope 3 shows. */
export function commitment(nonce: Bytes): Bytes {
  return sha256(concat(NONCE, nonce));
}

/** A code as people see it. */
export function spaced(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`;
}

function expected(payload: Uint8Array): Expected {
  const fields = Expected.decode(payload, STRANGE);
  fields.check(fields.any() === VERSION);
  return fields;
}
