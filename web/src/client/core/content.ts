/**
 * MIMI content: what a message says, in the form of draft-ietf-mimi-content
 * (spec/conversations.md §7). What a value means in a conversation is in `meaning.ts`.
 */

import { type Bytes, concat, hex, utf8 } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import {
  type CborMap,
  decode,
  encode,
  isArray,
  isBytes,
  isUint,
  type Value,
} from "./cbor.ts";
import { sha256 } from "./gcm.ts";
import { type Part, readPart, writePart } from "./parts.ts";
import { byteLength } from "./texts.ts";

/** Bytes of one content; leaves room for MLS, padding and the envelope. */
export const LARGEST_CONTENT = 40_000;
const LONGEST_TOPIC = 4096;
const SHA256_ID = 1;

/** When a message is to be deleted: seconds after reading, or a time in seconds. */
export interface Expiration {
  readonly relative: boolean;
  readonly time: number;
}

/** One MIMI content message. */
export interface Content {
  readonly salt: Bytes;
  readonly part: Part;
  readonly replaces: Bytes | null;
  readonly inReplyTo: Bytes | null;
  readonly expires: Expiration | null;
  readonly topic: Bytes;
  readonly extensions: CborMap;
}

/** Make a content; what `more` leaves out is nothing. */
export function newContent(
  salt: Bytes,
  part: Part,
  more: Partial<Omit<Content, "salt" | "part">> = {},
): Content {
  return {
    salt,
    part,
    replaces: null,
    inReplyTo: null,
    expires: null,
    topic: new Uint8Array(0),
    extensions: new Map(),
    ...more,
  };
}

/** Write a content. */
export function encodeContent(content: Content): Bytes {
  const { expires } = content;
  return encode([
    content.salt,
    content.replaces,
    content.topic,
    expires && [expires.relative, expires.time],
    content.inReplyTo,
    content.extensions,
    writePart(content.part),
  ]);
}

/** Read a content; throws `Malformed` for what is none, or too large. */
export function decodeContent(data: Uint8Array): Content {
  if (data.length > LARGEST_CONTENT)
    throw new Malformed("A message's content is too large.");
  const value = decode(data);
  if (isArray(value, 7)) {
    const [salt, replaces, topic, expires, inReplyTo, extensions, part] = value;
    if (
      isBytes(salt, 16) &&
      isBytes(topic) &&
      topic.length <= LONGEST_TOPIC &&
      extensions instanceof Map
    )
      return {
        salt,
        part: readPart(part as Value),
        replaces: mimiOrNull(replaces),
        inReplyTo: mimiOrNull(inReplyTo),
        expires: expiration(expires),
        topic,
        extensions: bounded(extensions as CborMap),
      };
  }
  throw new Malformed("A message's content has not the seven fields of MIMI.");
}

/** The 32-byte MIMI message id (draft-ietf-mimi-content, Message ID). */
export function mimiId(
  sender: Bytes,
  conversation: Bytes,
  content: Uint8Array,
  salt: Bytes,
): Bytes {
  const whole = concat(
    sized(accountUri(sender)),
    sized(conversationUri(conversation)),
    content,
    salt,
  );
  return concat(Uint8Array.of(SHA256_ID), sha256(whole).subarray(0, 31));
}

/** The 16 bytes that name the message and its envelope. */
export function messageId(mimi: Bytes): Bytes {
  return mimi.slice(1, 17);
}

/** The sender URI of an account. */
export function accountUri(account: Bytes): string {
  return `linnet:account:${hex(account)}`;
}

/** The room URI of a conversation. */
export function conversationUri(conversation: Bytes): string {
  return `linnet:conversation:${hex(conversation)}`;
}

function sized(uri: string): Bytes {
  const data = utf8(uri);
  return concat(Uint8Array.of(data.length >> 8, data.length & 255), data);
}

function mimiOrNull(value: Value | undefined): Bytes | null {
  if (value === null) return null;
  if (isBytes(value, 32) && value[0] === SHA256_ID) return value;
  throw new Malformed("A message names another one by something that is no id.");
}

function expiration(value: Value | undefined): Expiration | null {
  if (value === null) return null;
  if (value !== undefined && isArray(value, 2)) {
    const [relative, time] = value;
    if (typeof relative === "boolean" && isUint(time, 2 ** 32))
      return { relative, time };
  }
  throw new Malformed("A message has an impossible expiry.");
}

function bounded(extensions: CborMap): CborMap {
  for (const [key, value] of extensions) {
    const length = typeof key === "string" ? byteLength(key) : 1;
    if (length < 1 || length > 255)
      throw new Malformed("A message has an extension with an impossible name.");
    if (encode(value).length > 4096)
      throw new Malformed("A message has an extension that is too large.");
  }
  return extensions;
}
