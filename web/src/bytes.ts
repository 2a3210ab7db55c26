/** Bytes as everything here passes them around: plain views on their own buffers. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Join byte strings into a new one. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  return join(parts);
}

/** Join a list of byte strings, however long, into a new one. */
export function join(parts: readonly Uint8Array[]): Bytes {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Say whether two byte strings are equal, in time that depends on their lengths only. */
export function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; at++)
    difference |= (one[at] as number) ^ (other[at] as number);
  return difference === 0;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Encode text as UTF-8. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** Decode UTF-8 strictly; throws a `TypeError` for anything else. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const DIGITS = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** Write bytes as lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte] as string;
  return text;
}

/** Read hexadecimal; throws a `RangeError` for anything else. */
export function fromHex(text: string): Bytes {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new RangeError("not hexadecimal");
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++)
    bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
