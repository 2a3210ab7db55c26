/**
 * One message as another device of the account is told it (spec/devices.md §4): what was
 * said before a device came is passed on as it is shown, because the keys it was
 * encrypted under are gone.
 */

import type { Bytes } from "../../bytes.ts";
import { RELAY_DESCRIPTOR } from "../../wire/links.ts";
import type { Media } from "../values.ts";
import { decode, encode, type Value } from "./cbor.ts";
import { Expected, LATEST } from "./expect.ts";
import { LARGEST, PREFIX } from "./files.ts";
import { mediaValue, readMedia } from "./hints.ts";
import { type FileRef, safeFilename } from "./meaning.ts";
import { byteLength } from "./texts.ts";

const LATEST_MS = 253_402_300_799_999;
const STRANGE = "What another device passed on of a conversation is malformed.";

/** A message with all that has come of it; times in milliseconds. */
export interface HistoryRecord {
  readonly conversation: Bytes;
  readonly id: Bytes;
  readonly mimi: Bytes;
  readonly sender: Bytes;
  readonly time: number;
  /** Place base plus sequence. */
  readonly place: number;
  readonly text: string;
  readonly notice: string | null;
  readonly replyTo: Bytes | null;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly file: { readonly file: FileRef; readonly media: Media | null } | null;
  /** Seconds. */
  readonly expireAfter: number | null;
  readonly expiresAt: number | null;
  readonly reactions: readonly {
    readonly mimi: Bytes;
    readonly account: Bytes;
    readonly emoji: string;
  }[];
  readonly receipts: readonly { readonly account: Bytes; readonly isRead: boolean }[];
}

/** Write a record. */
export function writeRecord(record: HistoryRecord): Value {
  const { file } = record;
  return [
    record.conversation,
    record.id,
    record.mimi,
    record.sender,
    record.time,
    record.place,
    record.text,
    record.notice,
    record.replyTo,
    record.edited,
    record.deleted,
    file && writeFile(file.file, file.media),
    record.expireAfter,
    record.expiresAt,
    record.reactions.map((one) => [one.mimi, one.account, one.emoji]),
    record.receipts.map((one) => [one.account, one.isRead]),
  ];
}

/** Read a record out of its fields; throws `Malformed`. */
export function readRecord(from: Expected): HistoryRecord {
  return {
    conversation: from.bytes(16),
    id: from.bytes(16),
    mimi: from.bytes(32),
    sender: from.bytes(32),
    time: from.number(LATEST_MS),
    place: from.number(LATEST),
    text: from.text(),
    notice: from.maybe((one) => one.text()),
    replyTo: from.maybe((one) => one.bytes(32)),
    edited: from.flag(),
    deleted: from.flag(),
    file: from.maybe((one) => readFile(one.fields())),
    expireAfter: from.maybe((one) => one.number(2 ** 32)),
    expiresAt: from.maybe((one) => one.number(LATEST_MS)),
    reactions: from.list((one) => {
      const [mimi, account, emoji] = [one.bytes(32), one.bytes(32), one.text()];
      one.check(byteLength(emoji) <= 32);
      return { mimi, account, emoji };
    }),
    receipts: from.list((one) => ({ account: one.bytes(32), isRead: one.flag() })),
  };
}

/** Write a piece of a history. */
export function writePiece(records: readonly HistoryRecord[]): Bytes {
  return encode(records.map(writeRecord));
}

/** Read a piece of a history; throws `Malformed`. */
export function readPiece(data: Uint8Array): readonly HistoryRecord[] {
  return new Expected([decode(data)], STRANGE).list(readRecord);
}

function writeFile(file: FileRef, media: Media | null): Value {
  const { blob, key, size, name, mediaType, relay } = file;
  const where = relay && RELAY_DESCRIPTOR.write(relay);
  const looks = media && mediaValue(media);
  return [blob, key.key, key.prefix, size, name, mediaType, where, looks];
}

function readFile(from: Expected): HistoryRecord["file"] {
  const file: FileRef = {
    blob: from.bytes(32),
    key: { key: from.bytes(32), prefix: from.bytes(PREFIX) },
    size: from.number(LARGEST),
    name: safeFilename(from.text()),
    mediaType: from.text(),
    relay: from.maybe((one) => one.relay()),
  };
  const media = readMedia(from.any());
  from.finish();
  return { file, media };
}
