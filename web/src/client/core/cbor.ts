/**
 * CBOR, the deterministic part that Linnet uses (spec/conversations.md §2): integers,
 * byte and text strings, arrays, maps, booleans, null and tags; definite lengths and
 * shortest forms only, map keys ascending by their bytes (RFC 8949 §4.2.1). Any bytes
 * give a plain value or `Malformed`, in bounded time and memory.
 */

import { type Bytes, concat, fromUtf8, utf8 } from "../../bytes.ts";
import { LocalError, Malformed } from "../../errors.ts";

/** Containers inside each other; MIMI content needs six. */
export const DEEPEST = 16;

/** A tagged value. */
export class Tag {
  readonly number: number;
  readonly value: Value;

  constructor(number: number, value: Value) {
    this.number = number;
    this.value = value;
  }
}

export type Key = number | bigint | string;
/** A map with integers or texts as keys. */
export type CborMap = ReadonlyMap<Key, Value>;
/** Integers beyond 2^53 are bigints, all others numbers. */
export type Value =
  | number
  | bigint
  | Uint8Array
  | string
  | boolean
  | null
  | readonly Value[]
  | CborMap
  | Tag;

/** Write a value in its one deterministic form. */
export function encode(value: Value): Bytes {
  const pieces: Uint8Array[] = [];
  write(value, pieces);
  return concat(...pieces);
}

function write(value: Value, into: Uint8Array[]): void {
  if (value === null) into.push(Uint8Array.of(0xf6));
  else if (typeof value === "boolean") into.push(Uint8Array.of(value ? 0xf5 : 0xf4));
  else if (typeof value === "number" || typeof value === "bigint")
    into.push(integer(value));
  else if (typeof value === "string") {
    const text = utf8(value);
    into.push(head(3, text.length), text);
  } else if (value instanceof Uint8Array) into.push(head(2, value.length), value);
  else if (value instanceof Tag) {
    into.push(head(6, value.number));
    write(value.value, into);
  } else if (value instanceof Map) writeMap(value, into);
  else {
    const items = value as readonly Value[];
    into.push(head(4, items.length));
    for (const item of items) write(item, into);
  }
}

function writeMap(map: CborMap, into: Uint8Array[]): void {
  const pairs = [...map].map(([key, item]) => [encode(key), item] as const);
  pairs.sort(([one], [other]) => compare(one, other));
  into.push(head(5, pairs.length));
  for (const [key, item] of pairs) {
    into.push(key);
    write(item, into);
  }
}

function integer(value: number | bigint): Bytes {
  if (typeof value === "number" && !Number.isSafeInteger(value))
    throw new LocalError("A number is no integer, or too large for CBOR.");
  if (value >= 0) return head(0, value);
  return head(1, typeof value === "bigint" ? -1n - value : -1 - value);
}

function head(major: number, number: number | bigint): Bytes {
  const first = major << 5;
  if (number < 24) return Uint8Array.of(first | Number(number));
  const code =
    number < 0x100 ? 0 : number < 0x1_0000 ? 1 : number < 0x1_0000_0000 ? 2 : 3;
  const bytes = new Uint8Array(1 + (1 << code));
  bytes[0] = first | (24 + code);
  let left = BigInt(number);
  if (left >> 64n) throw new LocalError("A number is too large for CBOR.");
  for (let at = bytes.length - 1; at > 0; at--, left >>= 8n)
    bytes[at] = Number(left & 0xffn);
  return bytes;
}

/** Order byte strings as CBOR orders keys: byte by byte, a beginning before the whole. */
export function compare(one: Uint8Array, other: Uint8Array): number {
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at++) {
    const difference = (one[at] as number) - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Read one value that fills `data`; throws `Malformed` for anything `encode` would not write. */
export function decode(data: Uint8Array): Value {
  const reader = new Reader(data);
  const value = reader.item(DEEPEST);
  if (reader.at !== data.length) throw new Malformed("Bytes follow a CBOR value.");
  return value;
}

class Reader {
  at = 0;
  readonly #data: Uint8Array;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  item(depth: number): Value {
    const first = this.#data[this.at];
    if (first === undefined) throw cut();
    const major = first >> 5;
    if (major === 7) return this.#simple(first);
    const number = this.#argument(first & 31);
    if (major === 0) return number;
    if (major === 1)
      return typeof number === "bigint" || number === Number.MAX_SAFE_INTEGER
        ? -1n - BigInt(number)
        : -1 - number;
    if (major === 2) return this.#take(number);
    if (major === 3) return this.#text(number);
    if (depth === 0) throw new Malformed("A CBOR value is nested too deep.");
    if (major === 4) return this.#array(number, depth - 1);
    if (major === 5) return this.#map(number, depth - 1);
    if (typeof number === "bigint")
      throw new Malformed("A CBOR value has a tag that is not used here.");
    return new Tag(number, this.item(depth - 1));
  }

  #argument(code: number): number | bigint {
    this.at += 1;
    if (code < 24) return code;
    if (code > 27) throw new Malformed("A CBOR value has no definite length.");
    const size = 1 << (code - 24);
    let number = 0n;
    for (const byte of this.#take(size)) number = (number << 8n) | BigInt(byte);
    if (number < (size === 1 ? 24n : 1n << BigInt(4 * size)))
      throw new Malformed("A CBOR number is longer than it must be.");
    return number > Number.MAX_SAFE_INTEGER ? number : Number(number);
  }

  #simple(first: number): boolean | null {
    this.at += 1;
    if (first === 0xf4) return false;
    if (first === 0xf5) return true;
    if (first === 0xf6) return null;
    throw new Malformed("A CBOR value is of a kind that is not used here.");
  }

  #take(length: number | bigint): Bytes {
    if (length > this.#data.length - this.at) throw cut();
    const end = this.at + Number(length);
    const piece = this.#data.slice(this.at, end);
    this.at = end;
    return piece;
  }

  #text(length: number | bigint): string {
    try {
      return fromUtf8(this.#take(length));
    } catch (error) {
      if (error instanceof Malformed) throw error;
      throw new Malformed("A CBOR text is not UTF-8.");
    }
  }

  #array(count: number | bigint, depth: number): readonly Value[] {
    if (count > this.#data.length - this.at) throw cut();
    const items: Value[] = [];
    for (let left = Number(count); left > 0; left--) items.push(this.item(depth));
    return items;
  }

  #map(count: number | bigint, depth: number): CborMap {
    if (count > this.#data.length - this.at) throw cut();
    const items = new Map<Key, Value>();
    let before: Uint8Array = new Uint8Array(0);
    for (let left = Number(count); left > 0; left--) {
      const start = this.at;
      const key = this.item(depth);
      const written = this.#data.subarray(start, this.at);
      if (typeof key !== "string" && typeof key !== "number" && typeof key !== "bigint")
        throw new Malformed("A CBOR map has a key that is no number or text.");
      if (compare(written, before) <= 0)
        throw new Malformed("A CBOR map has its keys out of order.");
      before = written;
      items.set(key, this.item(depth));
    }
    return items;
  }
}

function cut(): Malformed {
  return new Malformed("A CBOR value is cut off.");
}

/** Whether a value is an array; of as many items as asked, if any number is. */
export function isArray(value: Value, length?: number): value is readonly Value[] {
  return Array.isArray(value) && (length === undefined || value.length === length);
}

/** Whether a value is a byte string; of a length, if one is asked. */
export function isBytes(value: Value | undefined, length?: number): value is Bytes {
  return (
    value instanceof Uint8Array && (length === undefined || value.length === length)
  );
}

/** Whether a value is an integer from 0 up to but not including `end` (at most 2^53). */
export function isUint(value: Value | undefined, end: number): value is number {
  return typeof value === "number" && value >= 0 && value < end;
}
