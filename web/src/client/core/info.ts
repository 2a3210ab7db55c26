/**
 * What every member agrees a conversation is: an extension of its GroupContext
 * (spec/conversations.md §4).
 */

import { type Bytes, equal } from "../../bytes.ts";
import { LocalError, Malformed } from "../../errors.ts";
import { RELAY_DESCRIPTOR, type RelayDescriptor, readWhole } from "../../wire/links.ts";
import { compare, decode, encode, isArray, isBytes, type Value } from "./cbor.ts";
import { byteLength, isPrintable } from "./texts.ts";

/** GroupContext extension, private use (RFC 9420 §17.3). */
export const INFO_EXTENSION = 0xf101;
/** LeafNode extension that holds a display name. */
export const NAME_EXTENSION = 0xf100;

const VERSION = 1;
export const DIRECT = 0;
export const GROUP = 1;
export const DEVICES = 2;
export const LONGEST_TITLE = 128;
export const MOST_ADMINS = 64;

/** Kind, title, admins, and where the conversation lives. */
export interface ConversationInfo {
  readonly kind: number;
  readonly title: string;
  /** Account keys, ascending, each once. */
  readonly admins: readonly Bytes[];
  readonly stream: Bytes;
  readonly relay: RelayDescriptor;
}

/** Write the extension's data; throws `LocalError` if a field is out of bounds. */
export function encodeInfo(info: ConversationInfo): Bytes {
  const { kind, title, stream } = info;
  const admins = [...info.admins].sort(compare);
  const relay = RELAY_DESCRIPTOR.write(info.relay);
  const data = encode([VERSION, kind, title, admins, stream, relay]);
  try {
    decodeInfo(data);
  } catch (error) {
    if (error instanceof Malformed) throw new LocalError(error.message);
    throw error;
  }
  return data;
}

/** Read the extension's data; throws `Malformed` if it is none. */
export function decodeInfo(data: Uint8Array): ConversationInfo {
  const value = decode(data);
  if (!isArray(value, 6)) throw silent();
  const [version, kind, title, admins, stream, relay] = value as [Value, ...Value[]];
  if (
    version !== VERSION ||
    (kind !== DIRECT && kind !== GROUP && kind !== DEVICES) ||
    typeof title !== "string" ||
    admins === undefined ||
    !isArray(admins) ||
    !isBytes(stream) ||
    !isBytes(relay)
  )
    throw silent();
  const keys = admins.filter((one) => isBytes(one, 32));
  const isSound =
    keys.length === admins.length &&
    keys.length <= MOST_ADMINS &&
    keys.every((key, at) => at === 0 || compare(keys[at - 1] as Bytes, key) < 0) &&
    stream.length === 16 &&
    (kind === GROUP ? keys.length > 0 && title !== "" : !keys.length && title === "");
  if (!isSound || byteLength(title) > LONGEST_TITLE)
    throw new Malformed("A conversation describes itself impossibly.");
  if (!isPrintable(title) || title !== title.trim())
    throw new Malformed("A conversation has a title that cannot be shown.");
  const descriptor = readWhole(RELAY_DESCRIPTOR, relay);
  return { kind, title, admins: keys, stream, relay: descriptor };
}

/** The same with one admin more or fewer. */
export function withAdmin(
  info: ConversationInfo,
  account: Bytes,
  isAdmin: boolean,
): ConversationInfo {
  const others = info.admins.filter((one) => !equal(one, account));
  const admins = isAdmin ? [...others, account].sort(compare) : others;
  return { ...info, admins };
}

/** Whether an account is among the admins it names. */
export function namesAdmin(info: ConversationInfo, account: Bytes): boolean {
  return info.admins.some((one) => equal(one, account));
}

function silent(): Malformed {
  return new Malformed("A conversation does not say what it is.");
}
