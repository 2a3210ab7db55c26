/** Conversations and requests as faces show them. */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { DEVICES } from "../core/info.ts";
import type { AccountId, Contact, Conversation, ConversationId } from "../values.ts";
import { type ContactRow, shownContact } from "./contacts.ts";
import { type ConversationRow, isDirect } from "./conversations.ts";
import type { Tx } from "./database.ts";
import type { Store } from "./home.ts";

/** Return how a conversation is called. */
export async function titleOf(
  tx: Tx,
  store: Store,
  row: ConversationRow,
): Promise<string> {
  if (row.title || !row.peer) return row.title;
  return (await store.contacts.find(tx, row.peer))?.name ?? "";
}

/** Return a conversation as the list shows it. */
export async function shownConversation(
  tx: Tx,
  store: Store,
  row: ConversationRow,
): Promise<Conversation> {
  const { summary, peer } = row;
  const last = summary.last && (await store.views.shown(tx, summary.last));
  const contact = peer && shownPeer(peer, await store.contacts.all(tx));
  return {
    id: hex(row.id) as ConversationId,
    kind: isDirect(row) ? "direct" : "group",
    state: row.state,
    title: row.title || (contact?.name ?? ""),
    peer: contact,
    memberCount: row.memberCount,
    isAdmin: row.isAdmin,
    unread: summary.unread,
    mentioned: summary.mentioned,
    timer: row.timer,
    relay: relayName(row.relay),
    lastMessage: last,
    lastActive: last?.time ?? row.createdAt,
    muted: row.muted,
    archived: row.archived,
    pinned: row.pinned,
    draft: row.draft,
    queued: summary.queued,
  };
}

/** Return every conversation that is no request, the one with the newest message first. */
export async function shownConversations(
  tx: Tx,
  store: Store,
): Promise<readonly Conversation[]> {
  const shown: Conversation[] = [];
  for (const row of await store.conversations.all(tx))
    if (row.state !== "request" && row.kind !== DEVICES)
      shown.push(await shownConversation(tx, store, row));
  return shown.sort((one, other) => other.lastActive - one.lastActive);
}

/** Return the first characters of a relay's key, as people see it. */
export function relayName(key: Bytes): string {
  return hex(key).slice(0, 8);
}

function shownPeer(account: Bytes, all: readonly ContactRow[]): Contact {
  const known = all.find((one) => equal(one.account, account));
  if (known) return shownContact(known, all);
  return {
    account: hex(account) as AccountId,
    name: "",
    state: "known",
    verified: false,
    fingerprint: "",
    sameName: false,
  };
}
