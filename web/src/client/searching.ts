/** What a person looks for: words, pinned messages, who is in a conversation. */

import { equal, hex } from "../bytes.ts";
import { findConversation } from "./finding.ts";
import { bounded } from "./reading.ts";
import type { Store } from "./store/home.ts";
import { titleOf } from "./store/overview.ts";
import * as searches from "./store/searches.ts";
import type { AccountId, Found, Member, Message } from "./values.ts";

/** Return the pinned messages of a conversation. */
export function pinned(store: Store, id: string): Promise<readonly Message[]> {
  return store.db.read(async (tx) => {
    const row = await findConversation(tx, store, id);
    return searches.pinned(tx, store, row.id);
  });
}

/** Return messages that hold every word, the newest first. */
export async function search(
  store: Store,
  words: string,
  within: string | null,
  limit: number,
): Promise<readonly Found[]> {
  const row =
    within === null
      ? null
      : await store.db.read((tx) => findConversation(tx, store, within));
  const hits = await searches.search(store, words, row?.id ?? null, bounded(limit));
  return store.db.read(async (tx) => {
    const titles = new Map<string, string>();
    for (const { conversation: id } of hits)
      if (!titles.has(id))
        titles.set(id, await titleOf(tx, store, await findConversation(tx, store, id)));
    return hits.map((hit) => ({ ...hit, title: titles.get(hit.conversation) ?? "" }));
  });
}

/** Return every account of a conversation, by name. */
export function membersOf(store: Store, id: string): Promise<readonly Member[]> {
  return store.db.read(async (tx) => {
    const row = await findConversation(tx, store, id);
    const contacts = await store.contacts.all(tx);
    const verified = new Set(
      contacts.filter((one) => one.verified).map((one) => hex(one.account)),
    );
    return (await store.members.of(tx, row.id)).map((one) => {
      const isMe = equal(one.account, store.me);
      return {
        account: hex(one.account) as AccountId,
        name: one.name,
        isMe,
        isAdmin: one.isAdmin,
        verified: isMe || verified.has(hex(one.account)),
        devices: one.devices,
      };
    });
  });
}
