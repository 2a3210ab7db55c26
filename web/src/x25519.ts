/**
 * X25519 (RFC 7748) alone: the package's own module of it brings along all that Ed25519
 * needs, which the page fetches only where the platform lacks it.
 */
import { pow } from "@noble/curves/abstract/modular.js";
import { montgomery } from "@noble/curves/abstract/montgomery.js";

const P = 2n ** 255n - 19n;

/** Keys of 32 bytes, and what two of them agree on; refuses points of low order. */
export const x25519 = montgomery({
  P,
  type: "x25519",
  powPminus2: (x) => pow(x, P - 2n, P),
  adjustScalarBytes(bytes: Uint8Array<ArrayBuffer>) {
    const [first = 0, last = 0] = [bytes[0], bytes[31]];
    bytes[0] = first & 248;
    bytes[31] = (last & 127) | 64;
    return bytes;
  },
});
