/** Reads fields of CBOR that another device wrote: each is what it must be, or `Malformed`. */

import type { Bytes } from "../../bytes.ts";
import { LinnetError, Malformed } from "../../errors.ts";
import { RELAY_DESCRIPTOR, type RelayDescriptor, readWhole } from "../../wire/links.ts";
import { decode, isArray, isBytes, type Value } from "./cbor.ts";
import { decodeName } from "./identity.ts";
import { utf8 } from "../../bytes.ts";

/** No number that devices tell each other is larger. */
export const LATEST = 2 ** 53;

/** Fields that are taken one after another; whatever does not fit is `Malformed`. */
export class Expected {
  readonly #values: readonly Value[];
  readonly #sentence: string;
  #at = 0;

  constructor(value: Value | undefined, sentence: string) {
    this.#sentence = sentence;
    if (value === undefined || !isArray(value)) throw this.malformed();
    this.#values = value;
  }

  /** Read bytes as one array of fields. */
  static decode(data: Uint8Array, sentence: string): Expected {
    return new Expected(decode(data), sentence);
  }

  /** How many fields there are in all. */
  get length(): number {
    return this.#values.length;
  }

  malformed(): Malformed {
    return new Malformed(this.#sentence);
  }

  /** Require something of what was read. */
  check(isSound: boolean): void {
    if (!isSound) throw this.malformed();
  }

  any(): Value {
    const value = this.#values[this.#at++];
    if (value === undefined) throw this.malformed();
    return value;
  }

  bytes(length?: number): Bytes {
    const value = this.any();
    if (!isBytes(value, length)) throw this.malformed();
    return value;
  }

  /** A whole number from 0 to `largest`. */
  number(largest: number): number {
    const value = this.any();
    if (typeof value === "bigint" && value === BigInt(largest)) return largest;
    if (typeof value !== "number" || value < 0 || value > largest)
      throw this.malformed();
    return value;
  }

  flag(): boolean {
    const value = this.any();
    if (typeof value !== "boolean") throw this.malformed();
    return value;
  }

  text(): string {
    const value = this.any();
    if (typeof value !== "string") throw this.malformed();
    return value;
  }

  /** A name of a person or device. */
  name(): string {
    return decodeName(utf8(this.text()));
  }

  relay(): RelayDescriptor {
    return readWhole(RELAY_DESCRIPTOR, this.bytes());
  }

  /** Fields within this one. */
  fields(): Expected {
    return new Expected(this.any(), this.#sentence);
  }

  /** Every value of an array, each read by `read`. */
  list<T>(read: (one: Expected) => T): readonly T[] {
    return this.#listed().map((value) => {
      const one = new Expected(value, this.#sentence);
      const made = read(one);
      one.finish();
      return made;
    });
  }

  /** Every value of an array of byte strings. */
  blobs(): readonly Bytes[] {
    return this.#listed().map((value) => {
      if (!isBytes(value)) throw this.malformed();
      return value;
    });
  }

  /** Null, or what `read` takes. */
  maybe<T>(read: (from: this) => T): T | null {
    if (this.#values[this.#at] !== null) return read(this);
    this.#at++;
    return null;
  }

  /** Require that nothing is left. */
  finish(): void {
    this.check(this.#at === this.#values.length);
  }

  #listed(): readonly Value[] {
    const value = this.any();
    if (!isArray(value)) throw this.malformed();
    return value;
  }
}

/** Read a value; null for whatever is wrong with it. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof LinnetError) return null;
    throw error;
  }
}
