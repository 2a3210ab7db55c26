/**
 * P-256: what can be told without its arithmetic. The curve itself is fetched when a key
 * of suite 2 is used, so that the page does not begin with it.
 */
import { hex } from "../bytes.ts";

/** The curve, with which keys are used. */
export async function p256Curve() {
  return (await import("@noble/curves/nist.js")).p256;
}

/** How many points there are. */
export const ORDER = BigInt(
  "0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
);
const P = BigInt("0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
const B = BigInt("0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");

/** Bytes as one number, the first byte the greatest. */
export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(bytes)}`);
}

/** Whether some bytes are a private key. */
export function isScalar(raw: Uint8Array): boolean {
  if (raw.length !== 32) return false;
  const scalar = toNumber(raw);
  return scalar > 0n && scalar < ORDER;
}

/** Whether some bytes are a public key: a point of the curve, uncompressed. */
export function isPoint(raw: Uint8Array): boolean {
  if (raw.length !== 65 || raw[0] !== 4) return false;
  const [x, y] = [toNumber(raw.subarray(1, 33)), toNumber(raw.subarray(33))];
  return x < P && y < P && (x * x * x - 3n * x + B - y * y) % P === 0n;
}
