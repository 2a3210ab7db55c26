import { readFileSync } from "node:fs";

import { type Bytes, fromHex } from "../../../src/bytes.ts";

/** Read a vector file; its test says what is in it. */
export function vectors(name: string): unknown {
  const url = new URL(`../../../../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

/** The name of the error that a call throws, or null. */
export async function errorOf(call: () => unknown): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    return (error as Error).name;
  }
}

/** Entropy that gives the same bytes each time, cut to length. */
export function constant(digits: string): (length: number) => Bytes {
  return (length) => fromHex(digits).slice(0, length);
}
