/** What a column holds, as the type it must have; anything else is a damaged store. */

import type { Bytes } from "../../bytes.ts";
import { StorageError } from "../../errors.ts";
import { isArray, type Value } from "../core/cbor.ts";

/** The store holds something that this program did not write. */
export function damaged(): StorageError {
  return new StorageError("store damaged");
}

/** Return bytes. */
export function blob(value: unknown): Bytes {
  if (value instanceof Uint8Array) return value as Bytes;
  throw damaged();
}

/** Return text. */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw damaged();
}

/** Return a whole number. */
export function number(value: unknown): number {
  if (typeof value === "number") return value;
  throw damaged();
}

/** Return true or false. */
export function flag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw damaged();
}

/** Return a list. */
export function list(value: Value | undefined): readonly Value[] {
  if (value !== undefined && isArray(value)) return value;
  throw damaged();
}

/** Return one of several words. */
export function word<T extends string>(value: unknown, words: readonly T[]): T {
  const found = words.find((one) => one === value);
  if (found === undefined) throw damaged();
  return found;
}

/** Return what `read` makes of a value, or null where there is none. */
export function maybe<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : read(value);
}
