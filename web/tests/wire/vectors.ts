/** The files of `vectors/`, and their values beside those of the machines. */
import { readFileSync } from "node:fs";
import { hex } from "../../src/bytes.ts";

/** One file; its test says what is in it. */
export function vectors(name: string): unknown {
  const path = new URL(`../../../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8"));
}

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A value as the files write it: bytes in hexadecimal, names with underscores. */
export function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  // The files write the entries of a delivery as pairs.
  if ("handle" in value && "envelope" in value && Object.keys(value).length === 2)
    return [value.handle, shown(value.envelope)];
  const entries = Object.entries(value).filter(([name]) => name !== "type");
  return Object.fromEntries(entries.map(([name, one]) => [snake(name), shown(one)]));
}
