/**
 * What a MIMI content means in a conversation (spec/conversations.md §7.2): contents to
 * meanings and back. Knows nothing of who may edit what: the timeline does.
 */

import { type Bytes, fromUtf8, utf8 } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import { RELAY_DESCRIPTOR, type RelayDescriptor, readWhole } from "../../wire/links.ts";
import type { Media } from "../values.ts";
import {
  type CborMap,
  decode,
  encode,
  isArray,
  isBytes,
  isUint,
  type Key,
  Tag,
  type Value,
} from "./cbor.ts";
import type { Content } from "./content.ts";
import { ALGORITHM, type FileKey, LARGEST, PREFIX } from "./files.ts";
import {
  MEDIA,
  mediaValue,
  MENTIONS,
  type Mentioned,
  mentionsValue,
  readMedia,
  readMentions,
} from "./hints.ts";
import {
  Disposition,
  type ExternalPart,
  nullPart,
  type Part,
  Semantics,
  type SinglePart,
  singlePart,
} from "./parts.ts";
import { readShared, type RoadsShared } from "./shared-roads.ts";
import { printable } from "./texts.ts";

const PLAIN = "text/plain;charset=utf-8";
const STATUS = "application/mimi-message-status";
const CARD = "application/vnd.linnet.card";
const TIMER = "application/vnd.linnet.timer";
const MISSED = "application/vnd.linnet.missed";
const AGAIN = "application/vnd.linnet.again";
const ROAD = "application/vnd.linnet.road";
const BLOB_URL = "linnet:blob:";
export const LONGEST_EMOJI = 32;
export const MOST_RECEIPTS = 500;
export const DELIVERED = 1;
export const READ = 2;

/** A file elsewhere: which blob, where, and how to open it. */
export interface FileRef {
  readonly blob: Bytes;
  readonly key: FileKey;
  readonly size: number;
  readonly name: string;
  readonly mediaType: string;
  /** Where it lies, if not on the conversation's relay. */
  readonly relay: RelayDescriptor | null;
}

/** A message's MIMI id and what became of it: `DELIVERED` or `READ`. */
export type MessageStatus = readonly [mimi: Bytes, status: number];

/** A text, a file, or both; an edit when the content replaces another. */
export interface Said {
  readonly kind: "said";
  readonly text: string;
  readonly file: FileRef | null;
  /** What the file is like, as its sender says. */
  readonly media: Media | null;
  readonly mentions: readonly Mentioned[];
}

export type Meaning =
  | Said
  /** What the content replaces is deleted, or the reaction taken back. */
  | { readonly kind: "withdrawn" }
  /** A reaction to what the content replies to. */
  | { readonly kind: "reacted"; readonly emoji: string }
  | { readonly kind: "receipts"; readonly statuses: readonly MessageStatus[] }
  /** The sender's invite card. */
  | { readonly kind: "card"; readonly card: Bytes }
  /** From now on messages disappear this many seconds after they were read. */
  | { readonly kind: "timer"; readonly seconds: number }
  /** Asks whoever sent these envelopes to say again what they hold. */
  | { readonly kind: "missed"; readonly envelopes: readonly Bytes[] }
  /** A content that its sender says again for those who missed it. */
  | { readonly kind: "again"; readonly content: Bytes }
  /** Roads for whom it is said to. */
  | ({ readonly kind: "roads" } & RoadsShared)
  /** A kind of content that this version does not know. */
  | { readonly kind: "unknown" };

/** The part of a text. */
export function textPart(text: string): SinglePart {
  return singlePart(Disposition.RENDER, PLAIN, utf8(text));
}

/** The part of a reaction. */
export function reactionPart(emoji: string): SinglePart {
  return singlePart(Disposition.REACTION, PLAIN, utf8(emoji));
}

/** The part of a deletion, or of taking a reaction back. */
export function withdrawalPart(ofReaction: boolean): Part {
  return nullPart(ofReaction ? Disposition.REACTION : Disposition.RENDER);
}

/** The part of a card. */
export function cardPart(card: Bytes): SinglePart {
  return singlePart(Disposition.PROFILE, CARD, card);
}

/** The part that sets the timer. */
export function timerPart(seconds: number): SinglePart {
  return singlePart(Disposition.UNSPECIFIED, TIMER, encode(seconds));
}

/** The part of a status report; `now` in milliseconds. */
export function receiptsPart(
  statuses: readonly MessageStatus[],
  now: number,
): SinglePart {
  const report = encode([new Tag(62, Math.floor(now)), statuses]);
  return singlePart(Disposition.UNSPECIFIED, STATUS, report);
}

/** The part that asks for what could not be read. */
export function missedPart(envelopes: readonly Bytes[]): SinglePart {
  return singlePart(Disposition.UNSPECIFIED, MISSED, encode(envelopes));
}

/** The part that repeats a content. */
export function againPart(content: Bytes): SinglePart {
  return singlePart(Disposition.UNSPECIFIED, AGAIN, content);
}

/** The part of a file, with a text if there is one. */
export function filePart(file: FileRef, text = ""): Part {
  const where = file.relay ? "@" + base64(RELAY_DESCRIPTOR.write(file.relay)) : "";
  const part: ExternalPart = {
    kind: "external",
    disposition: Disposition.ATTACHMENT,
    language: "",
    mediaType: file.mediaType,
    url: BLOB_URL + base64(file.blob) + where,
    expires: 0,
    size: file.size,
    algorithm: ALGORITHM,
    key: file.key.key,
    nonce: file.key.prefix,
    aad: new Uint8Array(0),
    hashAlgorithm: 0,
    contentHash: new Uint8Array(0),
    description: "",
    filename: file.name,
  };
  if (text === "") return part;
  return {
    kind: "multi",
    disposition: Disposition.RENDER,
    language: "",
    semantics: Semantics.PROCESS_ALL,
    parts: [textPart(text), part],
  };
}

/** What a content means; throws `Malformed` if a known kind is not as that kind is. */
export function meaningOf(content: Content): Meaning {
  const { part } = content;
  switch (part.kind) {
    case "null":
      return { kind: content.replaces === null ? "unknown" : "withdrawn" };
    case "single":
      return part.disposition === Disposition.REACTION && isText(part.mediaType)
        ? reaction(part, content)
        : isText(part.mediaType)
          ? said(content, textOf(part.content))
          : meaningOfSingle(part);
    case "external":
      return said(content, "", fileOf(part));
    case "multi": {
      const [first, second] = part.parts;
      if (part.parts.length !== 2 || !first || !second) return { kind: "unknown" };
      if (first.kind !== "single" || second.kind !== "external")
        return { kind: "unknown" };
      if (!isText(first.mediaType)) return { kind: "unknown" };
      return said(content, textOf(first.content), fileOf(second));
    }
  }
}

function said(content: Content, text: string, file: FileRef | null = null): Said {
  const hints = content.extensions;
  const media = file && readMedia(hints.get(MEDIA));
  return {
    kind: "said",
    text,
    file,
    media,
    mentions: readMentions(hints.get(MENTIONS), text),
  };
}

/** The extensions that go with a text or a file. */
export function hintsOf(one: Pick<Said, "media" | "mentions">): CborMap {
  const hints = new Map<Key, Value>();
  if (one.media && Object.keys(one.media).length > 0)
    hints.set(MEDIA, mediaValue(one.media));
  if (one.mentions.length > 0) hints.set(MENTIONS, mentionsValue(one.mentions));
  return hints;
}

function reaction(part: SinglePart, content: Content): Meaning {
  const { length } = part.content;
  if (content.inReplyTo === null || length < 1 || length > LONGEST_EMOJI)
    throw new Malformed("A reaction is malformed.");
  return { kind: "reacted", emoji: textOf(part.content) };
}

function meaningOfSingle(part: SinglePart): Meaning {
  const { mediaType, content } = part;
  switch (mediaType) {
    case STATUS:
      return { kind: "receipts", statuses: receipts(content) };
    case CARD:
      return { kind: "card", card: content };
    case TIMER: {
      const seconds = decode(content);
      if (!isUint(seconds, 2 ** 32)) throw new Malformed("A timer is malformed.");
      return { kind: "timer", seconds };
    }
    case MISSED:
      return { kind: "missed", envelopes: envelopes(content) };
    case AGAIN:
      return { kind: "again", content };
    case ROAD:
      return { kind: "roads", ...readShared(content) };
    default:
      return { kind: "unknown" };
  }
}

function envelopes(data: Bytes): readonly Bytes[] {
  const value = decode(data);
  const entries = isArray(value) ? value : [];
  const names = entries.filter((one) => isBytes(one, 16));
  if (!names.length || names.length > MOST_RECEIPTS || names.length !== entries.length)
    throw new Malformed("A list of what is missed is malformed.");
  return names;
}

function receipts(data: Bytes): readonly MessageStatus[] {
  const value = decode(data);
  const malformed = new Malformed("A status report is malformed.");
  if (!isArray(value, 2)) throw malformed;
  const [time, entries] = value;
  if (!(time instanceof Tag) || time.number !== 62) throw malformed;
  if (typeof time.value !== "number" && typeof time.value !== "bigint") throw malformed;
  if (entries === undefined || !isArray(entries) || entries.length > MOST_RECEIPTS)
    throw malformed;
  return entries.map((entry) => {
    if (!isArray(entry, 2)) throw malformed;
    const [mimi, status] = entry;
    if (!isBytes(mimi, 32) || typeof status !== "number") throw malformed;
    return [mimi, status];
  });
}

/** The file, or null when it is elsewhere or sealed in an unknown way. */
function fileOf(part: ExternalPart): FileRef | null {
  if (!part.url.startsWith(BLOB_URL) || part.algorithm !== ALGORITHM) return null;
  const named = part.url.slice(BLOB_URL.length);
  const at = named.includes("@") ? named.indexOf("@") : named.length;
  const blob = unbase64(named.slice(0, at));
  const relay = named.slice(at + 1);
  const isSound =
    blob.length === 32 && part.key.length === 32 && part.nonce.length === PREFIX;
  if (!isSound || part.size > LARGEST)
    throw new Malformed("A message names a file impossibly.");
  return {
    blob,
    key: { key: part.key, prefix: part.nonce },
    size: Number(part.size),
    name: safeFilename(part.filename),
    mediaType: part.mediaType,
    relay: relay === "" ? null : readWhole(RELAY_DESCRIPTOR, unbase64(relay)),
  };
}

/** A file name that leads nowhere else and hides nothing. */
export function safeFilename(name: string): string {
  const steps = name.split(/[/\\]/).filter((one) => one !== "" && one !== ".");
  const last = (steps.at(-1) ?? "").replace(/^[A-Za-z]:/, "");
  const shown = Array.from(printable(last, "")).slice(0, 200).join("");
  return shown.replace(/^[. ]+|[. ]+$/g, "") || "file";
}

function isText(mediaType: string): boolean {
  const kind = mediaType.replace(/;.*$/s, "").trim().toLowerCase();
  return kind === "text/plain" || kind === "text/markdown";
}

function textOf(data: Uint8Array): string {
  try {
    return fromUtf8(data);
  } catch {
    throw new Malformed("A text is not UTF-8.");
  }
}

function base64(data: Uint8Array): string {
  const raw = Array.from(data, (byte) => String.fromCharCode(byte)).join("");
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unbase64(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1)
    throw new Malformed("A message names a file impossibly.");
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (one) => one.charCodeAt(0));
}
