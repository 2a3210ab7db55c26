/** A message as a row of the timeline, and how it is written down. */

import { type Bytes, fromHex, hex } from "../../bytes.ts";
import type { Value } from "../core/cbor.ts";
import type { MessageState, Notice, NoticeKind } from "../values.ts";
import { blob, flag, list, maybe, number, text, word } from "./columns.ts";
import type { Fields, Row } from "./database.ts";

/** Stands for the place of what has none yet: after everything that has. */
export const LATEST = 2 ** 50;

/** A part of a text that names an account; both numbers count code points. */
export interface MentionRow {
  readonly start: number;
  readonly length: number;
  readonly account: Bytes;
}

/** One message, all that is known of it; times in milliseconds, `expireAfter` in seconds. */
export interface MessageRow {
  readonly number: number | null;
  readonly conversation: Bytes;
  readonly id: Bytes;
  readonly mimi: Bytes;
  readonly sender: Bytes;
  readonly time: number;
  readonly text: string;
  readonly notice: Notice | null;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly replyTo: Bytes | null;
  readonly edited: boolean;
  readonly deleted: boolean;
  /** How its file is found and opened (see `files.ts`). */
  readonly attachment: Bytes | null;
  readonly mentions: readonly MentionRow[];
  readonly expireAfter: number | null;
  readonly expiresAt: number | null;
  /** Where it stands in the stream; null: nowhere yet. */
  readonly place: number | null;
  /** In which order it came here; null: of ours, and not come back yet. */
  readonly arrival: number | null;
  readonly pinned: boolean;
  readonly reactions: readonly ReactionRow[];
  readonly receipts: readonly ReceiptRow[];
}

export interface ReactionRow {
  readonly mimi: Bytes;
  readonly account: Bytes;
  readonly emoji: string;
}

export interface ReceiptRow {
  readonly account: Bytes;
  readonly isRead: boolean;
}

const STATES: readonly MessageState[] = [
  "queued",
  "on the relay",
  "delivered",
  "read",
  "failed",
  "received",
];

/** A message of which nothing has happened yet. */
export const BLANK = {
  number: null,
  text: "",
  notice: null,
  reason: null,
  replyTo: null,
  edited: false,
  deleted: false,
  attachment: null,
  mentions: [],
  expireAfter: null,
  expiresAt: null,
  place: null,
  arrival: null,
  pinned: false,
  reactions: [],
  receipts: [],
} as const;

/** Write all of a message that is not looked up. */
export function secretOf(row: MessageRow): readonly Value[] {
  const { notice } = row;
  return [
    row.mimi,
    row.sender,
    row.time,
    row.text,
    notice && [notice.kind, notice.names, notice.detail],
    row.state,
    row.reason,
    row.replyTo,
    row.edited,
    row.deleted,
    row.attachment,
    row.mentions.map((one) => [one.start, one.length, one.account]),
    row.expireAfter,
    row.expiresAt,
    row.place,
    row.arrival,
    row.pinned,
    row.reactions.map((one) => [one.mimi, one.account, one.emoji]),
    row.receipts.map((one) => [one.account, one.isRead]),
  ];
}

/** Write what a message is looked up by; `me` is whose device this is. */
export function fieldsOf(row: MessageRow, isOthers: boolean, namesMe: boolean): Fields {
  const fields: Record<string, string | number> = {
    conversation: hex(row.conversation),
    id: hex(row.id),
    place: row.place ?? LATEST,
  };
  if (row.number !== null) fields.number = row.number;
  if (row.arrival !== null) {
    fields.arrival = row.arrival;
    if (isOthers && !row.notice) fields.unseen = row.arrival;
    if (isOthers && namesMe) fields.named = row.arrival;
  }
  if (isOthers && row.expireAfter !== null && row.expiresAt === null)
    fields.unstarted = 1;
  if (row.expiresAt !== null) fields.expiresAt = row.expiresAt;
  return fields;
}

/** Read a message back. */
export function messageOf(row: Row): MessageRow {
  const { fields } = row;
  return readMessage(
    number(fields.number),
    fromHex(text(fields.conversation)),
    fromHex(text(fields.id)),
    row.secret,
  );
}

/** Read a message of which the looked up fields are known. */
export function readMessage(
  place: number,
  conversation: Bytes,
  id: Bytes,
  secret: readonly Value[],
): MessageRow {
  const [mimi, sender, time, said, notice, state, reason, replyTo, ...rest] = secret;
  const [edited, deleted, attachment, mentions, after, at, stands, came, ...last] =
    rest;
  const [pinned, reactions, receipts] = last;
  return {
    number: place,
    conversation,
    id,
    mimi: blob(mimi),
    sender: blob(sender),
    time: number(time),
    text: text(said),
    notice: maybe(notice, (value) => noticeOf(value as Value)),
    state: word(state, STATES),
    reason: maybe(reason, text),
    replyTo: maybe(replyTo, blob),
    edited: flag(edited),
    deleted: flag(deleted),
    attachment: maybe(attachment, blob),
    mentions: list(mentions).map(mentionOf),
    expireAfter: maybe(after, number),
    expiresAt: maybe(at, number),
    place: maybe(stands, number),
    arrival: maybe(came, number),
    pinned: flag(pinned),
    reactions: list(reactions).map(reactionOf),
    receipts: list(receipts).map(receiptOf),
  };
}

function noticeOf(value: Value): Notice {
  const [kind, names, detail] = list(value);
  return {
    kind: text(kind) as NoticeKind,
    names: list(names).map(text),
    detail: text(detail),
  };
}

function mentionOf(value: Value): MentionRow {
  const [start, length, account] = list(value);
  return { start: number(start), length: number(length), account: blob(account) };
}

function reactionOf(value: Value): ReactionRow {
  const [mimi, account, emoji] = list(value);
  return { mimi: blob(mimi), account: blob(account), emoji: text(emoji) };
}

function receiptOf(value: Value): ReceiptRow {
  const [account, isRead] = list(value);
  return { account: blob(account), isRead: flag(isRead) };
}
