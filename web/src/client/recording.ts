/** What was said, as one device of an account tells it to another (spec/devices.md §4). */

import { type Bytes, equal, hex } from "../bytes.ts";
import type { HistoryRecord } from "./core/records.ts";
import type { Tx } from "./store/database.ts";
import type { Store } from "./store/home.ts";
import { BLANK, type MessageRow } from "./store/timeline.ts";
import { packFile, unpackFile } from "./store/transfers.ts";
import type { Notice } from "./values.ts";

/** A message as another device is told it. */
export function recordOf(row: MessageRow, name: string): HistoryRecord {
  const { conversation, id, mimi, sender, text, replyTo, edited, deleted } = row;
  const stored = row.attachment && unpackFile(row.attachment);
  return {
    ...{ conversation, id, mimi, sender, text, replyTo, edited, deleted },
    time: Math.floor(row.time),
    place: row.place ?? 0,
    notice: row.notice && sentenceOf(row.notice, name),
    file: stored && { file: stored.file, media: stored.media },
    expireAfter: row.expireAfter,
    expiresAt: row.expiresAt === null ? null : Math.floor(row.expiresAt),
    reactions: row.reactions,
    receipts: row.receipts,
  };
}

/** Keep what was said before this device came; what is there already stays as it is. */
export async function keepRecord(
  tx: Tx,
  store: Store,
  record: HistoryRecord,
  now: number,
): Promise<void> {
  const { conversation, id, expiresAt } = record;
  if (expiresAt !== null && expiresAt <= now) return;
  if (await store.messages.has(tx, conversation, id)) return;
  await store.messages.save(tx, rowOf(record, store.me));
  for (const { mimi } of record.reactions)
    await tx.put(
      "reactions",
      { conversation: hex(conversation), mimi: hex(mimi), target: hex(id) },
      [],
    );
}

/** A message that another device told, as this one keeps it. */
function rowOf(record: HistoryRecord, me: Bytes): MessageRow {
  const { conversation, id, mimi, sender, text, replyTo, edited, deleted } = record;
  const isMine = equal(sender, me) && record.notice === null;
  return {
    ...BLANK,
    ...{ conversation, id, mimi, sender, text, replyTo, edited, deleted },
    time: record.time,
    place: record.place,
    // What happened elsewhere was worded there; it cannot be told in parts any more.
    notice:
      record.notice === null
        ? null
        : { kind: "unknown kind", names: [], detail: record.notice },
    state: isMine ? "on the relay" : "received",
    attachment:
      record.file &&
      packFile({ file: record.file.file, media: record.file.media ?? {} }),
    expireAfter: record.expireAfter,
    expiresAt: record.expiresAt,
    // Everything from before counts as seen.
    arrival: 0,
    reactions: record.reactions,
    receipts: record.receipts,
  };
}

/** A notice in English, for a device that knows none but sentences. */
export function sentenceOf({ kind, names, detail }: Notice, name: string): string {
  const whom = names.join(", ");
  switch (kind) {
    case "created":
      return `${name} made the conversation.`;
    case "joined":
      return `${name} joined.`;
    case "added":
      return `${name} added ${whom}.`;
    case "removed":
      return `${name} removed ${whom}.`;
    case "left":
      return `${name} left.`;
    case "renamed group":
      return `${name} named the group ${detail}.`;
    case "renamed":
      return `${whom} is now called ${detail}.`;
    case "admin made":
      return `${name} made ${whom} an admin.`;
    case "admin unmade":
      return `${name} made ${whom} a plain member.`;
    case "timer":
      return detail === "0"
        ? `${name} lets messages stay.`
        : `${name} lets messages disappear after ${detail} seconds.`;
    case "moved":
      return `${name} moved the conversation to another relay.`;
    case "new device":
      return `${whom || name} has a new device.`;
    case "device removed":
      return `${whom || name} removed a device.`;
    case "resent":
    case "rewound":
      return "The relay was restored from an older backup; what it had lost was sent again.";
    case "unreadable":
      return "Something that could not be read was skipped.";
    case "unknown kind":
      return detail || `${name} sent something that cannot be shown.`;
    case "stranded":
      return "This device cannot follow the conversation any further.";
    case "refused commit":
      return "A change that somebody was not allowed to make was refused.";
    case "refused want":
      return whom
        ? `Something could not be done for ${whom}.`
        : "Something could not be done.";
    case "identity changed":
      return `${whom || name} came with another identity key.`;
    case "device cut off":
      return "This device was removed by another one.";
    case "roads":
      return `${name} shared a road.`;
  }
}
