/**
 * What client and relay tell each other inside handshakes (spec/session.md §4): the
 * payloads a client writes and reads, and the secret both derive from an opening.
 */
import { type Bytes, concat, utf8 } from "../bytes.ts";
import { Malformed } from "../errors.ts";
import { derive } from "./ciphers.ts";
import { Fields, struct, u16, u32, u64, u8, uint } from "./fields.ts";
import type { Entropy } from "./noise.ts";
import { refusedOpening } from "./refusals.ts";
import { b32 } from "./requests.ts";
import { IDS_PER_BLOCK, RESUMPTION_ID_BYTES, VERSION } from "./tables.ts";

export const OPENING_PROLOGUE: Bytes = utf8("Linnet session 1");
export const RESUMPTION_PROLOGUE: Bytes = utf8("Linnet session 1 resumption");

const position = struct({ version: u8, received: u64 });
const answer = struct({ code: u8, version: u8, features: u16 });
const welcome = struct({ seed: b32, pingAfter: u16, keepDetached: u32, unixTime: u64 });

/** What the relay answers when it opens a session. */
export interface Welcome {
  /** 32 random bytes from which resumption is derived. */
  readonly seed: Bytes;
  /** What the relay offers beyond version 1; unknown bits mean nothing. */
  readonly features: number;
  /** Seconds of silence after which the client must ask for an answer. */
  readonly pingAfter: number;
  /** Seconds the relay keeps the session without a carrier. */
  readonly keepDetached: number;
  /** The relay's clock, in seconds since 1970. */
  readonly unixTime: number;
}

/** The opening's payload, without padding. */
export function writeOpening(features: number, pass: Uint8Array | null): Bytes {
  const token = pass ?? new Uint8Array();
  return concat(u8.write(VERSION), u16.write(features), u8.write(token.length), token);
}

/**
 * The relay's answer to an opening.
 *
 * Throws `Refused` if the relay opens no session (the code is an `OpeningRefusal`),
 * `Malformed` if it is cut short, badly padded or of another version.
 */
export function readWelcome(raw: Uint8Array): Welcome {
  const fields = new Fields(raw);
  const { code, version, features } = answer.read(fields);
  if (code !== 0) throw refusedOpening(code);
  if (version !== VERSION)
    throw new Malformed("A relay opened a session of a version nobody asked for.");
  const value = welcome.read(fields);
  checkPadding(fields);
  return { ...value, features };
}

/** The payload of either message of a resumption, without padding. */
export function writePosition(received: number): Bytes {
  return position.write({ version: VERSION, received });
}

/** How many messages the other side has received; throws `Malformed`. */
export function readPosition(raw: Uint8Array): number {
  const fields = new Fields(raw);
  const { version, received } = position.read(fields);
  if (version !== VERSION)
    throw new Malformed("A resumption is of a version this session does not have.");
  checkPadding(fields);
  return received;
}

/** Zero-pad to `least` plus a random 0 to `choices - 1` bytes (§4.4). */
export function pad(
  payload: Uint8Array,
  least: number,
  choices: number,
  entropy: Entropy,
): Bytes {
  const size = least + ((entropy(1)[0] as number) % choices);
  return concat(payload, new Uint8Array(Math.max(0, size - payload.length)));
}

/**
 * The pre-shared key and the one-time ids of a session's resumptions (§4.3). Ids cannot
 * be linked with one another or with the opening by anyone who does not hold the seed.
 */
export class ResumptionKeys {
  readonly psk: Bytes;
  readonly #seed: Uint8Array;
  readonly #hash: Uint8Array;

  constructor(seed: Uint8Array, handshakeHash: Uint8Array) {
    this.#seed = seed;
    this.#hash = handshakeHash;
    this.psk = derive(seed, handshakeHash, utf8("Linnet session 1 resumption key"));
  }

  /** The id of the attempt of this number, counting from 0. */
  id(attempt: number): Bytes {
    const block = uint(4, Math.floor(attempt / IDS_PER_BLOCK));
    const info = concat(utf8("Linnet session 1 resumption ids"), block);
    const size = RESUMPTION_ID_BYTES;
    const ids = derive(this.#seed, this.#hash, info, size * IDS_PER_BLOCK);
    const place = (attempt % IDS_PER_BLOCK) * size;
    return ids.slice(place, place + size);
  }
}

function checkPadding(fields: Fields): void {
  if (fields.rest().some((byte) => byte !== 0))
    throw new Malformed("A handshake's padding is not zero.");
}
