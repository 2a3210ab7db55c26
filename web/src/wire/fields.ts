/**
 * Fixed big-endian fields, read out of bytes that a stranger sent and written back
 * (spec/wire.md §1). A `Layout` says both at once; layouts are built of layouts.
 *
 * Knows lengths and bounds; knows no message.
 */
import { type Bytes, concat } from "../bytes.ts";
import { LocalError, Malformed } from "../errors.ts";

/** A cursor over one message; every read is checked against its end. */
export class Fields {
  #at: number;
  readonly #data: Uint8Array;

  constructor(data: Uint8Array, at = 0) {
    this.#data = data;
    this.#at = at;
  }

  /** Read exactly `length` bytes, as a copy; throws `Malformed` if fewer are left. */
  take(length: number): Bytes {
    const end = this.#at + length;
    if (end > this.#data.length)
      throw new Malformed("A message is shorter than its fields say.");
    const piece = this.#data.slice(this.#at, end);
    this.#at = end;
    return piece;
  }

  /** Read an unsigned number of `length` bytes; throws `Malformed` from 2^53 on. */
  number(length: number): number {
    let value = 0;
    for (const byte of this.take(length)) value = value * 256 + byte;
    if (value > Number.MAX_SAFE_INTEGER)
      throw new Malformed("A message holds a number that is too large.");
    return value;
  }

  /** Read bytes behind a length of `prefix` bytes. */
  sized(prefix: number): Bytes {
    return this.take(this.number(prefix));
  }

  /** Read all that is left. */
  rest(): Bytes {
    return this.take(this.#data.length - this.#at);
  }

  /** Whether nothing is left. */
  get isDone(): boolean {
    return this.#at === this.#data.length;
  }

  /** Require that nothing is left, or throw `Malformed`. */
  finish(): void {
    if (!this.isDone) throw new Malformed("Bytes follow the last field of a message.");
  }
}

/** Write an unsigned number in `length` bytes, big-endian. */
export function uint(length: number, value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** length)
    throw new LocalError("A number does not fit its field.");
  const bytes = new Uint8Array(length);
  for (let at = length - 1, left = value; left > 0; at--) {
    bytes[at] = left % 256;
    left = Math.floor(left / 256);
  }
  return bytes;
}

/** How a value lies in bytes; `read` throws `Malformed` for what is no such value. */
export interface Layout<T> {
  write(value: T): Bytes;
  read(fields: Fields): T;
}

/** The value that a layout reads. */
export type ValueOf<L> = L extends Layout<infer T> ? T : never;

type Shape = Readonly<Record<string, Layout<unknown>>>;

const number = (length: number): Layout<number> => ({
  write: (value) => uint(length, value),
  read: (fields) => fields.number(length),
});

export const u8: Layout<number> = number(1);
export const u16: Layout<number> = number(2);
export const u32: Layout<number> = number(4);
export const u64: Layout<number> = number(8);

/** Exactly `length` bytes. */
export function fixed(length: number): Layout<Bytes> {
  return {
    write(value) {
      if (value.length !== length)
        throw new LocalError("A value does not have the length of its field.");
      return value;
    },
    read: (fields) => fields.take(length),
  };
}

/** Bytes behind a length of `prefix` bytes. */
export function sized(prefix: number): Layout<Bytes> {
  return {
    write: (value) => concat(uint(prefix, value.length), value),
    read: (fields) => fields.sized(prefix),
  };
}

/** All that is left. */
export const rest: Layout<Bytes> = {
  write: (value) => value,
  read: (fields) => fields.rest(),
};

/** Fields one after another, in the order in which they are named. */
export function struct<S extends Shape>(
  shape: S,
): Layout<{ readonly [K in keyof S]: ValueOf<S[K]> }> {
  type Value = { readonly [K in keyof S]: ValueOf<S[K]> };
  const parts = Object.entries(shape);
  return {
    write: (value) => concat(...parts.map(([name, one]) => one.write(value[name]))),
    read(fields) {
      const value: Record<string, unknown> = {};
      for (const [name, one] of parts) value[name] = one.read(fields);
      return value as Value;
    },
  };
}

/** What `layout` reads, as long as `fits`; else `Malformed` with the sentence. */
export function checked<T>(
  layout: Layout<T>,
  fits: (value: T) => boolean,
  sentence: string,
): Layout<T> {
  return {
    write: (value) => layout.write(value),
    read(fields) {
      const value = layout.read(fields);
      if (!fits(value)) throw new Malformed(sentence);
      return value;
    },
  };
}

/** As many as `count` says, one after another. */
export function list<T>(count: Layout<number>, item: Layout<T>): Layout<readonly T[]> {
  return {
    write: (values) =>
      concat(count.write(values.length), ...values.map((one) => item.write(one))),
    read: (fields) =>
      // Every item takes at least a byte, so a giant count ends at the first lack.
      Array.from({ length: count.read(fields) }, () => item.read(fields)),
  };
}

/** One after another to the end. */
export function many<T>(item: Layout<T>): Layout<readonly T[]> {
  return {
    write: (values) => concat(...values.map((one) => item.write(one))),
    read(fields) {
      const values: T[] = [];
      while (!fields.isDone) values.push(item.read(fields));
      return values;
    },
  };
}

/** A byte of flags of which only the lowest is known. */
export const flag: Layout<boolean> = {
  write: (value) => uint(1, value ? 1 : 0),
  read(fields) {
    const flags = fields.number(1);
    if (flags > 1) throw new Malformed("A message sets a flag that does not exist.");
    return flags === 1;
  },
};

/** The data that ends a message: anything but nothing. */
export const data: Layout<Bytes> = checked(
  rest,
  (value) => value.length > 0,
  "An envelope is empty.",
);
