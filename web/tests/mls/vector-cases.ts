/** What every runner of vectors needs; nothing here asks for Node. */
import { fromHex, hex, type Bytes } from "../../src/bytes.ts";

/** A vector is whatever its JSON says; only its runner looks inside. */
export type Case = Readonly<Record<string, unknown>>;
/** Throws if a case does not hold. */
export type Check = (test: Case) => void | Promise<void>;

/** Bytes from a vector. */
export function unhex(value: unknown): Bytes {
  return fromHex(value as string);
}

/** Randomness for what a runner makes itself. */
export function entropy(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Make sure of something. */
export function holds(what: boolean, name: string): void {
  if (!what) throw new Error(`${name} is not what it should be`);
}

/** Make sure that bytes are those of the vector. */
export function same(
  found: Uint8Array | undefined,
  expected: unknown,
  name: string,
): void {
  const wanted = expected instanceof Uint8Array ? hex(expected) : expected;
  holds(found !== undefined && hex(found) === wanted, name);
}
