/** What an account is made of, written for another device of it and read there (spec/devices.md §4). */

import { type Bytes, hex } from "../bytes.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import type { AccountBundle, ConversationGiven } from "./core/bundle.ts";
import type { PreferencesSet } from "./core/entries.ts";
import type { BlobRef } from "./core/envelope.ts";
import { DEVICES } from "./core/info.ts";
import type { HistoryRecord } from "./core/records.ts";
import { recordOf } from "./recording.ts";
import { PREFERENCES, type Profile } from "./store/accounts.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Tx } from "./store/database.ts";
import type { Store } from "./store/home.ts";
import { LATEST, messageOf, type MessageRow } from "./store/timeline.ts";

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
  return state === "leaving" || state === "joining" ? "active" : state;
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
