/**
 * Records: the one encrypted unit of a session on a carrier (spec/session.md §5).
 *
 * Turns the numbers and messages of a record into padded plaintext and back. Pure bytes;
 * knows nothing of keys, of what was sent before or of carriers.
 */
import { type Bytes, concat } from "../bytes.ts";
import { Malformed } from "../errors.ts";
import { TAG_BYTES } from "./ciphers.ts";
import { Fields, struct, u16, u64 } from "./fields.ts";
import { LARGEST_RECORD, MOST_MESSAGES, SMALLEST_RECORD } from "./tables.ts";

/** Flag: the sender wants any record back at once. */
export const ANSWER = 1;

/** Flag: the sender ends the session for good and forgets it. */
export const END = 2;

const head = struct({ first: u64, received: u64, count: u16, flags: u16 });

/** What a record says. */
export interface Said {
  /** How many messages the sender had sent before this record. */
  readonly first: number;
  /** How many messages the sender has received. */
  readonly received: number;
  /** Any of `ANSWER` and `END`. */
  readonly flags: number;
  readonly messages: readonly Uint8Array[];
}

/**
 * The size class of a record of `length` bytes, tag included.
 *
 * Padmé: at most 12 % longer, and an observer learns O(log log) bits of the length.
 */
export function paddedLength(length: number): number {
  if (length <= SMALLEST_RECORD) return SMALLEST_RECORD;
  const exponent = 31 - Math.clz32(length);
  const mask = (1 << (exponent - (32 - Math.clz32(exponent)))) - 1;
  return Math.min((length + mask) & ~mask, LARGEST_RECORD);
}

/** The padded plaintext of a record; the caller keeps within the limits. */
export function build(said: Said): Bytes {
  const { messages } = said;
  const body = concat(
    head.write({ ...said, count: messages.length }),
    ...messages.map((message) => u16.write(message.length)),
    ...messages,
  );
  const padded = new Uint8Array(paddedLength(body.length + TAG_BYTES) - TAG_BYTES);
  padded.set(body);
  return padded;
}

/**
 * Undo `build`.
 *
 * Throws `Malformed` for flags nobody defined, lengths beyond the record, or padding
 * that is not zero.
 */
export function parse(plain: Uint8Array): Said {
  const fields = new Fields(plain);
  const { first, received, count, flags } = head.read(fields);
  if (count > MOST_MESSAGES)
    throw new Malformed("A record carries more messages than one may.");
  if (flags > (ANSWER | END))
    throw new Malformed("A record carries a flag that this version does not know.");
  const lengths = Array.from({ length: count }, () => fields.number(2));
  const messages = lengths.map((length) => fields.take(length));
  if (fields.rest().some((byte) => byte !== 0))
    throw new Malformed("A record's padding is not zero.");
  return { first, received, flags, messages };
}
