/**
 * Takes what another device of this account says into the store (spec/devices.md §5).
 * What cannot be understood is skipped without a word.
 */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import {
  DEVICES_TYPE,
  type Entry,
  type PreferencesSet,
  readEntry,
} from "../core/entries.ts";
import type { Spoken } from "../core/outcomes.ts";
import { ownDevice } from "../core/people.ts";
import { keepRecord } from "../recording.ts";
import type { ConversationId } from "../values.ts";
import type { Reception } from "./reception.ts";
import { takeSecrets } from "./secrets.ts";
import { isOlder, takeShelf } from "./shelf.ts";
import { tellDevices } from "./siblings.ts";

/** Take an entry of the devices conversation. */
export async function takeEntry(
  reception: Reception,
  spoken: Spoken,
  timeMs: number,
): Promise<void> {
  const { part } = spoken.content;
  if (part.kind !== "single" || part.mediaType !== DEVICES_TYPE) return;
  let entry: Entry;
  try {
    entry = readEntry(part.content);
  } catch (error) {
    if (error instanceof Malformed) return;
    throw error;
  }
  await apply(reception, entry, timeMs);
}

async function apply(
  reception: Reception,
  entry: Entry,
  timeMs: number,
): Promise<void> {
  const { tx, store } = reception;
  const { profile } = store;
  switch (entry.kind) {
    case "device":
      if (equal(entry.device, ownDevice(profile.credential))) break;
      await store.devices.save(tx, {
        id: entry.device,
        name: entry.name,
        linkedAt: entry.linkedAt * 1000,
      });
      tellDevices(tx, store, reception.tell);
      break;
    case "name":
      await store.account.save(tx, { ...profile, name: entry.name });
      break;
    case "preferences":
      await prefer(reception, entry);
      break;
    case "contact": {
      const { account, name, state, verified, card } = entry;
      if (equal(account, store.me)) break;
      const row = { account, name, state, verified, card };
      await store.contacts.save(tx, row);
      const contact = await store.contacts.shown(tx, row);
      tx.afterCommit(() => {
        reception.tell({ type: "contact changed", contact });
      });
      break;
    }
    case "request":
      await answered(reception, entry.conversation);
      break;
    case "seen":
      await seen(reception, entry.conversation, entry.message);
      break;
    case "relay":
      await store.account.rememberRelay(tx, entry.relay, entry.passToken, true);
      break;
    case "history":
      for (const record of entry.records)
        await keepRecord(reception.tx, store, record, Date.now());
      break;
    case "secrets":
      await takeSecrets(tx, store, entry);
      break;
    case "shelf":
      if (equal(entry.device, ownDevice(profile.credential))) break;
      if (await isOlder(tx, store, timeMs)) await takeShelf(tx, store);
      break;
  }
}

async function prefer(
  { tx, store, tell }: Reception,
  entry: PreferencesSet,
): Promise<void> {
  const { delivery: deliveryReceipts, read: readReceipts, typing } = entry;
  const { profile } = store;
  const told = { deliveryReceipts, readReceipts, typing };
  const preferences = { ...profile.preferences, ...told };
  await store.account.save(tx, { ...profile, preferences });
  tx.afterCommit(() => {
    tell({ type: "preferences changed", preferences });
  });
}

/** A request was answered on another device, which adds this one if it accepted. */
async function answered(reception: Reception, conversation: Bytes): Promise<void> {
  const { tx, store } = reception;
  const row = await store.conversations.row(tx, conversation);
  if (row?.state !== "request") return;
  await store.conversations.delete(tx, conversation);
  tx.afterCommit(() => {
    const id = hex(conversation) as ConversationId;
    reception.tell({ type: "request gone", conversation: id });
  });
}

async function seen(
  reception: Reception,
  conversation: Bytes,
  message: Bytes,
): Promise<void> {
  const { tx, store } = reception;
  const row = await store.conversations.row(tx, conversation);
  const found = await store.messages.find(tx, conversation, message);
  if (!row || !found || (found.arrival ?? 0) <= row.seen) return;
  await store.conversations.change(tx, conversation, { seen: found.arrival ?? 0 });
}
