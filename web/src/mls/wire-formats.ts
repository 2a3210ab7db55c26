/** The outermost envelope of everything MLS sends: MLSMessage (RFC 9420 §6). */
import { concat, type Bytes } from "../bytes.ts";
import { Reader, uint16 } from "./codec.ts";
import { MalformedMessage, UnsupportedVersion } from "./errors.ts";

const MLS_10 = 1;

/** What an MLSMessage holds. */
export const WireFormat = {
  PUBLIC_MESSAGE: 1,
  PRIVATE_MESSAGE: 2,
  WELCOME: 3,
  GROUP_INFO: 4,
  KEY_PACKAGE: 5,
} as const;
/** What an MLSMessage holds. */
export type WireFormat = (typeof WireFormat)[keyof typeof WireFormat];

/** Wrap a body. */
export function encodeMessage(kind: WireFormat, body: Uint8Array): Bytes {
  return concat(uint16(MLS_10), uint16(kind), body);
}

/**
 * The kind of a message, and its body.
 * @throws {MalformedMessage} there is no such kind.
 * @throws {UnsupportedVersion} the message is not of MLS 1.0.
 */
export function unwrapMessage(message: Uint8Array): [WireFormat, Bytes] {
  const bytes = new Uint8Array(message);
  const reader = new Reader(bytes);
  if (reader.uint16() !== MLS_10)
    throw new UnsupportedVersion("a message is not of MLS 1.0");
  const kind = reader.uint16();
  if (kind < 1 || kind > 5)
    throw new MalformedMessage("a message has no known wire format");
  return [kind as WireFormat, bytes.subarray(reader.position)];
}

/** The body of a message that must be of one kind; throws as `unwrapMessage` does. */
export function openMessage(message: Uint8Array, kind: WireFormat): Bytes {
  const [found, body] = unwrapMessage(message);
  if (found !== kind) throw new MalformedMessage("a message is of another kind");
  return body;
}
