/** Randomness that can be repeated: the same seed gives the same choices and keys. */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, utf8, type Bytes } from "../../src/bytes.ts";
import { uint32 } from "../../src/mls/codec.ts";

/** A source of choices and of entropy. */
export class Seeded {
  readonly #seed: Bytes;
  #count = 0;

  constructor(seed: string) {
    this.#seed = utf8(seed);
  }

  /** Some bytes. */
  readonly entropy = (length: number): Bytes => {
    let bytes: Bytes = new Uint8Array();
    while (bytes.length < length)
      bytes = concat(bytes, sha256(concat(this.#seed, uint32(this.#count++))));
    return bytes.slice(0, length);
  };

  /** A whole number below another. */
  below(limit: number): number {
    return new DataView(this.entropy(4).buffer).getUint32(0) % limit;
  }

  /** Whether something with this chance in a hundred happens. */
  percent(chance: number): boolean {
    return this.below(100) < chance;
  }

  /** One of some values. */
  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("there is nothing to pick from");
    return value;
  }
}
