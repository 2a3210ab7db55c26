/**
 * The TLS presentation language as MLS uses it (RFC 9420 §2.1): bytes in, values out.
 *
 * Encoding is canonical: whatever decodes re-encodes to the same bytes, so a decoded
 * value may keep the slice it came from. Time and memory are bounded by the input.
 */
import { concat, join, type Bytes } from "../bytes.ts";
import { MalformedMessage, UsageError } from "./errors.ts";

const ENDS_EARLY = "the input ends too early";

/** Reads values from the front of some bytes, strictly. */
export class Reader {
  readonly #data: Bytes;
  #at = 0;
  #end: number;

  constructor(data: Bytes) {
    this.#data = data;
    this.#end = data.length;
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#at;
  }

  /** The bytes read since `start`, an earlier `position`. */
  since(start: number): Bytes {
    return this.#data.slice(start, this.#at);
  }

  /** Read exactly `length` bytes; throws `MalformedMessage` if fewer are left. */
  fixed(length: number): Bytes {
    const start = this.#at;
    if (length > this.#end - start) throw new MalformedMessage(ENDS_EARLY);
    this.#at = start + length;
    return this.#data.slice(start, this.#at);
  }

  #number(length: number): number {
    let value = 0;
    for (let count = 0; count < length; count++) value = value * 256 + this.uint8();
    return value;
  }

  /** Read one byte as a number. */
  uint8(): number {
    if (this.#at >= this.#end) throw new MalformedMessage(ENDS_EARLY);
    return this.#data[this.#at++] as number;
  }

  /** Read a two-byte number. */
  uint16(): number {
    return this.#number(2);
  }

  /** Read a four-byte number. */
  uint32(): number {
    return this.#number(4);
  }

  /** Read an eight-byte number; no group lives to see one that is no safe integer. */
  uint64(): number {
    const value = this.#number(8);
    if (value > Number.MAX_SAFE_INTEGER)
      throw new MalformedMessage("a number is larger than we take");
    return value;
  }

  /** Read an eight-byte moment; one in the far future is rounded. */
  moment(): number {
    return this.#number(8);
  }

  /** Read the length of a vector (§2.1.2), which must be in its shortest form. */
  length(): number {
    const first = this.uint8();
    const more = first >> 6;
    if (more === 3) throw new MalformedMessage("a length has the reserved prefix");
    let value = first & 0x3f;
    for (let left = (1 << more) - 1; left > 0; left--)
      value = value * 256 + this.uint8();
    if (more > 0 && value < (more === 1 ? 1 << 6 : 1 << 14))
      throw new MalformedMessage("a length is not in its shortest form");
    return value;
  }

  /** Read `opaque <V>`. */
  opaque(): Bytes {
    return this.fixed(this.length());
  }

  /** Read a vector whose elements `element` reads; none may cross its end. */
  vector<Value>(element: (reader: this) => Value): Value[] {
    const end = this.length() + this.#at;
    if (end > this.#end) throw new MalformedMessage(ENDS_EARLY);
    const outer = this.#end;
    this.#end = end;
    const values = [];
    while (this.#at < end) values.push(element(this));
    this.#end = outer;
    return values;
  }

  /** Read `optional<T>`. */
  optional<Value>(value: (reader: this) => Value): Value | undefined {
    const present = this.uint8();
    if (present > 1) throw new MalformedMessage("a presence byte is neither 0 nor 1");
    return present ? value(this) : undefined;
  }

  /** Make sure that nothing is left. */
  finish(): void {
    if (this.#at !== this.#end)
      throw new MalformedMessage("bytes follow the end of a value");
  }
}

/** Read all of `data` as one value; throws `MalformedMessage` if it is not exactly one. */
export function decode<Value>(
  data: Uint8Array,
  value: (reader: Reader) => Value,
): Value {
  const reader = new Reader(data as Bytes);
  const result = value(reader);
  reader.finish();
  return result;
}

/** Read `opaque <V>`, as an element of a vector. */
export const readOpaque = (reader: Reader): Bytes => reader.opaque();
/** Read a two-byte number, as an element of a vector. */
export const readUint16 = (reader: Reader): number => reader.uint16();

function number(value: number, length: number): Bytes {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  if (rest !== 0 || value < 0 || !Number.isSafeInteger(value))
    throw new UsageError("a number does not fit its place");
  return bytes;
}

/** Encode a one-byte number. */
export const uint8 = (value: number): Bytes => number(value, 1);
/** Encode a two-byte number. */
export const uint16 = (value: number): Bytes => number(value, 2);
/** Encode a four-byte number. */
export const uint32 = (value: number): Bytes => number(value, 4);
/** Encode an eight-byte number. */
export const uint64 = (value: number): Bytes => number(value, 8);

/** Encode the length of a vector (§2.1.2). */
export function length(value: number): Bytes {
  if (value < 1 << 6) return uint8(value);
  if (value < 1 << 14) return uint16(value + 0x4000);
  if (value < 1 << 30) return uint32(value + 0x80000000);
  throw new UsageError("a vector of MLS is shorter than 2**30 bytes");
}

/** Encode `opaque <V>`. */
export function opaque(value: Uint8Array): Bytes {
  return concat(length(value.length), value);
}

/** Encode a vector of elements that are encoded already. */
export function vector(elements: readonly Uint8Array[]): Bytes {
  return opaque(join(elements));
}

/** Encode `optional<T>`, its value encoded already. */
export function optional(encoded: Uint8Array | undefined): Bytes {
  return encoded ? concat(uint8(1), encoded) : uint8(0);
}
