/** What an account is made of, written for another device of it and read there (spec/devices.md §4). */

import { plain, reasonOf } from "../sentences/index.ts";
import { type Bytes, equal, hex } from "../bytes.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import type { AccountBundle, ConversationGiven } from "./core/bundle.ts";
import type { PreferencesSet } from "./core/entries.ts";
import type { BlobRef } from "./core/envelope.ts";
import { DEVICES } from "./core/info.ts";
import type { HistoryRecord } from "./core/records.ts";
import { PREFERENCES, type Profile } from "./store/accounts.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import type { Store } from "./store/home.ts";
import { BLANK, LATEST, messageOf, type MessageRow } from "./store/timeline.ts";
import { packFile, unpackFile } from "./store/transfers.ts";
import type { Notice } from "./values.ts";

/** Messages of one piece that are read at once. */
const AT_ONCE = 500;

/** Put together all of an account but what was said. */
export async function bundleOf(
  tx: Tx,
  store: Store,
  history: readonly BlobRef[],
): Promise<AccountBundle> {
  const { account, inviteSecret, ownerSecret, name } = store.profile;
  const relays = await store.account.relays(tx);
  const descriptors = new Map(
    relays.map(({ descriptor }) => [hex(descriptor.key), descriptor]),
  );
  return {
    seed: account.seed,
    inviteSecret,
    ownerSecret,
    name,
    preferences: toldOf(store.profile),
    relays: relays
      .filter((one) => one.isMine)
      .map((one) => ({
        relay: one.descriptor,
        passToken: one.passToken,
        sequence: one.inboxSequence,
        envelope: one.inboxEnvelope,
      })),
    contacts: (await store.contacts.all(tx)).map((one) => ({
      kind: "contact",
      ...one,
    })),
    devices: (await store.devices.all(tx)).map((one) => ({
      kind: "device",
      device: one.id,
      name: one.name,
      linkedAt: Math.floor(one.linkedAt / 1000),
    })),
    conversations: await givenOf(tx, store, descriptors),
    history,
  };
}

function toldOf({ preferences }: Profile): PreferencesSet {
  const { deliveryReceipts: delivery, readReceipts: read, typing } = preferences;
  return { kind: "preferences", delivery, read, typing };
}

/** The preferences of an account that was handed over, on a device that is new. */
export function preferencesOf(told: PreferencesSet): Profile["preferences"] {
  const { delivery: deliveryReceipts, read: readReceipts, typing } = told;
  return { ...PREFERENCES, deliveryReceipts, readReceipts, typing };
}

async function givenOf(
  tx: Tx,
  store: Store,
  relays: ReadonlyMap<string, RelayDescriptor>,
): Promise<readonly ConversationGiven[]> {
  const given: ConversationGiven[] = [];
  for (const row of await store.conversations.all(tx)) {
    const relay = relays.get(hex(row.relay));
    const state = stateOf(row);
    if (!relay || !state || row.kind === DEVICES) continue;
    const { id, kind, title, peer, inviter, stream, timer, placeBase } = row;
    const createdAt = Math.floor(row.createdAt);
    const members = (await store.members.of(tx, id)).map(
      ({ account, name, isAdmin }) => ({ account, name, isAdmin }),
    );
    given.push({
      ...{ id, kind, state, title, peer, inviter, relay, stream, timer, placeBase },
      createdAt,
      seen: await seenIn(tx, row),
      members,
    });
  }
  return given;
}

function stateOf({ state }: ConversationRow): ConversationGiven["state"] | null {
  if (state === "request") return null;
  return state === "leaving" ? "active" : state;
}

/** The newest message that was seen. */
async function seenIn(tx: Tx, row: ConversationRow): Promise<Bytes | null> {
  const range = IDBKeyRange.bound([hex(row.id)], [hex(row.id), row.seen]);
  const [seen] = await tx.latest("messages", "asTheyCame", range, 1);
  return seen ? messageOf(seen).id : null;
}

/** Read what was said in a conversation after a place, the oldest first; a part of it. */
export async function recordsAfter(
  tx: Tx,
  conversation: Bytes,
  after: MessageRow | null,
): Promise<readonly MessageRow[]> {
  const id = hex(conversation);
  const range = after
    ? IDBKeyRange.bound([id, after.place, after.number], [id, LATEST], true, true)
    : IDBKeyRange.bound([id], [id, LATEST], false, true);
  const rows = await tx.all("messages", "inOrder", range, AT_ONCE);
  return rows.map(messageOf);
}

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

/** A message that another device told, as this one keeps it. */
export function rowOf(record: HistoryRecord, me: Bytes): MessageRow {
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
      return plain(reasonOf(detail));
    case "identity changed":
      return `${whom || name} came with another identity key.`;
    case "device cut off":
      return "This device was removed by another one.";
  }
}

/** Read the whole history of a conversation in pieces of at most `largest` bytes. */
export async function* piecesOf(
  store: Store,
  conversation: Bytes,
  largest: number,
  sizeOf: (record: HistoryRecord) => number,
): AsyncGenerator<readonly HistoryRecord[]> {
  let last: MessageRow | null = null;
  let piece: HistoryRecord[] = [];
  let size = 0;
  for (;;) {
    const after: MessageRow | null = last;
    const part = await store.db.read(async (tx) => {
      const rows = await recordsAfter(tx, conversation, after);
      const records: HistoryRecord[] = [];
      for (const row of rows)
        records.push(
          recordOf(row, await store.views.name(tx, conversation, row.sender)),
        );
      return { rows, records };
    });
    for (const record of part.records) {
      const length = sizeOf(record);
      if (size + length > largest && piece.length > 0) {
        yield piece;
        [piece, size] = [[], 0];
      }
      piece.push(record);
      size += length;
    }
    last = part.rows.at(-1) ?? null;
    if (!last) break;
  }
  if (piece.length > 0) yield piece;
}
