/** Bytes as keys of maps and sets. */

/** A set of byte strings, each as `keyOf` names it. */
export type KeySet = ReadonlySet<string>;

const decoder = new TextDecoder("latin1");

/** A string that is equal for equal bytes only: each byte is one character. */
export function keyOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** What was computed for some keys, the oldest forgotten when there are too many. */
export class Remembered<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The value of a key, made now if it is not remembered. */
  get(key: string, make: () => Value): Value {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = make();
      if (this.#values.size >= this.#most)
        for (const oldest of this.#values.keys()) {
          this.#values.delete(oldest);
          break;
        }
      this.#values.set(key, value);
    }
    return value;
  }
}
