/**
 * What members' cards and files lead to: where they and it are found from now on
 * (spec/conversations.md §7.2). A card speaks only for whoever sends it.
 */

import { type Bytes, equal } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import { INVITE } from "../../wire/invites.ts";
import { readWhole } from "../../wire/links.ts";
import type { FileRef } from "../core/meaning.ts";
import { admitted, type RoadsShared } from "../core/shared-roads.ts";
import type { ContactRow } from "../store/contacts.ts";
import { type ConversationRow, isDirect } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import { packFile } from "../store/transfers.ts";
import type { Media, Notice } from "../values.ts";
import { notice } from "./notices.ts";

/** Keep a card; return the contact when it shows that a request of ours was accepted. */
export async function learnCard(
  tx: Tx,
  store: Store,
  row: ConversationRow,
  sender: Bytes,
  card: Bytes,
): Promise<ContactRow | null> {
  const contact = await store.contacts.find(tx, sender);
  if (!contact || !isOf(card, sender)) return null;
  const hasAccepted = contact.state === "asked" && isDirect(row);
  const state = hasAccepted ? "accepted" : contact.state;
  const changed = { ...contact, card, state } as const;
  await store.contacts.save(tx, changed);
  return hasAccepted ? changed : null;
}

function isOf(card: Bytes, account: Bytes): boolean {
  try {
    return equal(readWhole(INVITE, card).account, account);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

/** Return how a file is found, also once the conversation has moved. */
export async function packedFile(
  tx: Tx,
  store: Store,
  row: ConversationRow,
  file: FileRef,
  media: Media,
): Promise<Bytes> {
  const here = await store.account.relay(tx, row.relay);
  const relay = file.relay ?? here?.descriptor ?? null;
  return packFile({ file: { ...file, relay }, media });
}

/** Keep roads that a contact shares until the person takes them; return what to say. */
export async function learnRoads(
  tx: Tx,
  store: Store,
  row: ConversationRow,
  sender: Bytes,
  shared: RoadsShared,
): Promise<Notice | null> {
  const contact = await store.contacts.find(tx, sender);
  if (contact?.state !== "accepted" || !isDirect(row)) return null;
  const { known, roads } = store.account;
  const relays = [...known.map(({ descriptor }) => descriptor), ...roads];
  const old = await store.sharedRoads.all(tx);
  const { kept, useless } = admitted(shared, sender, relays, old);
  if (kept.length > 0) await store.sharedRoads.save(tx, [...old, ...kept]);
  return kept.length + useless > 0
    ? notice("roads", [], `${kept.length} ${useless}`)
    : null;
}
